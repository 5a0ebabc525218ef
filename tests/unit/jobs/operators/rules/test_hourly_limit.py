"""One person after the other comes to the door, each for a frame; seconds between them as given."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import Step
from tests.unit.jobs.operators.examples import result, standing_at
from tests.unit.jobs.operators.rules.examples import AT_DOOR, camera_rules
from tests.unit.jobs.operators.rules.test_evaluation import alerts_of, run

TWO_AN_HOUR = AT_DOOR.model_copy(
    update={"confirm_matches": 1, "confirm_frames": 1, "cooldown_us": 0, "max_per_hour": 2}
)
HOUR_S = 3600


def visits(*at_s: float) -> list[Step]:
    """Visitors alternate between two ends of the door, so that each is somebody else."""
    seen = [result(second, standing_at((0.55, 0.95)[count % 2], 0.9)) for count, second in enumerate(at_s)]
    return run(seen, camera_rules(TWO_AN_HOUR))


def kinds(steps: list[Step]) -> list[str]:
    return [step.alerts[0].kind if step.alerts else "held" if step.held_back else "" for step in steps]


def test_the_alert_after_the_limit_says_so_and_the_rest_is_held_back_and_counted():
    assert kinds(visits(0, 60, 120, 180, 240)) == ["presence", "presence", "limit", "held", "held"]


def test_alerts_go_on_as_the_hour_passes_and_the_limit_is_told_of_once_an_hour():
    steps = visits(0, 60, 120, 180, HOUR_S, HOUR_S + 30, HOUR_S + 60, HOUR_S + 90, 2 * HOUR_S)

    assert kinds(steps) == ["presence", "presence", "limit", "held", "presence", "held", "presence", "held", "presence"]


@settings(max_examples=12)
@given(pauses=st.lists(st.integers(10, 1500), max_size=25))
def test_no_hour_has_more_alerts_than_the_limit_and_one(pauses: list[int]):
    times = [float(sum(pauses[:count])) for count in range(1, len(pauses) + 1)]
    raised = [alert.captured_at_us for alert in alerts_of(visits(*times))]

    for begin in raised:
        assert sum(0 <= at_us - begin < HOUR_S * 1_000_000 for at_us in raised) <= 3
