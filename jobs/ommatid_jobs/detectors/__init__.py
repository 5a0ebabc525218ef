"""Detectors: frames in, boxes or answers out. The ONNX runtime is imported by ``onnx`` and ``onnx_session`` alone."""

from ommatid_jobs.detectors.cascade import CascadeDetector
from ommatid_jobs.detectors.detector import (
    NOT_DECODED,
    Detector,
    Gauges,
    Image,
    InferenceFailed,
    ModelUnavailable,
    Picture,
    Seen,
)
from ommatid_jobs.detectors.fake import FakeDetector
from ommatid_jobs.detectors.fleet_models import PERSON, check_models, check_version, unseen_by
from ommatid_jobs.detectors.jpeg import Undecodable, decode_jpeg
from ommatid_jobs.detectors.model_card import ModelCard, load_card
from ommatid_jobs.detectors.null import NULL_MODEL, NULL_MODELS, NullDetector

__all__ = [
    "NOT_DECODED",
    "NULL_MODEL",
    "NULL_MODELS",
    "PERSON",
    "CascadeDetector",
    "Detector",
    "FakeDetector",
    "Gauges",
    "Image",
    "InferenceFailed",
    "ModelCard",
    "ModelUnavailable",
    "NullDetector",
    "Picture",
    "Seen",
    "Undecodable",
    "check_models",
    "check_version",
    "decode_jpeg",
    "load_card",
    "unseen_by",
]
