"""What a vision language model answered about a frame, and whether it is what a rule wants to read."""

import json
from collections.abc import Mapping
from typing import Any, cast

from ommatid_schemas.fleet_file import WantedAnswer

Answer = Mapping[str, Any]
"""Fields of an answer; empty for one that is no JSON object."""


def read_answer(text: str | None) -> Answer | None:
    """Fields of an answer; None where the model was not asked, or gave none."""
    if text is None:
        return None
    try:
        content: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("Answer", content) if isinstance(content, dict) else {}


def agrees(wanted: Mapping[str, WantedAnswer], answer: Answer) -> bool | None:
    """Whether every field is what a rule wants; None when one is not there, or no number where a number is wanted.

    Args:
        wanted: By name of the field.
        answer: The answer.
    """
    verdicts = [_agrees(want, answer.get(name)) for name, want in wanted.items()]
    return None if None in verdicts else all(verdicts)


def _agrees(want: WantedAnswer, value: object) -> bool | None:
    if want.is_bounded:
        return _within(want, value)
    if isinstance(value, list):
        return any(_is_one_of(want, each) for each in cast("list[object]", value))
    return None if value is None or isinstance(value, dict) else _is_one_of(want, value)


def _within(want: WantedAnswer, value: object) -> bool | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    low = want.at_least is None or value >= want.at_least
    return low and (want.at_most is None or value <= want.at_most)


def _is_one_of(want: WantedAnswer, value: object) -> bool:
    # In Python, true is equal to 1.
    return any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in want.any_of)
