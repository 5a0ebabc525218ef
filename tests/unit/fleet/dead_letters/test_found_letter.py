import pytest

from ommatid_fleet.dead_letters import FoundLetter, LetterFilter, LetterPlace, ReasonCount, counts_by_reason
from ommatid_schemas import ConfigurationError
from tests.unit.fleet.dead_letters.letters import AT_MS, letter


def test_a_place_is_written_as_it_is_read():
    assert str(LetterPlace.parse("3:17")) == "3:17"


@pytest.mark.parametrize("text", ["17", "a:b", "0:17:3", "-1:2", ""])
def test_what_is_no_place_is_refused_with_an_example(text: str):
    with pytest.raises(ConfigurationError, match=r"expected PARTITION:OFFSET such as 0:17, found"):
        LetterPlace.parse(text)


@pytest.mark.parametrize(
    ("wanted", "admitted"),
    [
        (LetterFilter(), True),
        (LetterFilter(stage="inference"), True),
        (LetterFilter(stage="sampler"), False),
        (LetterFilter(error_class="UndecodableImage", camera="lobby-1"), True),
        (LetterFilter(error_class="DecodeError", camera="lobby-1"), False),
        (LetterFilter(topic="omm.frames.eu.safety.entrances"), True),
        (LetterFilter(topic="omm.alerts.eu"), False),
        (LetterFilter(camera="lobby"), False),
    ],
)
def test_a_filter_admits_letters_that_agree_with_all_of_it(wanted: LetterFilter, admitted: bool):
    assert wanted.admits(letter()) is admitted


@pytest.mark.parametrize(("stage", "admitted"), [("deliver", True), ("deliver/soc", True), ("deliver/ops", False)])
def test_the_stage_of_delivery_stands_for_all_endpoints(stage: str, admitted: bool):
    assert LetterFilter(stage=stage).admits(letter(stage="deliver/soc")) is admitted


def test_letters_are_counted_by_reason_the_most_frequent_first():
    found: list[FoundLetter] = [
        letter(1, stage="sampler"),
        letter(2, at_ms=AT_MS + 5),
        letter(3, at_ms=AT_MS + 9),
    ]

    assert counts_by_reason(found) == (
        ReasonCount("inference", "UndecodableImage", "omm.frames.eu.safety.entrances", 2, AT_MS + 9),
        ReasonCount("sampler", "UndecodableImage", "omm.frames.eu.safety.entrances", 1, AT_MS),
    )
