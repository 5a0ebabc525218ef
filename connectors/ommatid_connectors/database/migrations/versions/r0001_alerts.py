"""Alerts, their deliveries and snapshots, and verdicts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("camera_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("camera_group", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("zones", _JSON, nullable=False),
        sa.Column("track_id", sa.Text),
        sa.Column("started_at_us", sa.BigInteger, nullable=False),
        sa.Column("ended_at_us", sa.BigInteger),
        sa.Column("captured_at_us", sa.BigInteger, nullable=False),
        sa.Column("raised_at_us", sa.BigInteger, nullable=False),
        sa.Column("latency_ms", _JSON, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("deliver", _JSON, nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "type", name="pk_alerts"),
    )
    for column in ("camera_id", "rule", "raised_at_us"):
        op.create_index(f"ix_alerts_{column}", "alerts", [column])
    op.create_table(
        "alert_deliveries",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("ended_at_us", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("message_id", "delivery", name="pk_alert_deliveries"),
    )
    op.create_index("ix_alert_deliveries_alert_id", "alert_deliveries", ["alert_id"])
    op.create_table(
        "alert_snapshots",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("message_id", name="pk_alert_snapshots"),
    )
    op.create_index("ix_alert_snapshots_alert_id", "alert_snapshots", ["alert_id"])
    op.create_table(
        "verdicts",
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("given_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "number", name="pk_verdicts"),
    )
