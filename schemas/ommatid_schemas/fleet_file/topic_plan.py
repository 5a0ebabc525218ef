"""Which topics a fleet needs."""

from ommatid_schemas import topics
from ommatid_schemas.fleet_file.models import Fleet

_WEEK_MS = 7 * 24 * 3600 * 1000
_SMALL_TOPIC_PARTITIONS = 4


def topic_plan(fleet: Fleet, region: str) -> tuple[topics.TopicSpec, ...]:
    """Topics of one region: a frames topic per group, and the shared ones for small messages."""
    frames = tuple(
        topics.images_spec(
            topics.frames_topic(region, group.priority, name), group.partitions, round(group.retention * 1000)
        )
        for name, group in sorted(fleet.groups.items())
    )
    priorities = sorted({group.priority for group in fleet.groups.values()})
    triggers = tuple(
        topics.messages_spec(topics.triggers_topic(region, priority), _SMALL_TOPIC_PARTITIONS, 3600 * 1000)
        for priority in priorities
    )
    small = tuple(
        topics.messages_spec(name, _SMALL_TOPIC_PARTITIONS, _WEEK_MS)
        for name in (topics.detections_topic(region), topics.alerts_topic(region), topics.status_topic(region))
    )
    rules = topics.rules_spec(topics.rules_topic(region))
    letters = topics.dead_letters_spec(topics.dead_letters_topic(region), _WEEK_MS)
    return (*frames, *triggers, *small, rules, letters)
