import pytest
from typer.testing import CliRunner

from ommatid_fleet.cli import app
from ommatid_fleet.cli.dlq_text import letter_line, letter_record, outcome_text, preview
from ommatid_fleet.dead_letters import AlreadyReplayed, Contents, InProgress, NotSent, Sent
from ommatid_schemas import ConfigurationError
from ommatid_schemas.replay import ReplayPhase
from tests.unit.fleet.dead_letters.letters import AT_MS, letter, note

REGION = ["--fleet", "fleet.yaml", "--region", "eu"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [([], "neither"), (["0:17", "--stage", "sampler"], "both"), (["0:17", "--since", "1h"], "both")],
)
def test_a_replay_needs_places_or_a_filter(arguments: list[str], found: str):
    with pytest.raises(ConfigurationError, match=f"expected places or a filter, found {found}"):
        CliRunner().invoke(app, ["dlq", "replay", *REGION, *arguments], catch_exceptions=False)


def test_a_letter_is_one_line_with_what_became_of_it():
    line = letter_line(letter_record(letter(), [note(ReplayPhase.BEGUN), note(ReplayPhase.DONE, at_ms=AT_MS + 60_000)]))

    assert line == (
        "0:17     2026-09-21T14:13:20Z inference  UndecodableImage   lobby-1 omm.frames.eu.safety.entrances/2:41 "
        "51234 bytes [replayed 2026-09-21T14:14:20Z] no JPEG"
    )


def test_a_preview_counts_what_would_be_sent_and_what_was_sent_before():
    chosen = (letter(16), letter(17))
    text = preview(Contents(chosen, (note(ReplayPhase.DONE),)), chosen)

    assert text.splitlines()[0].strip().startswith("2 inference")
    assert "2 dead letters; 1 of them were replayed before" in text
    assert text.endswith("nothing was sent: add --yes to send them")


def test_what_became_of_a_letter_is_one_sentence():
    texts = [
        outcome_text(letter(), outcome)
        for outcome in (Sent(1), NotSent("no room"), AlreadyReplayed(1, AT_MS, "b"), InProgress(AT_MS, "b"))
    ]

    assert texts == [
        "sent to omm.frames.eu.safety.entrances",
        "was not sent: no room",
        "was replayed at 2026-09-21T14:13:20Z from b; nothing was done (--again replays it once more)",
        "is being replayed since 2026-09-21T14:13:20Z from b; try again in two minutes if that was cut off",
    ]
