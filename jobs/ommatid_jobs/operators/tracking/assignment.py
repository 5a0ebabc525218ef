"""Which track takes which box: the pairs of least total cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

Pair = tuple[int, int]
"""Row and column."""


def assigned(costs: Mapping[Pair, float], left_alone: float) -> list[Pair]:
    """Assign rows to columns one to one, with the least total cost.

    Pairs that are linked by no chain of possible pairs are solved apart: on most frames that leaves nothing to decide.

    Args:
        costs: Cost of each possible pair; other pairs are impossible. Below ``left_alone``.
        left_alone: Cost of a row without a column.

    Returns:
        The chosen pairs, sorted.
    """
    return sorted(pair for part in _linked(costs) for pair in _solved(part, costs, left_alone))


def _linked(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Pairs in groups that share neither row nor column with one another."""
    group_of: dict[tuple[str, int], list[Pair]] = {}
    for row, column in sorted(pairs):
        a, b = group_of.get(("row", row)), group_of.get(("column", column))
        merged = [*(a or ()), *((b or ()) if b is not a else ()), (row, column)]
        for old_row, old_column in merged:
            group_of["row", old_row] = group_of["column", old_column] = merged
    return list({id(group): group for group in group_of.values()}.values())


def _solved(pairs: Sequence[Pair], costs: Mapping[Pair, float], left_alone: float) -> list[Pair]:
    if len(pairs) == 1:
        return list(pairs)
    rows, columns = sorted({row for row, _ in pairs}), sorted({column for _, column in pairs})
    # A column of its own for each row stands for being left alone.
    matrix = [[costs.get((row, column), left_alone) for column in columns] + [left_alone] * len(rows) for row in rows]
    chosen = zip(rows, _columns_of_least_cost(matrix), strict=True)
    solved = ((row, columns[index]) for row, index in chosen if index < len(columns))
    return [pair for pair in solved if pair in costs]


def _columns_of_least_cost(matrix: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row in an assignment of least total cost.

    Shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957; in the form of Jonker and Volgenant 1987).

    Args:
        matrix: Finite costs, at least as many columns as rows.
    """
    width = len(matrix[0])
    row_of: list[int | None] = [None] * width
    row_potential, column_potential = [0.0] * len(matrix), [0.0] * width
    for row in range(len(matrix)):
        _augment(row, matrix, row_of, (row_potential, column_potential))
    columns = {taken: column for column, taken in enumerate(row_of) if taken is not None}
    return [columns[row] for row in range(len(matrix))]


def _augment(
    start: int,
    matrix: Sequence[Sequence[float]],
    row_of: list[int | None],
    potentials: tuple[list[float], list[float]],
) -> None:
    """Give one more row a column; rows on the cheapest path to a free one move over."""
    row_potential, column_potential = potentials
    distance, before = [float("inf")] * len(row_of), [-1] * len(row_of)
    done: dict[int, float] = {}
    column, row, reached = -1, start, 0.0
    while True:
        for other in _others(len(row_of), done):
            here = reached + matrix[row][other] - row_potential[row] - column_potential[other]
            if here < distance[other]:
                distance[other], before[other] = here, column
        column = min(_others(len(row_of), done), key=distance.__getitem__)
        reached = done[column] = distance[column]
        taken = row_of[column]
        if taken is None:
            break
        row = taken
    row_potential[start] += reached
    for seen, at in done.items():
        taken = row_of[seen]
        column_potential[seen] -= reached - at
        if taken is not None:
            row_potential[taken] += reached - at
    while column >= 0:
        row_of[column] = start if before[column] < 0 else row_of[before[column]]
        column = before[column]


def _others(width: int, done: Mapping[int, float]) -> Iterator[int]:
    return (column for column in range(width) if column not in done)
