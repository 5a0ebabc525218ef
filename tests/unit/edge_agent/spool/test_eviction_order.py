from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.spool.entry import Entry
from ommatid_edge.spool.eviction_order import EvictionOrder, eviction_key
from ommatid_schemas.events import Reason
from ommatid_schemas.priority import Priority
from tests.strategies import spool_entries


def evicted(order: EvictionOrder) -> list[Entry]:
    """Everything, in the order in which it would go."""
    gone: list[Entry] = []
    while (least := order.least()) is not None:
        order.discard(least)
        gone.append(least)
    return gone


def entry(row_id: int, reason: Reason, priority: Priority = Priority.SAFETY) -> Entry:
    return Entry(row_id, f"cam-{row_id}", priority, reason, 4096, row_id)


def test_the_least_valuable_goes_first_then_the_lowest_priority_then_the_oldest():
    going = [
        entry(9, Reason.SHADOW),
        entry(8, Reason.BASELINE),
        entry(6, Reason.MOTION, Priority.INSIGHT),
        entry(5, Reason.MOTION, Priority.STANDARD),
        entry(3, Reason.MOTION),
        entry(4, Reason.MOTION),
        entry(2, Reason.SCENE_CHANGE, Priority.INSIGHT),
        entry(1, Reason.EVENT, Priority.INSIGHT),
        entry(7, Reason.EVENT),
    ]
    order = EvictionOrder()
    for it in sorted(going, key=lambda it: it.row_id):
        order.add(it)

    assert evicted(order) == going


@given(entries=spool_entries(), data=st.data())
def test_frames_that_were_under_way_and_came_back_take_their_place_again(entries: list[Entry], data: st.DataObject):
    order = EvictionOrder()
    for it in entries:
        order.add(it)
    away = data.draw(st.lists(st.sampled_from(entries), unique=True) if entries else st.just([]))
    for it in away:
        order.discard(it)
    order.restore(away)

    assert evicted(order) == sorted(entries, key=eviction_key)
