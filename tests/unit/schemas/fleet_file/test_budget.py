import pytest

from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Budget, Fleet, parse_fleet


def parse(budget: str) -> Fleet:
    return parse_fleet(f"""
version: 1
regions: {{eu: {{kafka: {{bootstrap: "127.0.0.1:1"}}}}}}
groups:
  entrances: {{priority: insight, budget: {budget}}}
""")


def budget_of(text: str) -> Budget:
    return parse(text).groups["entrances"].budget


def test_a_budget_is_written_as_rates():
    budget = budget_of("{frames: 50/s, money: 2.50/h, frame_price: 0.0004, call_price: 0.001}")

    assert (budget.frames, budget.money, budget.price) == (50.0, 2.5, pytest.approx(0.0014))


def test_money_per_day_is_spread_over_its_hours():
    assert budget_of("{money: 60/d, frame_price: 0.01}").money == 2.5


def test_without_limits_nothing_is_limited():
    assert budget_of("{}") == Budget()


def test_a_budget_survives_the_way_to_the_workers():
    budget = budget_of("{frames: 50/s, money: 2.50/h, frame_price: 0.0004}")

    assert Budget.model_validate_json(budget.model_dump_json()) == budget


@pytest.mark.parametrize(
    ("budget", "fault"),
    [
        ("{money: 2.50/h}", "budget.*expected `frame_price` or `call_price` beside it"),
        (
            "{money: 0.1/h, frame_price: 0.06}",
            "budget.*at least twice a frame's price, 0.12 per hour, found 0.1",
        ),
        ("{money: 2.50/s, frame_price: 0.1}", r"budget\.money.*expected money per time such as 2\.50/h"),
        ("{frames: 0}", r"budget\.frames"),
        ("{frame: 1/s}", r"budget\.frame"),
    ],
)
def test_a_budget_that_could_not_work_is_refused(budget: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        parse(budget)
