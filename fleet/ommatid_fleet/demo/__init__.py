"""The whole way of a frame on one machine: cameras, broker, Flink jobs, alerts."""

from ommatid_fleet.demo.accounting import DemoReport
from ommatid_fleet.demo.options import DemoOptions
from ommatid_fleet.demo.run import DemoOutcome, run_demo
from ommatid_fleet.demo.screen import Screen

__all__ = ["DemoOptions", "DemoOutcome", "DemoReport", "Screen", "run_demo"]
