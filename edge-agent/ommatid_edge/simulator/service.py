"""Runs a camera server where no event loop is: as a program of its own, or in a thread beside other code."""

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

from ommatid_edge.simulator.control_endpoint import ControlEndpoint
from ommatid_edge.simulator.server import CameraServer


def run(server: CameraServer, ready: Callable[[CameraServer], None], control: ControlEndpoint | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then close everything and return. Call it from the main thread.

    Args:
        server: A server that has not been entered yet.
        ready: Called once when the port listens.
        control: Served beside it, and closed with it.

    Raises:
        CannotListenError: The address cannot be bound.
        UnusableClipError: A clip cannot be sent.
    """
    asyncio.run(_serve_until_signal(server, ready, control))


async def _serve_until_signal(
    server: CameraServer, ready: Callable[[CameraServer], None], control: ControlEndpoint | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    async with server, _controlled(control):
        ready(server)
        await stop.wait()


@asynccontextmanager
async def _controlled(control: ControlEndpoint | None) -> AsyncGenerator[None]:
    if control is None:
        yield
        return
    control.start()
    try:
        yield
    finally:
        await asyncio.to_thread(control.close)


@contextmanager
def background_server(server: CameraServer) -> Generator[CameraServer]:
    """Serve from a thread for the length of a `with` block, for callers that are not asynchronous.

    Raises:
        CannotListenError: The address cannot be bound.
        UnusableClipError: A clip cannot be sent.
    """
    with _background_loop() as loop:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()


@contextmanager
def _background_loop() -> Generator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="camera-server", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
