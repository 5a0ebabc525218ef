"""What a camera's stream is like, what it costs, and what to change about it."""

from ommatid_edge.probe.advice import Intent
from ommatid_edge.probe.probing import ProbeRequest, probe
from ommatid_edge.probe.recording import ProbeClock
from ommatid_edge.probe.report import ProbeReport, as_json, as_text, fault_as_json

__all__ = ["Intent", "ProbeClock", "ProbeReport", "ProbeRequest", "as_json", "as_text", "fault_as_json", "probe"]
