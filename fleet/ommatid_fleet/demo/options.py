"""What a demo run is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Choices of one run.

    Attributes:
        cameras: Number of simulated cameras.
        until_alerts: Distinct alerts after which the run ends by itself; None runs until it is interrupted.
        timeout_s: Seconds after which a run that has not seen ``until_alerts`` fails; None never.
        output: Folder that receives the snapshots and stays.
        cooldown_s: Seconds for which a rule stays silent on a camera after an alert.
        keep_state: Leave logs, topics and checkpoints behind, for a look into them.
    """

    cameras: int = 4
    until_alerts: int | None = None
    timeout_s: float | None = None
    output: Path = Path("demo-output")
    cooldown_s: float = 15.0
    keep_state: bool = False
