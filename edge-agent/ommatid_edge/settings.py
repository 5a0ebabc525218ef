"""Settings of the agent: environment variables ``OMMATID_EDGE_*``, checked once before anything connects."""

import socket
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ommatid_schemas.errors import ConfigurationError

_PREFIX = "OMMATID_EDGE_"


class EdgeSettings(BaseSettings):
    """What may differ between two agents that run the same fleet file."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    agent_id: str = Field(default_factory=socket.gethostname, min_length=1, description="name in events and status")
    bootstrap: str | None = Field(default=None, description="brokers instead of the fleet file's, host:port,...")
    metrics_host: str = Field(default="127.0.0.1", min_length=1, description="address of /metrics and health checks")
    metrics_port: int = Field(default=9477, ge=0, le=65535, description="their port; 0 takes a free one")
    per_camera_metrics: bool = Field(default=False, description="a time series per camera instead of per agent")
    open_timeout_s: float = Field(default=5.0, gt=0, le=60, description="longest wait for a camera to answer")
    stall_timeout_s: float = Field(default=10.0, gt=0, le=300, description="silence after which a stream is given up")
    undecodable_packets: int = Field(default=50, ge=1, description="packets in a row that may fail to decode")
    backoff_base_s: float = Field(default=0.5, gt=0, description="bound of the first wait before connecting again")
    backoff_cap_s: float = Field(default=30.0, gt=0, description="largest bound of the wait")
    unauthorised_retry_s: float = Field(default=60.0, gt=0, description="mean wait after a refused password")
    steady_s: float = Field(default=10.0, gt=0, description="stream time that resets the back-off")
    connects_per_site: int = Field(
        default=4, ge=1, description="cameras of one site that may connect at the same moment"
    )
    group_size: int = Field(default=25, ge=1, description="most cameras of one process; a crash costs one process")
    group_memory_bytes: int = Field(
        default=1024**3, ge=128 * 1024**2, description="resident memory at which a group's process is replaced"
    )
    group_silence_s: float = Field(default=30.0, ge=5, description="silence after which a group's process is replaced")
    group_queue_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024 * 1024, description="frames of a group that may wait for the agent's process"
    )
    group_nice: int = Field(default=5, ge=0, le=19, description="how far groups yield the CPU, as of nice(1)")
    group_cpus: int = Field(default=0, ge=0, description="CPUs that the groups together may use; 0 for all")
    queue_bytes: int = Field(default=8 * 1024 * 1024, ge=1024 * 1024, description="frames that may be under way to it")
    spool_folder: Path | None = Field(
        default=None,
        description="where frames wait for the broker; default $STATE_DIRECTORY, else the user's state folder",
    )
    spool_bytes: int = Field(default=1024**3, ge=1024 * 1024, description="most bytes of frames that wait there")
    spool_memory_bytes: int = Field(
        default=32 * 1024 * 1024, ge=1024 * 1024, description="most bytes of frames in memory while the disk is full"
    )
    spool_drain_bytes: int = Field(
        default=4 * 1024 * 1024, ge=64 * 1024, description="most bytes of a backlog that may be under way at once"
    )
    spool_drain_latency_s: float = Field(
        default=0.5, gt=0, description="acknowledgement time above which a backlog drains more slowly"
    )
    flush_deadline_s: float = Field(default=5.0, ge=0, description="longest wait for acknowledgements at the end")
    status_interval_s: float = Field(default=10.0, gt=0, description="seconds between two reports of a camera's state")


def load_settings(given: dict[str, Any]) -> EdgeSettings:
    """Settings from the environment, with those of the command line in front.

    Args:
        given: Values of the command line by setting; None stands for not given.

    Raises:
        ConfigurationError: One message with all faults and the names of their variables.
    """
    try:
        return EdgeSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as exc:
        faults = exc.errors(include_input=False, include_url=False)
        lines = [f"{_PREFIX}{'.'.join(str(part) for part in it['loc']).upper()}: {it['msg']}" for it in faults]
        raise ConfigurationError("\n".join(lines)) from None
