"""Settings of the delivery process, checked before anything connects."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ommatid_connectors.retry_schedule import FullJitter, RetrySchedule
from ommatid_connectors.webhook import Timeouts
from ommatid_jobs.delivery.circuit import CircuitPolicy
from ommatid_schemas.fleet_file.names import Name


class DeliverySettings(BaseSettings):
    """What ``ommatid deliver run`` takes beside the fleet file; variables are ``OMMATID_DELIVERY_*``."""

    model_config = SettingsConfigDict(env_prefix="OMMATID_DELIVERY_", frozen=True, hide_input_in_errors=True)

    region: Name = Field(description="region whose alerts are delivered")
    snapshots: str = Field(description="object store of the pictures: file:///folder or s3://bucket/prefix")
    snapshots_endpoint: str | None = Field(default=None, description="address of an S3 service other than Amazon's")
    snapshot_url_s: float | None = Field(
        default=None, ge=60, le=7 * 86400, description="give out signed URLs of S3 for so long, seconds"
    )
    ledger: SecretStr = Field(description="SQLAlchemy URL of the database of deliveries")
    bootstrap: str | None = Field(default=None, description="brokers instead of the fleet file's, host:port")
    group: str = Field(default="ommatid-delivery", min_length=1, description="Kafka consumer group")
    retry_first_s: float = Field(default=1.0, gt=0, description="longest first wait before a retry, seconds")
    retry_max_s: float = Field(default=300.0, gt=0, description="longest drawn wait between retries, seconds")
    retry_after_max_s: float = Field(default=3600.0, ge=0, description="longest Retry-After that is honoured, seconds")
    give_up_after_s: float = Field(
        default=6 * 3600.0, ge=0, description="after this an alert becomes a dead letter, seconds"
    )
    connect_timeout_s: float = Field(default=5.0, gt=0, description="until a connection to an endpoint stands, seconds")
    answer_timeout_s: float = Field(default=10.0, gt=0, description="until an endpoint answers, seconds")
    evidence_timeout_s: float = Field(default=3.0, gt=0, description="until an evidence frame is read back, seconds")
    snapshot_wait_s: float = Field(default=2.0, ge=0, description="longest time an alert waits for its picture")
    circuit_failures: int = Field(default=5, ge=1, description="failures in a row that open an endpoint's circuit")
    circuit_max_s: float = Field(default=60.0, gt=0, description="longest time a circuit stays open, seconds")
    connections: int = Field(
        default=2, ge=1, le=32, description="alerts of different cameras posted at once, each endpoint"
    )
    queue_alerts: int = Field(default=1000, ge=1, description="alerts that may wait for one endpoint")
    ledger_retention_days: float = Field(default=8.0, gt=0, description="finished deliveries are kept this long")
    metrics_port: int | None = Field(default=None, ge=1, le=65535, description="Prometheus metrics on 127.0.0.1")

    @property
    def retry_schedule(self) -> RetrySchedule:
        """Back-off between attempts."""
        return RetrySchedule(self.retry_first_s, self.retry_max_s, self.give_up_after_s, self.retry_after_max_s)

    @property
    def circuit(self) -> CircuitPolicy:
        """When an endpoint is left alone."""
        opened = FullJitter(min(2.0, self.circuit_max_s), self.circuit_max_s)
        return CircuitPolicy(self.circuit_failures, opened)

    @property
    def timeouts(self) -> Timeouts:
        """Limits of one attempt."""
        return Timeouts(self.connect_timeout_s, self.answer_timeout_s)
