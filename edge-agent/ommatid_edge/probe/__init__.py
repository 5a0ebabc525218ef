"""What a camera's stream is like, what it costs, and what to change about it.

``probing`` connects to cameras; everything that is exported here is pure.
"""

from ommatid_edge.probe.advice import Intent
from ommatid_edge.probe.facts import Announced, CpuFacts, PacketFact
from ommatid_edge.probe.report import ProbeReport, as_json, as_text, fault_as_json, report

__all__ = [
    "Announced",
    "CpuFacts",
    "Intent",
    "PacketFact",
    "ProbeReport",
    "as_json",
    "as_text",
    "fault_as_json",
    "report",
]
