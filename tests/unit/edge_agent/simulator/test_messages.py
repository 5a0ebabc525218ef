import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator.errors import MalformedRequestError
from ommatid_edge.simulator.messages import (
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    Request,
    RequestParser,
    Response,
    Status,
)

OPTIONS = b"OPTIONS rtsp://h/camera-1 RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: test: 1\r\n\r\n"
WITH_BODY = b"SET_PARAMETER rtsp://h/camera-1 RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nhello"
RECEIVER_REPORT = b"$\x01\x00\x08\x81\xc9\x00\x07\r\n\r\n"


def parsed(*chunks: bytes) -> list[Request]:
    parser = RequestParser()
    return [request for chunk in chunks for request in parser.feed(chunk)]


def test_a_request_is_read_with_its_headers_in_lower_case() -> None:
    expected = Request("OPTIONS", "rtsp://h/camera-1", {"cseq": "1", "user-agent": "test: 1"})

    assert parsed(OPTIONS) == [expected]


def test_receiver_reports_and_empty_lines_between_requests_are_skipped() -> None:
    found = parsed(RECEIVER_REPORT + OPTIONS + b"\r\n" + RECEIVER_REPORT + WITH_BODY + OPTIONS)

    assert [request.method for request in found] == ["OPTIONS", "SET_PARAMETER", "OPTIONS"]


def test_answers_to_what_we_never_asked_are_skipped() -> None:
    found = parsed(b"RTSP/1.0 501 Not Implemented\r\nCSeq: 0\r\n\r\n" + OPTIONS)

    assert [request.method for request in found] == ["OPTIONS"]


@given(st.data())
def test_it_does_not_matter_how_the_bytes_are_cut(data: st.DataObject) -> None:
    stream = OPTIONS + RECEIVER_REPORT + WITH_BODY + RECEIVER_REPORT + OPTIONS
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1))))
    chunks = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert parsed(*chunks) == parsed(stream)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", Status.BAD_REQUEST),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/2.0\r\n\r\n", Status.VERSION_NOT_SUPPORTED),
        (b"PLAY * RTSP/1.0\r\nno colon\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/1.0\r\nContent-Length: -1\r\n\r\n", Status.BAD_REQUEST),
        (f"PLAY * RTSP/1.0\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode(), Status.CONTENT_TOO_LARGE),
        (b"A" * MAX_HEADER_BYTES, Status.BAD_REQUEST),
    ],
)
def test_what_is_no_request_is_refused_with_a_status(data: bytes, status: Status) -> None:
    with pytest.raises(MalformedRequestError, match="RTSP request") as caught:
        parsed(data)

    assert caught.value.status == status


@given(st.lists(st.binary(max_size=4_000), max_size=30))
def test_no_client_makes_the_parser_hold_more_than_its_limits(chunks: list[bytes]) -> None:
    parser = RequestParser()
    try:
        for chunk in chunks:
            list(parser.feed(chunk))
            assert parser.buffered_bytes <= MAX_HEADER_BYTES + MAX_BODY_BYTES
    except MalformedRequestError:
        pass


def test_an_endless_header_is_refused_before_it_is_held() -> None:
    parser = RequestParser()
    list(parser.feed(b"OPTIONS * RTSP/1.0\r\n" + b"X: 1\r\n" * (MAX_HEADER_BYTES // 6 - 4)))

    with pytest.raises(MalformedRequestError, match="no end of headers within 8192 bytes"):
        list(parser.feed(b"X-Padding: 1\r\n"))


def test_a_response_copies_cseq_and_counts_the_bytes_of_its_body() -> None:
    encoded = Response(Status.OK, (("Content-Type", "text/plain"),), "\N{LATIN SMALL LETTER E WITH ACUTE}").encode("7")

    assert encoded == b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n\xc3\xa9"


def test_a_response_without_body_ends_after_its_headers() -> None:
    assert Response(Status.NOT_FOUND).encode(None) == b"RTSP/1.0 404 Not Found\r\n\r\n"


@pytest.mark.parametrize("cseq", ["x", "1\nSession: 2", "", "9" * 11])
def test_an_odd_cseq_is_not_copied(cseq: str) -> None:
    assert Request("PLAY", "*", {"cseq": cseq}).cseq is None
