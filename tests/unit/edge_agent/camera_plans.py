"""Plans of cameras for tests, made from one."""

from dataclasses import replace

from pydantic import SecretStr

from ommatid_edge.camera_address import CameraAddress
from ommatid_edge.camera_plan import CameraPlan


def plan_of(plan: CameraPlan, camera_id: str, url: str = "rtsp://ommatid:s3cret@10.0.0.7/main") -> CameraPlan:
    """The same plan for another camera."""
    return replace(plan, address=CameraAddress(camera_id, SecretStr(url)))
