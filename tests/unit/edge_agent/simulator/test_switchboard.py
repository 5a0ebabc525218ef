import asyncio
from pathlib import Path

import pytest

from ommatid_edge.simulator import SCENES, Fault, FootageLibrary, SimulatedCamera, UnknownCameraError
from ommatid_edge.simulator.live_camera import LiveCamera
from ommatid_edge.simulator.switchboard import Switchboard


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    footage = FootageLibrary(SCENES, tmp_path)
    return Switchboard({"a": LiveCamera(SimulatedCamera("a", "empty"), footage.clip("empty", None))}, footage)


async def faults(board: Switchboard) -> set[Fault]:
    return set((await board.condition("a")).faults)


async def ended(board: Switchboard, fault: Fault) -> None:
    async with asyncio.timeout(20.0):
        while fault in await faults(board):  # noqa: ASYNC110 - the switchboard tells nobody
            await asyncio.sleep(0.002)


async def test_a_fault_ends_after_its_time(board: Switchboard) -> None:
    await board.switch("a", Fault.LOSS, 0.5, 0.005)
    assert await faults(board) == {Fault.LOSS}

    await ended(board, Fault.LOSS)

    assert board.cameras["a"].behaviour == SimulatedCamera("a").behaviour


async def test_a_fault_that_is_switched_on_again_lasts_as_the_last_order_says(board: Switchboard) -> None:
    await board.switch("a", Fault.STALL, None, 0.005)
    await board.switch("a", Fault.STALL, None, None)
    await board.switch("a", Fault.LOSS, None, 0.01)

    await ended(board, Fault.LOSS)

    assert await faults(board) == {Fault.STALL}


async def test_the_order_in_which_faults_came_on_counts(board: Switchboard) -> None:
    await board.switch("a", Fault.CLOCK_JUMP, 4.0, None)
    await board.switch("a", Fault.CLOCK_SKEW, -10.0, None)
    assert board.cameras["a"].behaviour.ntp_skew_s == -10.0

    await board.switch("a", Fault.CLOCK_JUMP, 4.0, None)

    assert board.cameras["a"].behaviour.ntp_skew_s == -6.0


async def test_changes_that_come_together_are_all_made(board: Switchboard) -> None:
    await asyncio.gather(*(board.switch("a", fault, None, None) for fault in (Fault.STALL, Fault.LOSS, Fault.SLOW)))
    assert await faults(board) == {Fault.STALL, Fault.LOSS, Fault.SLOW}

    await board.clear("a", None)

    assert await faults(board) == set()


async def test_a_camera_that_is_not_there_is_refused(board: Switchboard) -> None:
    with pytest.raises(UnknownCameraError, match=r"no camera 'b' is simulated; choose from a"):
        await board.clear("b", None)
