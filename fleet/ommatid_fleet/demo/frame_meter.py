"""Counts frames where they can be counted: agent, frames topic, sampler, detections topic, dead letters."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ommatid_connectors.kafka import ClientConfig, Record, RecordConsumer, StartAt, end_offsets
from ommatid_fleet.demo.accounting import FrameCounts, unaccounted
from ommatid_fleet.flink import scrape, total
from ommatid_schemas import Codec, FrameResult
from ommatid_schemas.topics import dead_letters_topic, detections_topic

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class FrameTally:
    """What became of the frames, as far as is known at one moment."""

    frames: FrameCounts
    not_published: Mapping[str, int]
    dropped: Mapping[str, int]
    dead_letters: int

    @property
    def unaccounted(self) -> int:
        """Published frames of whose end nothing is known yet."""
        return unaccounted(self.frames, self.dropped, self.dead_letters)


class FrameMeter:
    """Reads all counts of one region. Use it as a context manager, from one thread.

    Args:
        client: Settings of the Kafka client.
        codec: How results are encoded.
        region: Region whose topics are read.
        prometheus_urls: Where Flink exports the sampler's counters.
        agent_summary: File that the edge agent keeps its counts in.
    """

    def __init__(
        self, client: ClientConfig, codec: Codec, region: str, prometheus_urls: Sequence[str], agent_summary: Path
    ) -> None:
        self._client = client
        self._codec = codec
        self._region = region
        self._prometheus_urls = prometheus_urls
        self._agent_summary = agent_summary
        self._inferred: set[str] = set()
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        """Begin to read the detections topic from its start."""
        topics = [detections_topic(self._region)]
        consumer = RecordConsumer.of_all_partitions(self._client, topics, start=StartAt.EARLIEST)
        self._results = self._exit.enter_context(consumer)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close the consumer."""
        self._exit.close()

    def read(self) -> FrameTally:
        """Return the counts as they stand now."""
        self._read_results()
        samples = scrape(self._prometheus_urls)
        summary: dict[str, Any] = json.loads(self._agent_summary.read_text(encoding="utf-8"))
        frames = FrameCounts(
            captured=summary["captured"],
            published=summary["published"],
            admitted=round(sum(total(samples, "sampler_frames_admitted").values())),
            inferred=len(self._inferred),
        )
        dropped = total(samples, "sampler_frames_dropped", by="reason")
        return FrameTally(
            frames,
            not_published=summary["dropped"],
            dropped={reason: round(count) for reason, count in dropped.items() if count},
            dead_letters=sum(end_offsets(self._client, dead_letters_topic(self._region)).values()),
        )

    def settle(self, deadline_s: float) -> FrameTally:
        """Wait until every published frame is accounted for, or the deadline has passed.

        Flink exports counters a few seconds after they changed, and frames are still on their way.
        """
        give_up_at_s = time.monotonic() + deadline_s
        tally = self.read()
        while tally.unaccounted and time.monotonic() < give_up_at_s:
            time.sleep(_POLL_S)
            tally = self.read()
        return tally

    def _read_results(self) -> None:
        while isinstance(record := self._results.poll(_POLL_S), Record):
            self._inferred.add(self._codec.decode(FrameResult, record.value).frame_id)
