"""An application on a socket until told to stop. Signals are the daemon's business, not the server's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from wirewatch.faults import FailedError

STOP_TIMEOUT_S = 2


class PortError(FailedError):
    """The address cannot be listened on; the message says which and why."""


class _SignalFree(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: FastAPI, *, host: str, port: int, stop: asyncio.Event, listening: Callable[[str], None] | None = None
) -> None:
    """Answer at `host` and `port` (0: any free one) until `stop` is set; `listening` is told the address.

    Raises:
        PortError: the address is taken or not ours.
    """
    bound = _bound(host, port)
    server = _SignalFree(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    shown = f"[{host}]" if ":" in host else host
    try:
        if listening is not None:
            listening(f"http://{shown}:{bound.getsockname()[1]}/")
        await _until(stop, serving)
    finally:
        server.should_exit = True
        await serving
        bound.close()


async def _until(stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _bound(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        bound = socket.socket(family, kind)
    except OSError as error:
        raise PortError(f"{host}:{port} is no address of this machine ({error.strerror}); see [web] host") from error
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise PortError(f"{host}:{port} cannot be listened on ({error.strerror}); set another [web] port") from error
    bound.listen(128)
    return bound
