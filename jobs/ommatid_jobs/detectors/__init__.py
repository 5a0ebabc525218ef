"""Detectors: images in, boxes out. The ONNX runtime is imported by :mod:`ommatid_jobs.detectors.onnx` alone."""

from ommatid_jobs.detectors.detector import Detector, Image, InferenceFailed, ModelUnavailable
from ommatid_jobs.detectors.fake import FakeDetector
from ommatid_jobs.detectors.fleet_models import check_models
from ommatid_jobs.detectors.jpeg import Undecodable, decode_jpeg
from ommatid_jobs.detectors.model_card import ModelCard, load_card

__all__ = [
    "Detector",
    "FakeDetector",
    "Image",
    "InferenceFailed",
    "ModelCard",
    "ModelUnavailable",
    "Undecodable",
    "check_models",
    "decode_jpeg",
    "load_card",
]
