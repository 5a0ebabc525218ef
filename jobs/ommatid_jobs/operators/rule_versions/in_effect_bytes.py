"""Versioned bytes of the rules that a job judges by."""

import json

from pydantic import ValidationError

from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_jobs.operators.rule_versions.arming_orders import Arming
from ommatid_jobs.operators.rule_versions.in_effect import RulesInEffect
from ommatid_jobs.operators.rule_versions.version import RulesVersion

_VERSION = 1
_NAME = "rules in effect"


def pack_state(state: RulesInEffect) -> bytes:
    """Versioned bytes (version 1): JSON, UTF-8, without what stands at its default."""
    content = {name: part.model_dump(mode="json", exclude_defaults=True) for name, part in _parts(state).items()}
    return bytes([_VERSION]) + json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def unpack_state(packed: bytes) -> RulesInEffect:
    """State of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    body = body_of(packed, _VERSION, _NAME)
    try:
        content = json.loads(body)
        return RulesInEffect(
            RulesVersion.model_validate_json(json.dumps(content["version"])),
            Arming.model_validate_json(json.dumps(content["arming"])),
        )
    except (ValueError, KeyError, TypeError, ValidationError) as exc:
        raise malformed(_NAME, exc) from exc


def _parts(state: RulesInEffect) -> dict[str, RulesVersion | Arming]:
    return {"version": state.version, "arming": state.arming}
