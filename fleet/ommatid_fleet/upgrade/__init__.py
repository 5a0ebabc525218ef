"""Replace a running job by a new version without a gap, and roll back when that fails."""

from ommatid_fleet.upgrade.flink_upgrade import FlinkUpgrade
from ommatid_fleet.upgrade.flow import RollBackFailed, RolledBack, UpgradeCluster, Upgraded, upgrade
from ommatid_fleet.upgrade.launch import Launch, launch_of, with_argument

__all__ = [
    "FlinkUpgrade",
    "Launch",
    "RollBackFailed",
    "RolledBack",
    "UpgradeCluster",
    "Upgraded",
    "launch_of",
    "upgrade",
    "with_argument",
]
