"""Tables of the database of alerts: a storage format, changed by migrations alone.

Times are microseconds since the epoch, UTC. Nothing refers to another table by a foreign key: alerts, deliveries and
snapshots are recorded beside each other, in no fixed order.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_NAMES = {"ix": "ix_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

metadata = sa.MetaData(naming_convention=_NAMES)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("camera_id", sa.Text, nullable=False, index=True),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("camera_group", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("zones", _JSON, nullable=False),
    sa.Column("track_id", sa.Text),
    sa.Column("started_at_us", sa.BigInteger, nullable=False),
    sa.Column("ended_at_us", sa.BigInteger),
    sa.Column("captured_at_us", sa.BigInteger, nullable=False),
    sa.Column("raised_at_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("latency_ms", _JSON, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("deliver", _JSON, nullable=False),
    sa.Column("evidence", _JSON, nullable=False),
)
"""One row per alert and type of message; of several updates the newest."""

alert_deliveries = sa.Table(
    "alert_deliveries",
    metadata,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("delivery", sa.Text, primary_key=True),
    sa.Column("alert_id", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("ended_at_us", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text),
)
"""How each message ended at each delivery; ``message_id`` is the ``webhook-id``."""

alert_snapshots = sa.Table(
    "alert_snapshots",
    metadata,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("alert_id", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text),
    sa.Column("error", sa.Text),
)
"""Where the picture of each message is stored, or why there is none."""

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("given_at_us", sa.BigInteger, nullable=False),
)
"""What people said of an alert, from number 1 on; the highest number counts."""
