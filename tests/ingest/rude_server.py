"""A real HTTP server on loopback that answers byte for byte what a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived, and when, on the loop's clock."""

    path: str
    headers: tuple[tuple[str, str], ...]
    at: float

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(slots=True)
class RudeServer:
    """`port` is bound on 127.0.0.1. Paths without an answer give 404."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    under_way: int = 0
    under_way_max: int = 0

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def last(self) -> Asked:
        return self.asked[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.under_way += 1
        self.under_way_max = max(self.under_way_max, self.under_way)
        # A client that hangs up, and a test that ends while an answer is still dripping, are no errors.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(reader, writer)
        self.under_way -= 1
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        rows = tuple((key, value.strip()) for key, _, value in (row.partition(":") for row in head[1:] if row))
        asked = Asked(head[0].split(" ")[1], rows, asyncio.get_running_loop().time())
        self.asked.append(asked)
        await self.answers.get(asked.path, page(b"not here", status=404))(asked, writer)
        await writer.drain()


@contextlib.asynccontextmanager
async def rude_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[RudeServer]:
    rude = RudeServer()
    server = await asyncio.start_server(rude.serve, "127.0.0.1", 0, ssl=tls)
    rude.port = server.sockets[0].getsockname()[1]
    try:
        yield rude
    finally:
        server.close()
        await server.wait_closed()


def raw(data: bytes) -> Answer:
    """Exactly these bytes, then the end of the connection."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return answer


def page(body: bytes, *, status: int = 200, headers: tuple[str, ...] = (), content_type: str = "text/html") -> Answer:
    head = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", f"Content-Type: {content_type}", *headers]
    return raw("\r\n".join([*head, "", ""]).encode("latin-1") + body)


def redirect(location: str, *, status: int = 302) -> Answer:
    return page(b"", status=status, headers=(f"Location: {location}",))


def endless(head: bytes, chunk: bytes, *, pause_s: float = 0.0) -> Answer:
    """The head, then the chunk over and over until the other side hangs up (or 400 MB went out)."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _ in range(400_000_000 // len(chunk)):
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return answer


def reset(head: bytes) -> Answer:
    """The head, then a TCP reset in place of an end."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        # Let the head arrive: a reset throws away what the other side has not read yet.
        await asyncio.sleep(0.1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return answer
