"""Versions of a region's rules: what changes between two, and which one a job judges by."""

from ommatid_jobs.operators.rule_versions.arming_orders import (
    NO_ORDERS,
    Arming,
    ArmingOrder,
    armed_by_command,
    ordered,
)
from ommatid_jobs.operators.rule_versions.difference import (
    BookDifference,
    CameraChange,
    FieldChange,
    Kind,
    RuleChange,
    difference,
)
from ommatid_jobs.operators.rule_versions.in_effect import RulesInEffect
from ommatid_jobs.operators.rule_versions.in_effect_bytes import pack_state, unpack_state
from ommatid_jobs.operators.rule_versions.rules_record import ARMING_KEY, decode, encode, version_key
from ommatid_jobs.operators.rule_versions.version import Authorship, RulesVersion, content_hash, next_version

__all__ = [
    "ARMING_KEY",
    "NO_ORDERS",
    "Arming",
    "ArmingOrder",
    "Authorship",
    "BookDifference",
    "CameraChange",
    "FieldChange",
    "Kind",
    "RuleChange",
    "RulesInEffect",
    "RulesVersion",
    "armed_by_command",
    "content_hash",
    "decode",
    "difference",
    "encode",
    "next_version",
    "ordered",
    "pack_state",
    "unpack_state",
    "version_key",
]
