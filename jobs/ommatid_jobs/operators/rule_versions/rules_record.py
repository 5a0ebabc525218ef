"""Records of the rules topic: a key per version, and one for what was armed and disarmed by command.

There is no record that points to the current version, so no two records can contradict each other: the last version is
in effect. Values are JSON, UTF-8, without what stands at its default.
"""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ommatid_jobs.operators.rule_versions.arming_orders import Arming
from ommatid_jobs.operators.rule_versions.version import RulesVersion, content_hash
from ommatid_schemas.errors import ConfigurationError, DecodeError
from ommatid_schemas.topics import MAX_RULES_RECORD_BYTES

ARMING_KEY = b"arming"

_VERSION_KEY = re.compile(rb"version/([1-9][0-9]{0,8})")
_ENVELOPE_BYTES = 1024

M = TypeVar("M", bound=BaseModel)


def version_key(version: int) -> bytes:
    """Key of a version's record."""
    return f"version/{version}".encode()


def encode(content: RulesVersion | Arming) -> bytes:
    """Value of a record.

    Raises:
        ConfigurationError: The rules are too many for one record.
    """
    value = content.model_dump_json(exclude_defaults=True).encode()
    if len(value) > MAX_RULES_RECORD_BYTES - _ENVELOPE_BYTES:
        raise ConfigurationError(
            f"rules: expected at most {MAX_RULES_RECORD_BYTES - _ENVELOPE_BYTES} bytes for all cameras of a region, "
            f"found {len(value)}; give some of its cameras a region of their own"
        )
    return value


def decode(key: bytes | None, value: bytes | None, region: str) -> RulesVersion | Arming | None:
    """Content of a record of a region's rules topic; None for a version that was removed.

    Raises:
        DecodeError: It is something else, damaged, or was written by a release that knows more than this one.
    """
    number = _VERSION_KEY.fullmatch(key or b"")
    if number is None and key != ARMING_KEY:
        raise DecodeError(f"rules record: expected the key version/NUMBER or arming, found {key!r}")
    if not value:
        return None
    if number is None:
        return _parsed(Arming, "arming", value)
    version = _parsed(RulesVersion, (key or b"").decode(), value)
    _check(version, int(number[1]), region)
    return version


def _parsed(model: type[M], name: str, value: bytes) -> M:
    try:
        return model.model_validate_json(value)
    except ValidationError as exc:
        fault = exc.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise DecodeError(
            f"rules record {name}: {place or 'value'}: {fault['msg']}; write rules with 'ommatid rules apply', "
            "and upgrade the job if a newer release wrote them"
        ) from exc


def _check(version: RulesVersion, number: int, region: str) -> None:
    for what, expected, found in (
        ("version", number, version.version),
        ("book.region", region, version.book.region),
        ("content_hash", content_hash(version.book), version.content_hash),
        *(("camera_id", name, camera.camera_id) for name, camera in version.book.cameras.items()),
    ):
        if expected != found:
            raise DecodeError(
                f"rules record version/{number}: {what}: expected {expected!r}, found {found!r}; "
                "write rules with 'ommatid rules apply' and nothing else"
            )
    for camera in version.book.cameras.values():
        for rule in camera.rules:
            unknown = sorted(set(rule.zones or ()) - camera.zones.keys())
            if unknown:
                raise DecodeError(
                    f"rules record version/{number}: rule {rule.name}: expected zones of camera {camera.camera_id}, "
                    f"found {unknown[0]!r}"
                )
