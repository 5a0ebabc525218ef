from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.tracking.assignment import Pair, assigned

LEFT_ALONE = 2.0
costs_of_pairs = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 31).map(lambda sixteenths: sixteenths / 16)
)


def total(pairs: list[Pair], costs: dict[Pair, float]) -> float:
    rows = {row for row, _ in costs}
    return sum(costs[pair] for pair in pairs) + LEFT_ALONE * (len(rows) - len(pairs))


def cheapest(costs: dict[Pair, float]) -> float:
    """By trying everything: each row takes one of the columns, or one of five that stand for none."""
    rows = sorted({row for row, _ in costs})
    return min(
        sum(costs.get((row, column), LEFT_ALONE) for row, column in zip(rows, columns, strict=True))
        for columns in permutations(range(5 + len(rows)), len(rows))
    )


@settings(max_examples=25, deadline=None)
@given(costs=costs_of_pairs.filter(lambda costs: len({row for row, _ in costs}) < 5))
def test_no_other_assignment_costs_less(costs: dict[Pair, float]):
    assert total(assigned(costs, LEFT_ALONE), costs) == cheapest(costs)


@settings(max_examples=25)
@given(costs=costs_of_pairs)
def test_rows_and_columns_are_used_once_and_only_in_possible_pairs(costs: dict[Pair, float]):
    pairs = assigned(costs, LEFT_ALONE)

    assert set(pairs) <= set(costs)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)


def test_the_best_single_pair_is_given_up_for_a_better_whole():
    assert assigned({(0, 0): 0.1, (0, 1): 0.2, (1, 0): 0.3}, LEFT_ALONE) == [(0, 1), (1, 0)]


def test_nothing_possible_is_nothing_assigned():
    assert assigned({}, LEFT_ALONE) == []
