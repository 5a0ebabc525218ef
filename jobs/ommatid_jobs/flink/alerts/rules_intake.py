"""What the alert job makes of one record of the rules topic. Flink only carries the state."""

from dataclasses import dataclass

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.flink.outgoing import dead_letter_record
from ommatid_jobs.operators.rule_versions import RulesInEffect, decode, pack_state, unpack_state
from ommatid_schemas import topics
from ommatid_schemas.errors import DecodeError

STAGE = "rules_topic"


@dataclass(frozen=True, slots=True)
class RefusedRules:
    """The record says nothing that can be understood: the rules stay as they are."""

    dead_letter: SinkRecord


def take(in_effect: RulesInEffect, record: SourceRecord) -> RulesInEffect | RefusedRules:
    """Take what a record says.

    Args:
        in_effect: What the job judges by.
        record: A record of the rules topic, in whatever order; also one that was seen before.

    Returns:
        What the job judges by now, the same object if nothing changes; or why the record was refused.
    """
    region = in_effect.version.book.region
    try:
        news = decode(record.key, record.value, region)
    except DecodeError as exc:
        return RefusedRules(dead_letter_record(topics.dead_letters_topic(region), record, STAGE, exc))
    return in_effect if news is None else in_effect.after(news)


def resumed(submitted: bytes, restored: bytes | None) -> RulesInEffect:
    """What a job judges by that begins, or begins again: the newest of what it was submitted with and what it had.

    Raises:
        IncompatibleStateError: A newer release wrote the state.
    """
    in_effect = unpack_state(submitted)
    if restored is None:
        return in_effect
    had = unpack_state(restored)
    return in_effect.after(had.version).after(had.arming)


def packed(in_effect: RulesInEffect) -> bytes:
    """Bytes for the job's submission and for its state."""
    return pack_state(in_effect)
