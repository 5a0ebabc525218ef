"""Every name under which Flink stores state: operator uids, state descriptors, key groups.

They are storage formats. A savepoint finds its state by them, so a change of one is a migration
and needs a line under "State" in CHANGELOG.md.
"""

FRAMES_SOURCE = "detect-frames-source"
SAMPLER = "detect-sampler"
INFERENCE = "detect-inference"
RESULTS_SINK = "detect-results-sink"

SAMPLER_STATE = "sampler"

DETECTIONS_SOURCE = "alerts-detections-source"
RULES_SOURCE = "alerts-rules-source"
RULES = "alerts-rules"
ALERTS_SINK = "alerts-alerts-sink"

RULES_STATE = "rules"
RULES_IN_EFFECT_STATE = "rules-in-effect"

STATUS_SOURCE = "alerts-status-source"
WATCH = "alerts-watch"
WATCH_SINK = "alerts-watch-sink"

WATCH_CAMERAS_STATE = "watch-cameras"
WATCH_REGION_STATE = "watch-region"

MAX_PARALLELISM = 512
"""Key groups: the bound on parallelism, and the unit in which keyed state moves when a job is rescaled."""
