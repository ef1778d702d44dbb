"""A real HTTP server on an ephemeral port of 127.0.0.1, in a thread of its own.

A thread, because those who use it may block: a test that waits for a subprocess, a program that is
killed while the server must go on answering.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Self

import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

STOP_TIMEOUT_S = 5.0
REQUEST_BYTES_MAX = 4 * 1024 * 1024


def bound_socket(port: int = 0) -> socket.socket:
    """A socket bound to 127.0.0.1; port 0 lets the system choose a free one.

    Bound before the server starts, so that the port is known and nobody else can take it.

    Raises:
        OSError: the port is taken.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


class LoopbackServer:
    """Serves one ASGI application while it is entered; what is unanswered at its end is dropped."""

    def __init__(self, app: App, *, port: int = 0) -> None:
        self._socket = bound_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                interface="asgi3",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._run, name=f"loopback-{self.port}", daemon=True)

    def start(self) -> Self:
        # Listening before the loop runs: who connects early waits in the backlog.
        self._socket.listen(128)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request, at most REQUEST_BYTES_MAX of it."""
    body = b""
    while len(body) < REQUEST_BYTES_MAX:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body[:REQUEST_BYTES_MAX]


def header(scope: Scope, name: str) -> str | None:
    """The first header of that lower-case name, as latin-1 text, byte for byte."""
    wanted = name.encode("ascii")
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), None)
