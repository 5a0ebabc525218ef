import pytest

from ommatid_edge.simulator import NATURES, CameraBehaviour, Codec, Encoding, Fault, FaultAmountError
from ommatid_edge.simulator.behaviour import camera_clock_us
from ommatid_edge.simulator.faults import behaviour_under, checked_amount, encoding_under

PLAIN = CameraBehaviour()
LASTING = [fault for fault in Fault if not NATURES[fault].once]


@pytest.mark.parametrize("fault", LASTING)
def test_every_lasting_fault_changes_behaviour_or_footage(fault: Fault) -> None:
    faults = {fault: checked_amount(fault, None)}

    changes = (behaviour_under(PLAIN, faults) != PLAIN, encoding_under(Encoding(), faults) != Encoding())

    assert sorted(changes) == [False, True]


@pytest.mark.parametrize("fault", [fault for fault in Fault if NATURES[fault].once])
def test_a_fault_of_one_moment_changes_nothing_that_lasts(fault: Fault) -> None:
    assert behaviour_under(PLAIN, {fault: 1.0}) == PLAIN
    assert encoding_under(None, {fault: 1.0}) is None


def test_faults_add_to_what_the_camera_does_anyway() -> None:
    base = CameraBehaviour(ntp_skew_s=5.0, sender_reports=False)

    behaviour = behaviour_under(base, {Fault.CLOCK_JUMP: 60.0, Fault.LOSS: 0.1})

    assert behaviour == CameraBehaviour(ntp_skew_s=65.0, sender_reports=False, loss=0.1)


def test_a_clock_jumps_from_where_a_skew_has_put_it() -> None:
    assert behaviour_under(PLAIN, {Fault.CLOCK_SKEW: -10.0, Fault.CLOCK_JUMP: 4.0}).ntp_skew_s == -6.0


def test_timestamps_wrap_after_the_amount() -> None:
    assert behaviour_under(PLAIN, {Fault.TIMESTAMP_WRAP: 2.0}).first_timestamp == 2**32 - 180_000


def test_without_a_fault_of_footage_the_scene_is_shown_as_it_is() -> None:
    assert encoding_under(None, {Fault.STALL: 0.0}) is None


def test_faults_of_footage_add_up() -> None:
    faults = {Fault.RESOLUTION: 0.5, Fault.CODEC: 0.0, Fault.KEY_FRAMES: 4.0, Fault.BIT_RATE: 1e6}

    assert encoding_under(None, faults) == Encoding(Codec.H265, key_frame_every_s=4.0, bit_rate=1_000_000, scale=0.5)


@pytest.mark.parametrize(("before", "after"), [("h264", "h265"), ("h265", "h264"), ("mjpeg", "h264")])
def test_the_other_codec_is_one_that_the_client_does_not_expect(before: str, after: str) -> None:
    changed = encoding_under(Encoding(Codec(before)), {Fault.CODEC: 0.0})

    assert changed == Encoding(Codec(after))


@pytest.mark.parametrize(
    ("fault", "amount", "sentence"),
    [
        (Fault.STALL, 1.0, r"fault stall: expected no amount, found 1; leave it out"),
        (Fault.LOSS, 1.5, r"fault loss: expected 0 to 1 share, found 1\.5; change it"),
        (Fault.SLOW, -1.0, r"fault slow: expected 0 to 600 s, found -1; change it"),
        (Fault.SLOW, float("nan"), r"fault slow: expected 0 to 600 s, found nan; change it"),
    ],
)
def test_an_impossible_amount_is_refused(fault: Fault, amount: float, sentence: str) -> None:
    with pytest.raises(FaultAmountError, match=sentence):
        checked_amount(fault, amount)


@pytest.mark.parametrize("fault", list(Fault))
def test_the_usual_amount_is_within_its_bounds(fault: Fault) -> None:
    nature = NATURES[fault]

    assert checked_amount(fault, nature.usual) == (nature.usual or 0.0)


def test_skew_and_drift_move_the_camera_clock() -> None:
    behaviour = CameraBehaviour(ntp_skew_s=-2.0, clock_drift_ppm=100.0)

    assert camera_clock_us(behaviour, 10_000_000, running_s=50.0) == 10_000_000 - 2_000_000 + 5_000
