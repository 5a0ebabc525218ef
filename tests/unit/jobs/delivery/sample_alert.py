"""One alert that the tests of delivery share."""

from ommatid_schemas import Alert, AlertType, Box, Evidence, FrameRef, Priority, Severity

CAPTURED_AT_US = 1_790_000_000_250_000
ALERT = Alert(
    alert_id="4f1c",
    type=AlertType.NEW,
    camera_id="lobby-1",
    region="eu-west",
    group="entrances",
    priority=Priority.SAFETY,
    rule="person-at-door",
    kind="presence",
    severity=Severity.HIGH,
    label="person",
    score=0.8700000047683716,
    zones=("door",),
    track_id=None,
    started_at_us=CAPTURED_AT_US - 500_000,
    ended_at_us=None,
    captured_at_us=CAPTURED_AT_US,
    raised_at_us=CAPTURED_AT_US + 400_000,
    latency_ms={"edge": 50.0, "queue": 100.0, "infer": 200.0, "raise": 50.0, "total": 400.0},
    late=False,
    deliver=("soc",),
    evidence=(
        Evidence(
            f"lobby-1/{CAPTURED_AT_US}",
            CAPTURED_AT_US,
            FrameRef("omm.frames.eu-west.safety.entrances", 2, 41),
            (Box("person", 0.87, 0.25, 0.5, 0.125, 0.375),),
        ),
    ),
)
