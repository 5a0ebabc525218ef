"""Tells a simulator in another process what to do."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import cast
from urllib.parse import quote

from ommatid_edge.simulator.errors import ControlError

_TIMEOUT_S = 120.0


def switch(port: int, camera: str, order: Mapping[str, object]) -> Mapping[str, object]:
    """Switch a fault on; returns the camera's condition.

    Args:
        port: Control port of the simulator.
        camera: Name of the camera.
        order: `fault`, and if wanted `amount` and `for_s`.

    Raises:
        ControlError: No simulator listens there, or it refused.
    """
    return _request(port, "POST", f"/cameras/{quote(camera, safe='')}/faults", json.dumps(order))


def clear(port: int, camera: str, fault: str | None) -> Mapping[str, object]:
    """Switch a fault off, or all; returns the camera's condition.

    Raises:
        ControlError: No simulator listens there, or it refused.
    """
    path = f"/cameras/{quote(camera, safe='')}/faults"
    return _request(port, "DELETE", path if fault is None else f"{path}/{quote(fault, safe='')}", None)


def _request(port: int, method: str, path: str, body: str | None) -> Mapping[str, object]:
    # Footage that must be encoded first takes seconds.
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        content = cast("Mapping[str, object]", json.loads(reply.read()))
    except (OSError, HTTPException, ValueError) as exc:
        raise ControlError(
            f"simulator: no answer on control port {port} ({type(exc).__name__}); "
            "start it with --control-port and give the same port here"
        ) from exc
    finally:
        connection.close()
    if "error" in content:
        raise ControlError(f"simulator: {content['error']}")
    return content
