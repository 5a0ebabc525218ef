from ommatid_edge.spool.disk_room import DiskRoom, after_acceptance, after_probe, after_refusal

MB = 1024 * 1024
ROOM = DiskRoom(configured_bytes=1000 * MB, memory_bytes=32 * MB)


def test_a_disk_that_refuses_is_a_smaller_spool():
    room = after_refusal(ROOM, saved_bytes=500 * MB, slack_bytes=8 * MB, at_s=1.0)

    assert (room.full, room.refusing, room.disk_bytes, room.capacity_bytes) == (True, False, 492 * MB, 492 * MB)


def test_next_to_nothing_on_disk_leaves_the_memory():
    room = after_refusal(ROOM, saved_bytes=1 * MB, slack_bytes=8 * MB, at_s=1.0)

    assert (room.disk_bytes, room.capacity_bytes) == (0, 32 * MB)


def test_a_disk_that_refuses_even_so_is_left_alone_for_a_second_while_memory_helps_out():
    room = after_refusal(after_refusal(ROOM, 500 * MB, 8 * MB, at_s=1.0), 492 * MB, 8 * MB, at_s=1.0)

    assert room.capacity_bytes == (492 + 32) * MB
    assert (room.pauses(1.9), room.pauses(2.0)) == (True, False)
    assert after_acceptance(room, 492 * MB).capacity_bytes == 492 * MB


def test_the_configured_limit_is_tried_again_and_holds_once_clearly_more_fits_than_before():
    full = after_refusal(ROOM, 500 * MB, 8 * MB, at_s=1.0)
    tried = after_probe(full, 6.0)

    assert after_probe(full, 5.9) == full
    assert (tried.disk_bytes, after_acceptance(tried, 530 * MB).full) == (1000 * MB, True)
    assert not after_acceptance(tried, 540 * MB).full


def test_a_spool_that_drained_has_room_again():
    tried = after_probe(after_refusal(ROOM, 500 * MB, 8 * MB, at_s=1.0), 6.0)

    assert not after_acceptance(tried, 240 * MB).full
