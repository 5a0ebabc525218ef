"""One region of a test: its fleet file, its cameras' frames and alerts, and its delivery process."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from pydantic import SecretStr

from ommatid_connectors.kafka import ClientConfig, Delivered, DeliveryReport, RecordProducer
from ommatid_jobs.delivery import DeliverySettings, Ledger, LedgerEntry, run_delivery
from ommatid_jobs.detectors import Image
from ommatid_schemas import (
    Alert,
    Box,
    Evidence,
    FrameRef,
    Priority,
    SingleObjectCodec,
    frame_id,
    topics,
)
from ommatid_schemas.fleet_file import Fleet, parse_fleet
from ommatid_schemas.replay import REPLAY_HEADER
from tests.sample_events import sample_alert, sample_frame, sample_result
from tests.services.delivery.mqtt_site import PASSWORD

# An hour ago: the broker deletes what is older than its topic's retention.
CAPTURED_AT_US = time.time_ns() // 1_000 - 3_600_000_000
GREY: Image = np.full((240, 320, 3), 117, dtype=np.uint8)
BOX = Box("person", 0.875, x=0.25, y=0.25, w=0.25, h=0.5)
MQTT = """
  home:
    mqtt: {{url: "mqtt://127.0.0.1:{port}", username: ommatid, password: "{{MQTT_PASSWORD}}"}}
    allow_private: true
"""


@dataclass(frozen=True)
class Site:
    """One region with its fleet file and what was published in it."""

    client: ClientConfig
    producer: RecordProducer
    region: str
    folder: Path
    secret: SecretStr
    redact: str = "none"
    operations: str = "{}"
    mqtt_port: int | None = None
    give_up_after_s: float = 6 * 3600.0

    def fleet(self, webhooks: Mapping[str, str]) -> Fleet:
        deliveries = "\n".join(
            f'  {name}: {{webhook: "{url}", secret: "{{SECRET}}", allow_private: true}}'
            for name, url in webhooks.items()
        )
        if self.mqtt_port is not None:
            deliveries += MQTT.format(port=self.mqtt_port)
        return parse_fleet(
            f"""
version: 1
regions: {{{self.region}: {{kafka: {{bootstrap: "{self.client["bootstrap.servers"]}"}}}}}}
groups: {{entrances: {{priority: safety, redact: {self.redact}}}}}
snapshots: {{retention: 30d}}
operations: {self.operations}
cameras:
  lobby-1:
    url: "rtsp://10.0.0.7/main"
    region: {self.region}
    group: entrances
    zones: {{door: {{coordinates: [0.1, 0.1, 0.9, 0.1, 0.9, 0.9]}}}}
deliveries:
{deliveries}
"""
        )

    def publish(self, topic: str, value: bytes, key: bytes = b"lobby-1", replay: bytes | None = None) -> Delivered:
        reports: list[DeliveryReport] = []
        headers = {} if replay is None else {REPLAY_HEADER: replay}
        self.producer.produce(topic, key, value, CAPTURED_AT_US // 1000, headers=headers, on_delivery=reports.append)
        assert self.producer.flush(10.0) == 0
        (report,) = reports
        assert isinstance(report, Delivered)
        return report

    def publish_frame(self, picture: Image = GREY) -> Delivered:
        image = cv2.imencode(".jpg", picture)[1].tobytes()
        frame = sample_frame(CAPTURED_AT_US, region=self.region, width=320, height=240, image=image)
        topic = topics.frames_topic(self.region, Priority.SAFETY, "entrances")
        return self.publish(topic, SingleObjectCodec().encode(frame))

    def publish_result(self, *boxes: Box) -> None:
        """What the model saw in the frame."""
        result = sample_result(CAPTURED_AT_US, *boxes, region=self.region, model="nanodet-416")
        self.publish(topics.detections_topic(self.region), SingleObjectCodec().encode(result))

    def publish_alert(
        self,
        alert_id: str,
        frame: Delivered | None = None,
        deliver: tuple[str, ...] = ("soc",),
        replay: bytes | None = None,
    ) -> None:
        alert = replace(self.alert(frame), alert_id=alert_id, deliver=deliver)
        self.publish(topics.alerts_topic(self.region), SingleObjectCodec().encode(alert), replay=replay)

    def alert(self, frame: Delivered | None = None) -> Alert:
        evidence = () if frame is None else (_evidence(frame),)
        return sample_alert(CAPTURED_AT_US, alert_id="alert-1", region=self.region, evidence=evidence)

    def picture(self, message_id: str) -> Path:
        """Where the picture of a message is stored."""
        day = datetime.fromtimestamp(CAPTURED_AT_US / 1e6, tz=UTC).date().isoformat()
        return self.folder / "snapshots" / self.region / day / "lobby-1" / f"{message_id}.jpg"

    def settings(self, group: str = "delivery") -> DeliverySettings:
        return DeliverySettings(
            region=self.region,
            snapshots=(self.folder / "snapshots").as_uri(),
            ledger=SecretStr(self.ledger_url),
            group=f"{group}-{self.region}",
            retry_first_s=0.05,
            give_up_after_s=self.give_up_after_s,
            retry_max_s=0.2,
            circuit_max_s=0.2,
            snapshot_wait_s=20.0,
            connect_timeout_s=1.0,
            answer_timeout_s=0.3,
        )

    @property
    def ledger_url(self) -> str:
        return f"sqlite:///{self.folder / 'ledger.db'}"

    def ledger(self) -> dict[tuple[str, str], LedgerEntry]:
        ledger = Ledger.open(self.ledger_url)
        entries = ledger.entries()
        ledger.close()
        return {(entry.message_id, entry.delivery): entry for entry in entries}

    def finished(self, message_id: str, delivery: str) -> bool:
        entry = self.ledger().get((message_id, delivery))
        return entry is not None and entry.finished

    @contextmanager
    def delivery(self, group: str = "delivery", **webhooks: str) -> Generator[None]:
        """A delivery process that is stopped as SIGTERM stops it."""
        stop, ready = threading.Event(), threading.Event()
        environment = {"SECRET": self.secret.get_secret_value(), "MQTT_PASSWORD": PASSWORD}
        failures: list[BaseException] = []

        def run() -> None:
            try:
                run_delivery(self.fleet(webhooks), self.settings(group), environment, stop, on_ready=ready.set)
            # Whatever ends the process must fail the test that started it.
            except BaseException as exc:  # noqa: BLE001
                failures.append(exc)
                ready.set()

        thread = threading.Thread(target=run, name="delivery")
        thread.start()
        assert ready.wait(20.0)
        try:
            yield
        finally:
            stop.set()
            thread.join(20.0)
        assert not thread.is_alive()
        assert failures == []


def _evidence(frame: Delivered) -> Evidence:
    at = FrameRef(frame.topic, frame.partition, frame.offset)
    return Evidence(frame_id("lobby-1", CAPTURED_AT_US), CAPTURED_AT_US, at, (BOX,))
