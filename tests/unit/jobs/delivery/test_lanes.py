from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.delivery.lanes import Lanes


def lanes(*items: tuple[str, int], capacity: int = 100) -> Lanes[int]:
    filled: Lanes[int] = Lanes(capacity)
    for camera_id, item in items:
        assert filled.put(camera_id, item)
    return filled


def test_items_of_a_camera_are_taken_one_at_a_time() -> None:
    waiting = lanes(("lobby", 1), ("lobby", 2))

    assert waiting.take(0.0) == ("lobby", 1)
    assert waiting.take(0.0) is None
    waiting.finish("lobby")
    assert waiting.take(0.0) == ("lobby", 2)


def test_a_deferred_item_holds_back_its_camera_only() -> None:
    waiting = lanes(("lobby", 1), ("lobby", 2), ("gate", 3))
    waiting.take_any(lambda item: item == 1)
    waiting.defer("lobby", 60.0)

    assert waiting.take(0.0) == ("gate", 3)
    assert waiting.take(0.0) is None
    assert waiting.take(60.0) == ("lobby", 1)


def test_there_is_no_room_beyond_the_capacity() -> None:
    assert not lanes(("lobby", 1), capacity=1).put("gate", 2)


def test_a_released_item_is_due_at_once() -> None:
    waiting: Lanes[int] = Lanes(1)
    waiting.put("lobby", 1, due_s=60.0)

    assert waiting.take(0.0) is None
    waiting.release(lambda item: item == 1)
    assert waiting.take(0.0) == ("lobby", 1)


def test_what_is_dropped_leaves_room_and_what_is_in_work_stays() -> None:
    waiting = lanes(("lobby", 1), ("lobby", 2), ("gate", 3))
    waiting.take_any(lambda item: item == 1)

    waiting.drop(lambda item: item > 0)

    assert (len(waiting), waiting.in_work) == (1, 1)
    waiting.finish("lobby")
    assert len(waiting) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_each_camera_keeps_its_order_whatever_fails(steps: list[tuple[str, bool]]) -> None:
    """Items are numbered as they come; a failed one is deferred to now and taken again."""
    waiting = lanes(*((camera_id, number) for number, (camera_id, _) in enumerate(steps)))
    fails, done = {number for number, (_, fail) in enumerate(steps) if fail}, list[tuple[str, int]]()
    while (taken := waiting.take(0.0)) is not None:
        camera_id, number = taken
        if number in fails:
            fails.discard(number)
            waiting.defer(camera_id, 0.0)
        else:
            waiting.finish(camera_id)
            done.append(taken)

    assert len(done) == len(steps)
    assert all([it for it in done if it[0] == name] == sorted(it for it in done if it[0] == name) for name in "abc")
