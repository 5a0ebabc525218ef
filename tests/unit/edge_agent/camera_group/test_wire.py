import io
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.camera_condition import Condition
from ommatid_edge.camera_group.messages import (
    Alive,
    Begin,
    Command,
    ConditionChanged,
    FrameChosen,
    FramesDropped,
    GroupSettings,
    OpenEvent,
    ReplanCamera,
    Report,
    RunCamera,
    Stop,
    StopCamera,
)
from ommatid_edge.camera_group.wire import (
    MalformedReportError,
    ReportReader,
    encode_command,
    encode_report,
    read_command,
)
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_selection import DropReason
from ommatid_schemas.events import CameraState, Clock, Reason, Tampering

names = st.text(min_size=1, max_size=20)
numbers = st.integers(0, 2**60)
floats = st.floats(allow_nan=False, allow_infinity=False)
frames = st.builds(
    ChosenFrame,
    names,
    numbers,
    st.sampled_from(Clock),
    st.sampled_from(Reason),
    floats,
    numbers,
    numbers,
    st.binary(max_size=300),
)
conditions = st.builds(
    Condition,
    st.sampled_from(CameraState),
    numbers,
    numbers,
    numbers,
    st.none() | st.integers(),
    st.none() | floats,
    numbers,
    names,
    st.none() | numbers,
    st.dictionaries(st.sampled_from(Tampering), numbers),
)
reports: st.SearchStrategy[Report] = st.one_of(
    st.builds(FrameChosen, frames),
    st.builds(FramesDropped, st.dictionaries(names, st.dictionaries(st.sampled_from(DropReason), numbers))),
    st.builds(ConditionChanged, names, conditions),
    st.builds(Alive, numbers, floats, numbers),
)


@given(told=st.lists(reports, max_size=6), cuts=st.lists(st.integers(0, 2000), max_size=8))
def test_reports_arrive_as_they_were_told_wherever_the_stream_is_cut(told: list[Report], cuts: list[int]):
    stream = b"".join(encode_report(report) for report in told)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = ReportReader()

    heard = [it for a, b in pairwise(edges) for it in reader.feed(stream[a:b])]

    assert heard == told


@given(noise=st.binary(max_size=200))
def test_anything_else_is_refused_or_awaits_more(noise: bytes):
    with suppress(MalformedReportError):
        assert list(ReportReader().feed(noise)) == []


@pytest.mark.parametrize(
    "header",
    [b'["Alive",{}]', b'["Nonsense",{}]', b"[]", b"not json", b'["FramesDropped",{"counts":{"a":{"x":1}}}]'],
)
def test_a_header_that_is_no_report_is_refused(header: bytes):
    framed = len(header).to_bytes(4, "big") + bytes(4) + header

    with pytest.raises(MalformedReportError, match="expected a report, found one that cannot be read"):
        list(ReportReader().feed(framed))


def test_a_length_beyond_reason_is_refused_at_once():
    with pytest.raises(MalformedReportError, match="found lengths of 4294967295"):
        list(ReportReader().feed(b"\xff" * 8))


def test_commands_arrive_as_they_were_sent_secrets_included(plan: CameraPlan):
    settings = GroupSettings(1, 5.0, 10.0, 50, 0.5, 30.0, 60.0, 10.0, Path("/run/places"), 4, 1 << 20)
    sent: list[Command] = [
        Begin(settings),
        RunCamera(plan),
        ReplanCamera(plan),
        OpenEvent("lobby-1", 2, 1),
        StopCamera("lobby-1"),
        Stop(),
    ]
    stream = io.BytesIO(b"".join(encode_command(command) for command in sent))

    assert [read_command(stream) for _ in sent] == sent
    assert read_command(stream) is None


@pytest.mark.parametrize("length", [0, 3, 4, 5, -1])
def test_a_command_that_is_cut_off_is_the_end(length: int):
    assert read_command(io.BytesIO(encode_command(Stop())[:length])) is None


def test_an_agent_that_was_killed_is_the_end():
    class Reset(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError(104, f"no {size} bytes")

    assert read_command(Reset()) is None
