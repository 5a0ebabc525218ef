"""Switches faults of cameras on and off while they are served."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog
from structlog.typing import FilteringBoundLogger

from ommatid_edge.simulator.errors import UnknownCameraError
from ommatid_edge.simulator.faults import NATURES, ActiveFaults, Fault, checked_amount, encoding_under
from ommatid_edge.simulator.footage_library import FootageLibrary
from ommatid_edge.simulator.live_camera import LiveCamera

_LOG: FilteringBoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CameraCondition:
    """What a camera is doing.

    Attributes:
        faults: Lasting faults that are on, with their amounts (0 where there is none).
        clients: Connections that play it.
    """

    faults: ActiveFaults
    clients: int


class Switchboard:
    """Holds the cameras of one server. All methods belong to the thread of its event loop.

    Args:
        cameras: Cameras by name.
        footage: Where other footage comes from when a fault changes it.
    """

    def __init__(self, cameras: Mapping[str, LiveCamera], footage: FootageLibrary) -> None:
        self.cameras = cameras
        self._footage = footage
        self._ends: dict[tuple[str, Fault], asyncio.TimerHandle] = {}
        self._changes: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def switch(self, name: str, fault: Fault, amount: float | None = None, for_s: float | None = None) -> None:
        """Switch a fault on, or let it happen if it happens at one moment. It is in effect when this returns.

        Raises:
            UnknownCameraError: No camera has this name.
            FaultAmountError: The amount is out of bounds.
            UnusableClipError: The footage that the fault asks for cannot be made.
        """
        camera, amount = self._camera(name), checked_amount(fault, amount)
        if NATURES[fault].once:
            camera.strike(fault, amount)
        else:
            await self._change(camera, switched_off=(fault,), switched_on={fault: amount})
            self._end_after(name, fault, for_s)
        _LOG.info("fault switched on", camera=name, fault=fault.value, amount=amount, for_s=for_s)

    async def clear(self, name: str, fault: Fault | None = None) -> None:
        """Switch one fault off, or all; nothing if it is off already.

        Raises:
            UnknownCameraError: No camera has this name.
        """
        ended = tuple(Fault) if fault is None else (fault,)
        await self._change(self._camera(name), switched_off=ended, switched_on={})
        for each in ended:
            self._end_after(name, each, None)
        _LOG.info("fault switched off", camera=name, fault="all" if fault is None else fault.value)

    async def condition(self, name: str) -> CameraCondition:
        """What a camera is doing.

        Raises:
            UnknownCameraError: No camera has this name.
        """
        camera = self._camera(name)
        return CameraCondition(dict(camera.faults), sum(client.plays for client in camera.clients))

    def close(self) -> None:
        """Forget what was to end later."""
        for end in self._ends.values():
            end.cancel()
        for change in self._changes:
            change.cancel()

    def _camera(self, name: str) -> LiveCamera:
        if name not in self.cameras:
            raise UnknownCameraError(f"no camera {name!r} is simulated; choose from {', '.join(self.cameras)}")
        return self.cameras[name]

    async def _change(self, camera: LiveCamera, switched_off: Collection[Fault], switched_on: ActiveFaults) -> None:
        # Footage is made in another thread, and changes must not overtake each other meanwhile.
        async with self._one_at_a_time:
            kept = {fault: amount for fault, amount in camera.faults.items() if fault not in switched_off}
            faults = {**kept, **switched_on}
            encoding = encoding_under(camera.camera.encoding, faults)
            camera.change(faults, await asyncio.to_thread(self._footage.clip, camera.camera.scene, encoding))

    def _end_after(self, name: str, fault: Fault, for_s: float | None) -> None:
        """Replace the time at which a fault ends by itself; None for never."""
        end = self._ends.pop((name, fault), None)
        if end is not None:
            end.cancel()
        if for_s is not None:
            self._ends[name, fault] = asyncio.get_running_loop().call_later(for_s, self._end, name, fault)

    def _end(self, name: str, fault: Fault) -> None:
        change = asyncio.get_running_loop().create_task(self.clear(name, fault))
        self._changes.add(change)
        change.add_done_callback(self._changes.discard)
