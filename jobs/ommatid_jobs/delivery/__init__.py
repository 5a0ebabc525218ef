"""Delivery: a plain consumer that brings alerts to webhooks and repeats nothing that was acknowledged."""

from ommatid_jobs.delivery.delivery_loop import DeliveryStopped
from ommatid_jobs.delivery.ledger import Ledger, LedgerEntry, LedgerState, LedgerUnavailable
from ommatid_jobs.delivery.message_template import check_templates
from ommatid_jobs.delivery.payload import Snapshot, alert_payload, message_id
from ommatid_jobs.delivery.recorder import DeliveryEnded, DeliveryRecorder, InMemoryRecorder, NoRecorder
from ommatid_jobs.delivery.running import run_delivery
from ommatid_jobs.delivery.settings import DeliverySettings
from ommatid_jobs.delivery.tail import Rejected, alerts_tail
from ommatid_jobs.delivery.trial import Trial, try_delivery

__all__ = [
    "DeliveryEnded",
    "DeliveryRecorder",
    "DeliverySettings",
    "DeliveryStopped",
    "InMemoryRecorder",
    "Ledger",
    "LedgerEntry",
    "LedgerState",
    "LedgerUnavailable",
    "NoRecorder",
    "Rejected",
    "Snapshot",
    "Trial",
    "alert_payload",
    "alerts_tail",
    "check_templates",
    "message_id",
    "run_delivery",
    "try_delivery",
]
