"""The event that a chosen frame is published as."""

from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.jpeg import ENCODING
from ommatid_edge.spool import Destination
from ommatid_schemas.events import FrameEvent, frame_id


def published_frame(
    frame: ChosenFrame, to: Destination, *, sequence: int, published_at_us: int, agent_id: str
) -> FrameEvent:
    """Event of a frame.

    Args:
        frame: Masked and encoded.
        to: Where it goes.
        sequence: Number among the frames of its agent.
        published_at_us: When it is handed to the brokers, microseconds since the epoch; not when it was chosen, for the
            detect job sheds by age since publication.
        agent_id: Who publishes it.
    """
    return FrameEvent(
        frame_id=frame_id(frame.camera_id, frame.captured_at_us),
        camera_id=frame.camera_id,
        region=to.region,
        group=to.group,
        priority=to.priority,
        captured_at_us=frame.captured_at_us,
        clock=frame.clock,
        published_at_us=published_at_us,
        agent_id=agent_id,
        sequence=sequence,
        reason=frame.reason,
        motion_score=frame.motion_score,
        width=frame.width_px,
        height=frame.height_px,
        encoding=ENCODING,
        image=frame.image,
    )
