from collections.abc import Callable

from ommatid_connectors.kafka import ClientConfig, TopicReport, TopicState, ensure_topics
from ommatid_schemas.topics import TopicSpec, images_spec, messages_spec


def test_missing_topics_are_created_once(client: ClientConfig, unique_name: Callable[[str], str]) -> None:
    specs = [images_spec(unique_name("frames"), 2, 60_000), messages_spec(unique_name("alerts"), 1, 3_600_000)]

    first, second = ensure_topics(client, specs), ensure_topics(client, specs)

    assert [report.state for report in first] == [TopicState.CREATED] * 2
    assert tuple(TopicReport(spec.name, TopicState.PRESENT) for spec in specs) == second


def test_a_topic_that_differs_is_reported_and_left_alone(
    client: ClientConfig, unique_name: Callable[[str], str]
) -> None:
    name = unique_name("frames")
    ensure_topics(client, [images_spec(name, 4, 60_000)])

    reports = [ensure_topics(client, [TopicSpec(name, 2, {"retention.ms": "5000"})])[0] for _ in range(2)]

    differences = ("partitions: expected 2, found 4", "retention.ms: expected 5000, found 60000")
    assert [TopicReport(name, TopicState.DIFFERENT, differences)] * 2 == reports
