"""Talking to a Flink cluster, ours or anybody's: its REST interface, its metrics, and job submission."""

from ommatid_fleet.flink.errors import (
    DeadlineError,
    FlinkError,
    FlinkRequestError,
    FlinkUnreachableError,
    JobFailedError,
    SubmissionError,
)
from ommatid_fleet.flink.job_report import JobReport, JobSummary, find_job
from ommatid_fleet.flink.prometheus import MetricSample, scrape, total
from ommatid_fleet.flink.rest import FlinkRest, Overview, Vertex
from ommatid_fleet.flink.submission import JobId, submit

__all__ = [
    "DeadlineError",
    "FlinkError",
    "FlinkRequestError",
    "FlinkRest",
    "FlinkUnreachableError",
    "JobFailedError",
    "JobId",
    "JobReport",
    "JobSummary",
    "MetricSample",
    "Overview",
    "SubmissionError",
    "Vertex",
    "find_job",
    "scrape",
    "submit",
    "total",
]
