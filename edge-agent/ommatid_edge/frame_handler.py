"""What happens to each frame of one camera, from its arrival to the publisher."""

import structlog

from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.capture_clock import TRUSTED_OFFSET_US, ClockState
from ommatid_edge.decoding import Decoded
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.frame_selection import Chosen, DropReason, SelectionState, select
from ommatid_edge.jpeg import encode_jpeg
from ommatid_edge.picture import ArrivedFrame, UndecodedPacket
from ommatid_edge.trigger_board import TriggerBoard

_log = structlog.get_logger(__name__)


class FrameHandler:
    """Selects, masks, encodes and publishes the frames of one camera; outlives its connections.

    Args:
        plan: Camera.
        monitor: Counters and condition of the camera.
        publisher: Where chosen frames go.
        triggers: Who may open the event layer.
    """

    def __init__(
        self, plan: CameraPlan, monitor: CameraMonitor, publisher: FramePublisher, triggers: TriggerBoard
    ) -> None:
        self._plan = plan
        self._monitor = monitor
        self._publisher = publisher
        self._triggers = triggers
        self._state = SelectionState()
        self._sequence = 0

    def handle(self, decoded: Decoded) -> None:
        """Take one frame, or one packet that gave none; count what becomes of it."""
        counters = self._monitor.counters
        counters.captured()
        try:
            dropped = self._process(decoded)
        except BaseException:
            counters.dropped(DropReason.AGENT_FAULT)
            raise
        if dropped is not None:
            counters.dropped(dropped)

    def _process(self, decoded: Decoded) -> DropReason | None:
        if isinstance(decoded, UndecodedPacket):
            return DropReason.UNDECODABLE_PACKET
        selection = select(self._plan, self._state, decoded, self._triggers.until_us(self._plan.camera_id))
        self._watch_clock(selection.state.clock)
        self._state = selection.state
        if isinstance(selection.verdict, DropReason):
            return selection.verdict
        return self._publish(decoded, selection.verdict)

    def _publish(self, frame: ArrivedFrame, chosen: Chosen) -> DropReason | None:
        jpeg = encode_jpeg(self._plan.jpeg, self._plan.masks, frame.picture.bgr())
        if jpeg is None:
            return DropReason.ENCODE_FAILED
        refused = self._publisher.publish_frame(self._plan, chosen, jpeg, self._sequence, self._monitor.counters)
        if refused is None:
            self._sequence += 1
        return refused

    def _watch_clock(self, after: ClockState) -> None:
        before = self._state.clock
        self._monitor.clock_offset(after.offset_us)
        if after.offset_us is not None and not after.trusted and (before.trusted or before.offset_us is None):
            _log.warning(
                "camera clock not trusted",
                camera=self._plan.camera_id,
                reason=f"expected its clock within {TRUSTED_OFFSET_US / 1e6:.0f} s of arrival, "
                f"found {after.offset_us / 1e6:+.1f} s; using times of arrival, set up NTP on the camera",
            )
