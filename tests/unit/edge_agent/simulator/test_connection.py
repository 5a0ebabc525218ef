from ommatid_edge.simulator.connection import Connection, ServerState
from ommatid_edge.simulator.player import MAX_UNSENT_BYTES
from tests.unit.edge_agent.simulator.fake_transport import FakeTransport

OPTIONS = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"


def connected(transport: FakeTransport) -> Connection:
    connection = Connection(ServerState({}), on_lost=lambda _: None)
    connection.connection_made(transport)
    return connection


def test_requests_that_arrive_together_are_all_answered() -> None:
    transport = FakeTransport(closes_after=9)

    connected(transport).data_received(OPTIONS * 3)

    assert [answer[:15] for answer in transport.written] == [b"RTSP/1.0 200 OK"] * 3


def test_nothing_is_answered_after_the_connection_is_closing() -> None:
    transport = FakeTransport(closes_after=2)

    connected(transport).data_received(OPTIONS * 3)

    assert len(transport.written) == 2


def test_a_client_that_asks_and_never_reads_is_dropped() -> None:
    transport = FakeTransport(closes_after=9, unsent_bytes=[2 * MAX_UNSENT_BYTES + 1])

    connected(transport).data_received(OPTIONS)

    assert (transport.written, transport.is_aborted) == ([], True)


def test_a_connection_that_is_dropped_before_it_is_made_is_dropped_then() -> None:
    transport = FakeTransport(closes_after=9)
    connection = Connection(ServerState({}), on_lost=lambda _: None)

    connection.abort()
    connection.connection_made(transport)

    assert transport.is_aborted
