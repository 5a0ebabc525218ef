"""Log lines of a process: key-value or JSON on stderr, credentials removed from every value."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from ommatid_schemas.redaction import redact

_CLIENT_LIBRARIES = ("ommatid_connectors.kafka.client",)
"""They repeat each lost connection; the process says in one sentence what an outage means."""


def configure_logs(environment: Mapping[str, str]) -> None:
    """Set up structlog and the standard library's logging for this process.

    Args:
        environment: ``OMMATID_LOG_FORMAT`` (``json``, else key-value) and ``OMMATID_LOG_LEVEL``.
    """
    level = logging.getLevelNamesMapping().get(environment.get("OMMATID_LOG_LEVEL", "INFO").upper(), logging.INFO)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(),
        _redacted,
    ]
    structlog.configure(
        processors=[*shared, _renderer(environment)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(_renderer(environment), foreign_pre_chain=shared))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level > logging.DEBUG:
        for name in _CLIENT_LIBRARIES:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _renderer(environment: Mapping[str, str]) -> Processor:
    if environment.get("OMMATID_LOG_FORMAT") == "json":
        return structlog.processors.JSONRenderer(sort_keys=True)
    return structlog.processors.LogfmtRenderer(
        key_order=["timestamp", "level", "event", "camera", "reason"], drop_missing=True
    )


def _redacted(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    del logger, method
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = redact(value)
    return event
