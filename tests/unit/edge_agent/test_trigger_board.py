from ommatid_edge.trigger_board import NO_CALL, EventCall, TriggerBoard


def test_a_trigger_never_shortens_what_an_earlier_one_opened(board: TriggerBoard):
    board.post("lobby-1", 5_000, 1_000)
    board.post("lobby-1", 4_000, 2_000)

    assert board.call("lobby-1") == EventCall(5_000, 1_000)


def test_a_camera_of_another_agent_is_passed_over(board: TriggerBoard):
    board.post("garage-7", 5_000, 1_000)

    assert board.call("garage-7") == NO_CALL
