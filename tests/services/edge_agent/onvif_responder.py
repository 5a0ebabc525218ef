"""Devices that answer WS-Discovery probes, on the loopback interface only."""

import re
import socket
import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

GROUP = ("239.255.255.250", 3702)
_MESSAGE_ID = re.compile(rb"MessageID>\s*([^<\s]+)")
_TYPES = re.compile(rb"Types>\s*([^<]*?)\s*<")
_ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
  xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"
  xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:p="http://schemas.example/print">
<s:Header><a:MessageID>{message_id}</a:MessageID><a:RelatesTo>{relates_to}</a:RelatesTo>
<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>
<d:AppSequence InstanceId="{instance_id}" MessageNumber="1"/></s:Header>
<s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference>
<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs>
<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"""


@dataclass(frozen=True)
class Device:
    """What one device answers.

    Attributes:
        types: Prefixed types, as in its answer.
        answers_to: Local name of the type that a probe must ask for; empty answers every probe without types.
        repeats_message_id: Uses the id of the probe for its answer too, as some cameras do.
        instance_id: Of the AppSequence header; a number, if the device follows the specification.
    """

    types: str
    scopes: str
    xaddrs: str
    answers_to: str = ""
    repeats_message_id: bool = False
    instance_id: str = "7"
    endpoint: str = field(default_factory=lambda: uuid.uuid4().urn)

    def answer(self, probe: bytes) -> bytes | None:
        """Answer to a probe, or None when it asks for something else."""
        message_id = _MESSAGE_ID.search(probe)
        asked = _TYPES.search(probe)
        kind = asked[1].decode().rpartition(":")[2] if asked else ""
        if message_id is None or kind != self.answers_to:
            return None
        relates_to = message_id[1].decode()
        return _ANSWER.format(
            message_id=relates_to if self.repeats_message_id else uuid.uuid4().urn,
            relates_to=relates_to,
            instance_id=self.instance_id,
            endpoint=self.endpoint,
            types=self.types,
            scopes=self.scopes,
            xaddrs=self.xaddrs,
        ).encode()


@contextmanager
def answering(*devices: Device) -> Generator[None]:
    """Let devices answer for the length of a ``with`` block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Bound to the group's address, it hears multicast only; joined at loopback, nothing from outside.
        listener.bind(GROUP)
        membership = socket.inet_aton(GROUP[0]) + socket.inet_aton("127.0.0.1")
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        listener.settimeout(0.05)
        stop = threading.Event()
        thread = threading.Thread(target=_answer_until, args=(stop, listener, devices))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _answer_until(stop: threading.Event, listener: socket.socket, devices: tuple[Device, ...]) -> None:
    while not stop.is_set():
        try:
            probe, sender = listener.recvfrom(65536)
        except TimeoutError:
            continue
        for device in devices:
            if answer := device.answer(probe):
                listener.sendto(answer, sender)
