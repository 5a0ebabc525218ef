from ommatid_edge.trigger_board import NO_CALL, EventCall, TriggerBoard


def test_a_trigger_never_shortens_what_an_earlier_one_opened(board: TriggerBoard):
    board.post("lobby-1", 5_000, 1_000)
    board.post("lobby-1", 4_000, 2_000)

    assert board.call("lobby-1") == EventCall(5_000, 1_000)


def test_a_trigger_of_a_clock_that_was_ahead_does_not_hide_later_ones(board: TriggerBoard):
    board.post("lobby-1", 3_600_000_000, 1_000)
    board.post("lobby-1", 30_000_000, 2_000)

    assert board.call("lobby-1") == EventCall(30_000_000, 2_000)


def test_a_camera_of_another_agent_is_passed_over(board: TriggerBoard):
    board.post("garage-7", 5_000, 1_000)

    assert board.call("garage-7") == NO_CALL
