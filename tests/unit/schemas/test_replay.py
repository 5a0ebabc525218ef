import pytest

from ommatid_schemas.replay import ReplayNote, ReplayPhase

NOTE = ReplayNote(partition=0, offset=17, number=2, phase=ReplayPhase.DONE, claim="f00d", by="host, of somebody")


def test_a_note_reads_back_from_its_record():
    assert ReplayNote.from_record(NOTE.key, NOTE.headers()) == NOTE


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (b"lobby-1", {"stage": b"sampler"}),
        (None, NOTE.headers()),
        (NOTE.key, {"ommatid-replay-note": b"2,later,f00d,host"}),
        (NOTE.key, {"ommatid-replay-note": b"\xff"}),
    ],
)
def test_any_other_record_is_no_note(key: bytes | None, headers: dict[str, bytes]):
    assert ReplayNote.from_record(key, headers) is None
