import threading

import pytest
from pydantic import SecretStr

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.motion_gate import GateSettings
from ommatid_edge.privacy_mask import PrivacyMasks
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy
from tests.unit.edge_agent.footage import NOON_US, Footage


@pytest.fixture(scope="session")
def plan() -> CameraPlan:
    return CameraPlan(
        address=CameraAddress("lobby-1", SecretStr("rtsp://ommatid:s3cret@10.0.0.7/main")),
        region="eu-west",
        group="entrances",
        priority=Priority.SAFETY,
        policy=SamplingPolicy(
            baseline_interval_us=30_000_000,
            motion_interval_us=500_000,
            event_window_us=30_000_000,
            event_interval_us=0,
            event_min_score=0.45,
            shadow_share=0.0,
        ),
        gate=GateSettings(),
        masks=PrivacyMasks(),
        jpeg=JpegSettings(),
    )


@pytest.fixture
def footage() -> Footage:
    return Footage()


@pytest.fixture
def monitor() -> CameraMonitor:
    return CameraMonitor("lobby-1", lambda: NOON_US)


@pytest.fixture
def board() -> TriggerBoard:
    return TriggerBoard(["lobby-1"])


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()
