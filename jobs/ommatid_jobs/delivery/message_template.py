"""Bodies of webhooks in the form that a receiver wants, from a Jinja template. Pure but for the ready templates' files.

Templates run in Jinja's sandbox: they see the payload's fields and `values`, change nothing and call nothing else.
"""

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Self

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import JsonValue, SecretStr

from ommatid_jobs.delivery.payload import Snapshot, alert_payload
from ommatid_jobs.delivery.trial_alert import trial_alert
from ommatid_schemas.errors import ConfigurationError, OmmatidError
from ommatid_schemas.events import AlertType
from ommatid_schemas.fleet_file import Delivery, Fleet


def _dumps(value: object, **options: Any) -> str:
    # Jinja's own way of writing an undefined value says its type alone; its text is an error that names it.
    return json.dumps(value, default=str, **options)


_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True)
_ENVIRONMENT.policies["json.dumps_function"] = _dumps
_FOLDER = resources.files("ommatid_jobs.delivery") / "templates"
_SUFFIX = ".json.j2"


class TemplateFault(OmmatidError):
    """A template cannot be rendered for an alert, or what it renders is no JSON."""


class MessageTemplate:
    """Turns an alert's payload into the body of a request.

    Args:
        text: Jinja template whose output is JSON.
        values: What the template sees as ``values``; they often are keys of a service.

    Raises:
        TemplateFault: The text is no template.
    """

    def __init__(self, text: str, values: Mapping[str, SecretStr] | None = None) -> None:
        self._values = {name: value.get_secret_value() for name, value in (values or {}).items()}
        try:
            self._template = _ENVIRONMENT.from_string(text)
        except TemplateSyntaxError as exc:
            raise TemplateFault(f"line {exc.lineno}: {exc.message}") from None

    @classmethod
    def of(cls, delivery: Delivery, values: Mapping[str, SecretStr]) -> Self | None:
        """Template of a delivery; None for one that posts the payload as it is.

        Raises:
            TemplateFault: There is no ready template of that name, or the text is no template.
        """
        if delivery.template is None:
            return None
        is_text = any(mark in delivery.template for mark in "{}\n")
        return cls(delivery.template if is_text else ready_template(delivery.template), values)

    def render(self, payload: Mapping[str, JsonValue]) -> bytes:
        """Body for a payload, compact JSON.

        Raises:
            TemplateFault: It asks for what there is not, or does not give JSON; the message holds no value.
        """
        try:
            text = self._template.render({**payload, "values": self._values})
            body = json.loads(text)
        except json.JSONDecodeError as exc:
            raise TemplateFault(f"expected JSON, found another text at line {exc.lineno} of the output") from None
        except SecurityError:
            raise TemplateFault("expected fields of the alert, found access to what the sandbox keeps closed") from None
        except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as exc:
            raise TemplateFault(f"cannot be rendered: {type(exc).__name__}: {self._without_values(str(exc))}") from None
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def _without_values(self, text: str) -> str:
        for value in self._values.values():
            text = text.replace(value, "***") if value else text
        return text


def ready_templates() -> tuple[str, ...]:
    """Names of the templates that come with Ommatid."""
    return tuple(sorted(it.name.removesuffix(_SUFFIX) for it in _FOLDER.iterdir() if it.name.endswith(_SUFFIX)))


def ready_template(name: str) -> str:
    """Text of a ready template.

    Raises:
        TemplateFault: There is none of that name.
    """
    known = ready_templates()
    if name not in known:
        raise TemplateFault(f"expected one of {list(known)} or the text of a Jinja template, found {name!r}")
    return (_FOLDER / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def check_templates(fleet: Fleet) -> None:
    """Render every template for alerts of all kinds, so that a fault is found before the first alert.

    Raises:
        ConfigurationError: Naming the places in the fleet file.
    """
    faults = [fault for name, it in fleet.deliveries.items() for fault in _faults(f"deliveries.{name}.template", it)]
    if faults:
        raise ConfigurationError("; ".join(faults))


def _faults(path: str, delivery: Delivery) -> Iterator[str]:
    try:
        template = MessageTemplate.of(delivery, dict.fromkeys(delivery.values, SecretStr("value")))
        if template is not None:
            for payload in _samples():
                template.render(payload)
    except TemplateFault as exc:
        yield f"{path}: {exc}"


def _samples() -> Iterator[dict[str, JsonValue]]:
    """Payloads that differ in what an alert may lack, with characters that break a careless template."""
    for kind in AlertType:
        for snapshot in (Snapshot("https://store.example/a.jpg", width_px=640, height_px=360), Snapshot(error="none")):
            alert = trial_alert("sample", at_us=1_790_000_000_000_000, region="eu", kind=kind, label='a "b" \\ <c>')
            yield alert_payload(alert, snapshot, 1_790_000_000_500_000)
