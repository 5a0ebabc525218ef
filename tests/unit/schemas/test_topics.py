import re

from ommatid_schemas import Priority
from ommatid_schemas.topics import frames_pattern, frames_topic


def test_the_pattern_finds_the_groups_of_its_region_and_priority_only():
    pattern = re.compile(frames_pattern("eu-west", Priority.SAFETY))

    assert pattern.fullmatch(frames_topic("eu-west", Priority.SAFETY, "entrances"))
    assert not pattern.fullmatch(frames_topic("eu-west", Priority.INSIGHT, "entrances"))
    assert not pattern.fullmatch(frames_topic("eu-west-2", Priority.SAFETY, "entrances"))
