import asyncio
import socket
from contextlib import suppress

import pytest

from ommatid_edge.simulator import CameraServer, PortInUseError, SimulatedCamera, background_server
from ommatid_edge.simulator.errors import CannotListenError

PLAIN = [SimulatedCamera("a", scene="empty")]


async def exchange(server: CameraServer, data: bytes) -> bytes:
    """Send bytes and read until the server closes or one response is complete."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(data)
    try:
        return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_port_in_use_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"127\.0\.0\.1:{port} is already in use; end the program .*0 takes"):
            async with CameraServer(PLAIN, port=port):
                pass


async def test_an_address_of_another_machine_is_said_in_one_sentence() -> None:
    with pytest.raises(CannotListenError, match=r"cannot listen on 192\.0\.2\.1:0 .*choose an address of this machine"):
        async with CameraServer(PLAIN, host="192.0.2.1"):
            pass


def test_an_error_reaches_the_thread_that_starts_the_server() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortInUseError),
        background_server(CameraServer(PLAIN, port=taken.getsockname()[1])),
    ):
        pass


async def test_a_client_that_speaks_another_protocol_is_answered_and_closed() -> None:
    async with CameraServer(PLAIN) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: camera\r\n\r\n")

        assert await reader.read() == b"RTSP/1.0 400 Bad Request\r\n\r\n"
        writer.close()


async def test_others_are_served_after_a_bad_client() -> None:
    async with CameraServer(PLAIN) as server:
        await exchange(server, b"\x00" * 8_192 + b"\r\n\r\n")
        answer = await exchange(server, f"DESCRIBE {server.url('a')} RTSP/1.0\r\nCSeq: 4\r\n\r\n".encode())

    assert answer.startswith(b"RTSP/1.0 200 OK\r\nCSeq: 4\r\n")


async def test_leaving_the_server_drops_clients_that_play() -> None:
    async with CameraServer(PLAIN) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        url = server.url("a")
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        writer.write(f"SETUP {url}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: {transport}\r\n\r\n".encode())
        writer.write(f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\n\r\n".encode())
        await reader.readuntil(b"$\x00")

    with suppress(ConnectionResetError):
        await reader.read()
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(server.host, server.port)


async def test_the_url_has_credentials_only_when_asked() -> None:
    async with CameraServer(PLAIN, username="a b", password="p@ss/1") as server:
        assert server.url("a") == f"rtsp://127.0.0.1:{server.port}/a"
        assert server.url("a", with_credentials=True) == f"rtsp://a%20b:p%40ss%2F1@127.0.0.1:{server.port}/a"
