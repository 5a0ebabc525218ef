"""One alert that the tests of delivery share."""

from tests.sample_events import sample_alert

CAPTURED_AT_US = 1_790_000_000_250_000
ALERT = sample_alert(CAPTURED_AT_US)
