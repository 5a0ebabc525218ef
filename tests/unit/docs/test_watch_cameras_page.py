"""What the page on watching cameras shows is accepted, and it names what there is."""

import re
from pathlib import Path

from ommatid_jobs.operators.camera_watch import Kind, Scope, watch_book
from ommatid_schemas import CameraState, Tampering
from ommatid_schemas.fleet_file import parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "watch-the-cameras.md").read_text(encoding="utf-8")
AROUND = """
version: 1
regions: {eu: {kafka: {bootstrap: "localhost:9092"}}}
groups: {yards: {priority: standard}}
deliveries: {ops: {webhook: "https://ops.example/hooks"}}
"""


def test_the_rule_is_accepted_and_watches_for_everything():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    (rule,) = watch_book(parse_fleet(AROUND + text), "eu").rules

    assert (rule.silent_us, rule.offline_us, set(rule.tampered)) == (60_000_000, 30_000_000, set(Tampering))


def test_every_kind_reason_and_fault_is_explained():
    wide = {f"{scope}_{kind}" for scope in (Scope.AGENT, Scope.REGION) for kind in (Kind.SILENT, Kind.OFFLINE)}
    reasons = {it.lower() for it in set(CameraState) - {CameraState.STREAMING, CameraState.DISABLED}}

    named = set(re.findall(r"`(\w+)`", PAGE))

    assert {*Kind, *wide, *reasons, *Tampering} <= named
