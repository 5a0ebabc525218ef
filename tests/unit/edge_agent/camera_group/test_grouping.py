from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.camera_group.grouping import assign

names = st.lists(st.integers(0, 60).map(str), unique=True, max_size=60)
sizes = st.integers(1, 9)


def test_groups_are_of_nearly_equal_size():
    groups = assign({}, [str(n) for n in range(26)], size=25)

    assert {number: len(members) for number, members in groups.items()} == {0: 13, 1: 13}


def test_a_group_is_opened_only_when_the_others_have_no_room():
    groups = {0: frozenset("ab"), 1: frozenset("c")}

    assert assign(groups, list("abcd"), size=2) == {0: frozenset("ab"), 1: frozenset("cd")}
    assert assign(groups, list("abcde"), size=2) == {0: frozenset("ab"), 1: frozenset("ce"), 2: frozenset("d")}


def test_a_group_without_cameras_is_closed():
    assert assign({0: frozenset("a"), 1: frozenset("b")}, ["b"], size=1) == {1: frozenset("b")}


@given(before=names, after=names, size=sizes)
def test_every_camera_has_one_group_and_keeps_it(before: list[str], after: list[str], size: int):
    old = assign({}, before, size)
    new = assign(old, after, size)

    assert sorted(name for members in new.values() for name in members) == sorted(after)
    assert all(0 < len(members) <= size for members in new.values())
    for number, members in new.items():
        assert {name for name in members if name in before} <= old.get(number, frozenset())
