import pytest

from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_jobs.operators.rules import RulesState, pack_state, unpack_state
from ommatid_jobs.operators.rules.state import Match, RuleState, Sighting
from ommatid_schemas.events import Box, FrameRef

STATE = RulesState(
    captured_at_us=7,
    published_at_us=9,
    frames=3,
    rules={
        "person-at-door": RuleState(
            (
                Sighting(
                    number=3,
                    frame_id="cam-1/7",
                    captured_at_us=7,
                    frame_ref=FrameRef("omm.frames.eu.safety.entrances", 2, 41),
                    matches=(Match(Box("person", 0.5, 0.1, 0.2, 0.25, 0.75), ("door",)),),
                ),
            ),
            {"door": 60},
        )
    },
)
PACKED_V1 = (
    b'\x01{"captured_at_us":7,"published_at_us":9,"frames":3,"rules":{"person-at-door":{"sightings":[{"number":3,'
    b'"frame_id":"cam-1/7","captured_at_us":7,"frame_ref":["omm.frames.eu.safety.entrances",2,41],'
    b'"matches":[["person",0.5,0.1,0.2,0.25,0.75,"door"]]}],"quiet_until_us":{"door":60}}}}'
)


def test_state_of_version_1_is_read():
    assert unpack_state(PACKED_V1) == STATE


def test_what_is_written_is_read():
    assert unpack_state(pack_state(STATE)) == STATE


def test_state_of_an_unknown_version_is_refused():
    with pytest.raises(IncompatibleStateError, match="rules state: expected version 4, found version 9; start the"):
        unpack_state(b"\x09" + PACKED_V1[1:])


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        PACKED_V1[:-1],
        b"\x01{}",
        b"\x01[]",
        PACKED_V1.replace(b"frames", b"frame5"),
        b"\x02",
        pack_state(STATE)[:-1],
    ],
)
def test_damaged_state_is_refused(packed: bytes):
    with pytest.raises(IncompatibleStateError, match="rules state: expected"):
        unpack_state(packed)
