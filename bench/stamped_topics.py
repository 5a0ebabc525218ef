"""Topics whose records the broker stamps at the append, so that latencies are read off one clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ommatid_connectors.kafka import (
    ClientConfig,
    ReadFailed,
    Record,
    RecordConsumer,
    StartAt,
    client_config,
    end_offsets,
    ensure_topics,
)
from ommatid_schemas import FrameResult, SingleObjectCodec
from ommatid_schemas.fleet_file import load_fleet, topic_plan


@dataclass(frozen=True, slots=True)
class Answered:
    """A frame with a result: when the frame was appended, and how long after it its result was, milliseconds."""

    camera_id: str
    appended_ms: int
    took_ms: int


def create_stamped_topics(fleet_file: Path, region: str) -> ClientConfig:
    """Create the topics of a region as its fleet file plans them, but for the stamp; returns how to connect."""
    fleet = load_fleet(fleet_file)
    client = client_config(fleet.regions[region].kafka)
    specs = topic_plan(fleet, region)
    ensure_topics(
        client, [replace(it, config={**it.config, "message.timestamp.type": "LogAppendTime"}) for it in specs]
    )
    return client


def read_all(client: ClientConfig, topic: str) -> list[Record]:
    """Everything that a topic holds now.

    Raises:
        OSError: The broker does not give it out.
    """
    left = sum(end_offsets(client, topic).values())
    found: list[Record] = []
    with RecordConsumer.of_all_partitions(client, [topic], start=StartAt.EARLIEST) as consumer:
        while len(found) < left:
            record = consumer.poll(1.0)
            if isinstance(record, ReadFailed):
                raise OSError(record.reason)
            if record is not None:
                found.append(record)
    return found


def answered(frames: Sequence[Record], results: Sequence[Record]) -> Iterator[Answered]:
    """The results of these frames, in the order of the results; those of other frames are left out."""
    appended = {(it.topic, it.partition, it.offset): it.timestamp_ms for it in frames}
    codec = SingleObjectCodec()
    for record in results:
        result = codec.decode(FrameResult, record.value)
        ref = result.frame_ref
        start_ms = appended.get((ref.topic, ref.partition, ref.offset))
        if start_ms is not None:
            yield Answered(result.camera_id, start_ms, record.timestamp_ms - start_ms)
