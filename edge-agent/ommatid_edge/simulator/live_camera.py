"""One camera while it is served: what it does now, and who is connected."""

import time
from typing import Protocol

from ommatid_edge.simulator.clip import Clip
from ommatid_edge.simulator.faults import ActiveFaults, Fault, behaviour_under
from ommatid_edge.simulator.scenes import SimulatedCamera
from ommatid_edge.simulator.sdp import NOTHING, session_description
from ommatid_edge.simulator.session import Offer


class Client(Protocol):
    """A connection that has set the camera up."""

    @property
    def plays(self) -> bool:
        """Whether it is sent media, or would be if the camera did not stall."""
        ...

    def suffer(self, fault: Fault, amount: float) -> None:
        """Let a fault happen that happens at one moment."""
        ...


class LiveCamera:
    """State of one camera. Only the thread of the server's event loop may touch it.

    Args:
        camera: The camera as it was ordered.
        clip: Its footage.

    Attributes:
        camera: The camera as it was ordered.
        clip: What it shows now.
        faults: Lasting faults that are on.
        behaviour: What follows from them.
        clients: Connections that have set it up.
        started_s: When it was switched on, monotonic clock, seconds.
    """

    def __init__(self, camera: SimulatedCamera, clip: Clip) -> None:
        self.camera = camera
        self.clip = clip
        self.faults: ActiveFaults = {}
        self.behaviour = camera.behaviour
        self.clients: set[Client] = set()
        self.started_s = time.monotonic()

    def change(self, faults: ActiveFaults, clip: Clip) -> None:
        """Let other faults last from now on, with the footage that goes with them."""
        self.faults = dict(faults)
        self.behaviour = behaviour_under(self.camera.behaviour, faults)
        self.clip = clip

    def strike(self, fault: Fault, amount: float) -> None:
        """Let a fault that happens at one moment happen to all clients."""
        for client in tuple(self.clients):
            client.suffer(fault, amount)

    def offer(self) -> Offer:
        """What the camera answers to those who are not playing yet."""
        described = session_description(self.camera.name, self.clip.media, self.clip.frame_rate)
        return Offer(
            description=NOTHING if self.behaviour.bad_description else described,
            refuses_passwords=self.behaviour.refuses_passwords,
            missing=self.behaviour.missing,
        )
