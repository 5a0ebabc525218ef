"""Puts the delivery process together from a fleet and its settings."""

import queue
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from ommatid_connectors.kafka import (
    ClientConfig,
    OnRevoked,
    ProducerSettings,
    RecordConsumer,
    RecordProducer,
    RecordReader,
    StartAt,
    TopicReader,
    client_config,
)
from ommatid_connectors.object_store import ObjectStore, bucket_of, open_object_store
from ommatid_jobs.delivery.dead_letters import DeadLetters
from ommatid_jobs.delivery.delivery_loop import DeliveryLoop, Intake
from ommatid_jobs.delivery.endpoint_worker import EndpointWorker
from ommatid_jobs.delivery.endpoints import endpoints_of
from ommatid_jobs.delivery.errand import Done
from ommatid_jobs.delivery.evidence_frames import EvidenceFrames
from ommatid_jobs.delivery.frame_results import FrameResults
from ommatid_jobs.delivery.late_deliveries import LatePolicy
from ommatid_jobs.delivery.lateness_watch import LatenessWatch, publish_alert
from ommatid_jobs.delivery.ledger import Ledger
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.operational_alert import Instance
from ommatid_jobs.delivery.people_hider import PeopleHider
from ommatid_jobs.delivery.picture_retention import PictureRetention
from ommatid_jobs.delivery.picture_sweeper import PictureSweeper, expired_pictures
from ommatid_jobs.delivery.recorder import DeliveryRecorder, NoRecorder
from ommatid_jobs.delivery.settings import DeliverySettings
from ommatid_jobs.delivery.snapshot_maker import SnapshotMaker, zones_from
from ommatid_jobs.delivery.snapshot_workers import MakeSnapshot, SnapshotWorkers
from ommatid_jobs.delivery.surroundings import Stop, Surroundings
from ommatid_schemas import ConfigurationError, SingleObjectCodec, topics
from ommatid_schemas.fleet_file import Fleet

_log = structlog.get_logger(__name__)
_DAY_US = 24 * 3600 * 1_000_000


def run_delivery(
    fleet: Fleet,
    settings: DeliverySettings,
    environment: Mapping[str, str],
    stop: Stop,
    *,
    on_ready: Callable[[], None] = lambda: None,
    recorder: DeliveryRecorder | None = None,
) -> None:
    """Deliver the alerts of one region until a stop. After it, nothing is half done: a restart goes on.

    Args:
        fleet: Deliveries, brokers and zones.
        settings: The rest.
        environment: Secrets that the fleet file names.
        stop: Ends the process cleanly; set here as well when a fault ends it.
        on_ready: Called once when alerts are being read.
        recorder: Learns of alerts and of what became of them.

    Raises:
        ConfigurationError: Region, URL or secret are wrong.
        BrokerUnavailable: No broker answers at the start.
        TopicMissing: The region's alerts topic does not exist.
        LedgerUnavailable: The database cannot be opened.
        DeliveryStopped: A worker ended by a fault.
    """
    client = _client(fleet, settings)
    with ExitStack() as stack:
        endpoints = endpoints_of(fleet, settings.region, settings.timeouts, environment, settings.connections)
        for endpoint in chain.from_iterable(endpoints.values()):
            stack.callback(endpoint.close)
        done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        shared = replace(
            _surroundings(stack, client, fleet, settings, stop=stop, done=done.put), recorder=recorder or NoRecorder()
        )
        workers = {
            name: EndpointWorker(name, [it.post for it in several], shared, settings.queue_alerts)
            for name, several in endpoints.items()
        }
        prune = partial(_prune, shared.ledger, settings.ledger_retention_days)
        intake = _intake(client, fleet, settings, shared, on_ready=on_ready, prune=prune)
        loop = DeliveryLoop(intake, workers, shared, done)
        for endpoint in chain.from_iterable(endpoints.values()):
            endpoint.start()
        loop.run()
    _log.info("delivery stopped", region=settings.region)


def _client(fleet: Fleet, settings: DeliverySettings) -> ClientConfig:
    if settings.region not in fleet.regions:
        raise ConfigurationError(f"region: expected one of {sorted(fleet.regions)}, found {settings.region!r}")
    return client_config(fleet.regions[settings.region].kafka, settings.bootstrap)


def _surroundings(
    stack: ExitStack,
    client: ClientConfig,
    fleet: Fleet,
    settings: DeliverySettings,
    *,
    stop: Stop,
    done: Callable[[Done], None],
) -> Surroundings:
    ledger = Ledger.open(settings.ledger.get_secret_value())
    stack.callback(ledger.close)
    producer = stack.enter_context(RecordProducer(client, ProducerSettings(delivery_timeout_s=10.0)))
    return Surroundings(
        ledger=ledger,
        dead_letters=DeadLetters(producer, topics.dead_letters_topic(settings.region)),
        metrics=DeliveryMetrics(stack.enter_context(_registry(settings.metrics_port))),
        schedule=settings.retry_schedule,
        done=done,
        stop=stop,
        now_us=_now_us,
        circuit=settings.circuit,
        snapshot_wait_s=settings.snapshot_wait_s,
        lateness=LatenessWatch(
            # Each process speaks for itself: after a restart for another one.
            Instance(settings.region, secrets.token_hex(8)),
            LatePolicy(fleet.operations.late_share, fleet.operations.late_window),
            fleet.operations.deliver,
            partial(publish_alert, producer),
        ),
    )


def _intake(
    client: ClientConfig,
    fleet: Fleet,
    settings: DeliverySettings,
    shared: Surroundings,
    **calls: Callable[[], None],
) -> Intake:
    store = open_object_store(settings.snapshots, settings.snapshots_endpoint)
    codec = SingleObjectCodec()
    detections = topics.detections_topic(settings.region)

    @contextmanager
    def open_maker() -> Generator[MakeSnapshot]:
        with RecordReader(client) as reader, TopicReader(client, detections) as detected:
            results = FrameResults(detected, codec, settings.evidence_timeout_s)
            yield SnapshotMaker(
                EvidenceFrames(reader, codec, settings.evidence_timeout_s),
                store,
                zones_from(fleet),
                PeopleHider.of(fleet),
                results,
                settings.snapshot_url_s,
                clips=fleet.snapshots.clips,
            ).make

    sweepers = _sweepers(fleet, settings, store, shared)
    return Intake(
        open_consumer=lambda on_revoked: _consumer(client, settings, on_revoked),
        codec=codec,
        snapshots=SnapshotWorkers(open_maker, shared.metrics, shared.stop),
        join_s=settings.connect_timeout_s + settings.answer_timeout_s + 5.0,
        helpers=sweepers,
        **calls,
    )


def _sweepers(
    fleet: Fleet, settings: DeliverySettings, store: ObjectStore, shared: Surroundings
) -> tuple[PictureSweeper, ...]:
    """The one that deletes pictures; none where they are kept, or the bucket deletes them."""
    rule = fleet.snapshots
    if rule.delete_by == "lifecycle" and bucket_of(settings.snapshots) is None:
        raise ConfigurationError(
            "snapshots.delete_by: expected delivery, found lifecycle; only buckets of S3 delete by themselves"
        )
    if rule.retention is None or rule.delete_by == "lifecycle":
        return ()
    retention = PictureRetention(rule.retention)
    return (
        PictureSweeper(
            lambda: expired_pictures(store, settings.region, retention, shared.now_us()),
            store,
            shared.metrics,
            shared.stop,
        ),
    )


def _consumer(client: ClientConfig, settings: DeliverySettings, on_revoked: OnRevoked) -> RecordConsumer:
    return RecordConsumer.in_group(
        client,
        settings.group,
        [topics.alerts_topic(settings.region)],
        start=StartAt.EARLIEST,
        on_revoked=on_revoked,
    )


@contextmanager
def _registry(port: int | None) -> Generator[CollectorRegistry]:
    registry = CollectorRegistry()
    if port is None:
        yield registry
        return
    try:
        server, thread = start_http_server(port, "127.0.0.1", registry)
    except OSError as exc:
        raise ConfigurationError(
            f"metrics port 127.0.0.1:{port}: expected a free port, found {exc.strerror}; choose another --metrics-port"
        ) from exc
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _prune(ledger: Ledger, retention_days: float) -> None:
    pruned = ledger.prune(_now_us() - round(retention_days * _DAY_US))
    _log.info("ledger pruned", entries=pruned)


def _now_us() -> int:
    return time.time_ns() // 1000
