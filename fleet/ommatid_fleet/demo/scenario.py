"""The fleet file of the demo, written from the addresses that the local services got."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

REGION = "local"
GROUP = "street"
CAMERA_USER = "OMMATID_DEMO_CAMERA_USER"
CAMERA_PASSWORD = "OMMATID_DEMO_CAMERA_PASSWORD"  # noqa: S105 - the name of a variable, not a password
WEBHOOK_SECRET = "OMMATID_DEMO_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable, not a secret

_YARD = {"coordinates": [0.0, 0.45, 1.0, 0.45, 1.0, 1.0, 0.0, 1.0]}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the local services listen."""

    bootstrap: str
    cameras_host: str
    cameras_port: int
    webhook_url: str


def demo_fleet(camera_names: Sequence[str], addresses: Addresses, cooldown_s: float) -> str:
    """Text of ``fleet.yaml`` for simulated cameras; secrets stay placeholders for the environment."""
    fleet: dict[str, Any] = {
        "version": 1,
        "transport": "kafka",
        "regions": {REGION: {"kafka": {"bootstrap": addresses.bootstrap}}},
        "groups": {
            GROUP: {
                "priority": "safety",
                # Two cores also run the broker and Flink: the event layer takes 4 frames/s, not every frame.
                "sampling": {"baseline": "10s", "motion": "2/s", "event": "10s", "event_rate": "4/s", "shadow": "0.5%"},
                "retention": "1h",
            }
        },
        "cameras": {name: _camera(name, addresses) for name in camera_names},
        "rules": {
            "person-seen": _rule(cooldown_s, severity="medium"),
            "person-in-yard": _rule(cooldown_s, severity="high", zones=["yard"]),
        },
        "deliveries": {
            "receiver": {
                "webhook": addresses.webhook_url,
                "secret": f"{{{WEBHOOK_SECRET}}}",
                "allow_private": True,
            }
        },
    }
    return yaml.safe_dump(fleet, sort_keys=False)


def _camera(name: str, addresses: Addresses) -> dict[str, Any]:
    login = f"{{{CAMERA_USER}}}:{{{CAMERA_PASSWORD}}}"
    return {
        "url": f"rtsp://{login}@{addresses.cameras_host}:{addresses.cameras_port}/{name}",
        "region": REGION,
        "group": GROUP,
        "zones": {"yard": _YARD},
    }


def _rule(cooldown_s: float, **keys: Any) -> dict[str, Any]:
    return {
        "groups": [GROUP],
        "labels": ["person"],
        "min_score": 0.45,
        "confirm": "2 of 3",
        "cooldown": f"{cooldown_s:g}s",
        "deliver": ["receiver"],
        **keys,
    }
