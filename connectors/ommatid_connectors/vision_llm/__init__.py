"""Vision language models behind any OpenAI-compatible API: frames in, JSON of an agreed form out."""

from ommatid_connectors.vision_llm.client import Asker, Surroundings, VisionLlmClient
from ommatid_connectors.vision_llm.fake import FakeAsker
from ommatid_connectors.vision_llm.outcomes import (
    Answered,
    BudgetExhausted,
    Outcome,
    RateLimited,
    Refused,
    Unavailable,
    Unusable,
)
from ommatid_connectors.vision_llm.retry_decision import RetryPolicy
from ommatid_connectors.vision_llm.statistics import VisionLlmStatistics

__all__ = [
    "Answered",
    "Asker",
    "BudgetExhausted",
    "FakeAsker",
    "Outcome",
    "RateLimited",
    "Refused",
    "RetryPolicy",
    "Surroundings",
    "Unavailable",
    "Unusable",
    "VisionLlmClient",
    "VisionLlmStatistics",
]
