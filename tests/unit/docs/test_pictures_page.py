"""What the page on pictures shows is accepted, and means what the page says."""

import re
from pathlib import Path

import yaml

from ommatid_jobs.delivery.clip_encoding import MAX_CLIP_BYTES, MAX_FRAMES
from ommatid_jobs.detectors import check_models
from ommatid_schemas.fleet_file import Fleet, Redaction, parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "keep-pictures.md").read_text(encoding="utf-8")


def described(part: str = "") -> Fleet:
    """The page's fleet file with a part of it said otherwise."""
    (whole,) = re.findall(r"```yaml fleet\.yaml\n(.*?)```", PAGE, re.DOTALL)
    return parse_fleet(yaml.safe_dump(yaml.safe_load(whole) | (yaml.safe_load(part) or {})))


def test_the_fleet_file_is_accepted():
    assert described().snapshots.retention_days == 30


def test_the_other_parts_are_accepted():
    lifecycle, people = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    fleet = described(people)
    check_models(fleet)

    assert described(lifecycle).snapshots.delete_by == "lifecycle"
    assert (fleet.groups["entrances"].redact, fleet.redaction_of("till-1")) == (Redaction.FACES, Redaction.PERSONS)


def test_the_bounds_of_a_clip_are_those_of_the_code():
    assert f"{MAX_FRAMES} frames and {MAX_CLIP_BYTES // 2**20} MiB at most" in PAGE
