"""What a camera server that runs is told from outside: (method, path, body) to an answer in JSON.

    GET    /cameras                       {"cameras": [{"name", "clients", "faults": {fault: amount}}, ...]}
    POST   /cameras/NAME/faults           {"fault": "loss", "amount": 0.05, "for_s": 10}; the last two are optional
    DELETE /cameras/NAME/faults           switches all faults of the camera off
    DELETE /cameras/NAME/faults/FAULT     switches one off

A change is answered with the camera's condition, a mistake with `{"error": "one sentence"}` and status 400 or 404.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ommatid_edge.simulator.errors import SimulatorError, UnknownCameraError
from ommatid_edge.simulator.faults import Fault
from ommatid_edge.simulator.server import CameraServer
from ommatid_schemas.errors import ConfigurationError


class FaultOrder(BaseModel):
    """Body of a POST.

    Attributes:
        fault: What is to go wrong.
        amount: How much; None for the usual amount.
        for_s: Time after which it ends by itself, seconds; None for never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    fault: Fault
    amount: float | None = None
    for_s: float | None = Field(default=None, gt=0, le=86_400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; `content` becomes a JSON object."""

    status: HTTPStatus
    content: Mapping[str, object]


def answer(server: CameraServer, method: str, path: str, body: bytes) -> Answer:
    """Do what a request asks for; returns when it is done. Not for the thread of the server's event loop."""
    try:
        return _answer(server, method, path, body)
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, it['loc'])) or 'body'}: {it['msg']}" for it in exc.errors())
        return _refused(HTTPStatus.BAD_REQUEST, faults)
    except UnknownCameraError as exc:
        return _refused(HTTPStatus.NOT_FOUND, str(exc))
    except (ConfigurationError, SimulatorError) as exc:
        return _refused(HTTPStatus.BAD_REQUEST, str(exc))


def _answer(server: CameraServer, method: str, path: str, body: bytes) -> Answer:
    match method, [unquote(part) for part in path.strip("/").split("/")]:
        case "GET", ["cameras"]:
            return Answer(HTTPStatus.OK, {"cameras": [_condition(server, camera.name) for camera in server.cameras]})
        case "POST", ["cameras", name, "faults"]:
            order = FaultOrder.model_validate_json(body)
            server.switch(name, order.fault, order.amount, for_s=order.for_s)
            return Answer(HTTPStatus.OK, _condition(server, name))
        case "DELETE", ["cameras", name, "faults"]:
            server.clear(name)
            return Answer(HTTPStatus.OK, _condition(server, name))
        case "DELETE", ["cameras", name, "faults", fault] if fault in set(Fault):
            server.clear(name, Fault(fault))
            return Answer(HTTPStatus.OK, _condition(server, name))
        case _:
            return _refused(HTTPStatus.NOT_FOUND, f"{method} {path}: expected /cameras or /cameras/NAME/faults[/FAULT]")


def _condition(server: CameraServer, name: str) -> dict[str, object]:
    condition = server.condition(name)
    faults = {fault.value: amount for fault, amount in condition.faults.items()}
    return {"name": name, "clients": condition.clients, "faults": faults}


def _refused(status: HTTPStatus, sentence: str) -> Answer:
    return Answer(status, {"error": sentence})
