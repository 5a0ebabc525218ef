import pytest

from ommatid_fleet.backtest.accounts import Cost, Price, price_of


def test_the_price_of_the_command_comes_before_that_of_the_budget():
    assert price_of(2.0, "street", 0.5) == Price(0.002, "--price-per-1000-calls")
    assert price_of(None, "street", 0.5) == Price(0.5, "groups.street.budget")


def test_nobody_may_know_the_price():
    cost = Cost(1000, price_of(None, "street", 0.0), 60.0)

    assert (cost.total, cost.per_camera_hour) == (None, None)


def test_calls_may_be_free():
    assert Cost(1000, price_of(0.0, "street", 0.5), 60.0).total == 0


def test_the_cost_of_a_camera_and_an_hour_is_that_of_such_footage_for_an_hour():
    cost = Cost(calls=600, price=Price(0.01, "x"), duration_s=1800.0, cameras=4)

    assert cost.total == pytest.approx(6.0)
    assert cost.per_camera_hour == pytest.approx(3.0)
