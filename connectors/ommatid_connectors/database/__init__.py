"""Alerts, what became of their deliveries, and what people said of them, in SQLite or PostgreSQL."""

from ommatid_connectors.database.alert_search import AlertFilter, JudgedOnly, RecordedAlert, find_alerts, matching_ids
from ommatid_connectors.database.connection import Database
from ommatid_connectors.database.errors import AlertUnknown, DatabaseUnavailable, SchemaMismatch
from ommatid_connectors.database.migration import SchemaState, check_schema, schema_state, upgrade_schema
from ommatid_connectors.database.recording import (
    RecordedDelivery,
    RecordedSnapshot,
    RefusedRow,
    deliveries_of,
    record_alerts,
    record_deliveries,
    record_snapshots,
    snapshots_of,
)
from ommatid_connectors.database.tally import Dimension, Tally, tallies
from ommatid_connectors.database.verdicts import Verdict, VerdictEntry, give_verdict, verdicts_of

__all__ = [
    "AlertFilter",
    "AlertUnknown",
    "Database",
    "DatabaseUnavailable",
    "Dimension",
    "JudgedOnly",
    "RecordedAlert",
    "RecordedDelivery",
    "RecordedSnapshot",
    "RefusedRow",
    "SchemaMismatch",
    "SchemaState",
    "Tally",
    "Verdict",
    "VerdictEntry",
    "check_schema",
    "deliveries_of",
    "find_alerts",
    "give_verdict",
    "matching_ids",
    "record_alerts",
    "record_deliveries",
    "record_snapshots",
    "schema_state",
    "snapshots_of",
    "tallies",
    "upgrade_schema",
    "verdicts_of",
]
