"""Alerts as lines of JSON at the end of a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alerts.channels.contract import ChannelContext
from alerts.channels.webhook_body import encoded, webhook_body
from news.alert import Delivery, Outcome, Retry, Sent

_MEGABYTE = 1_000_000


def _absolute(value: str) -> str:
    path = Path(value).expanduser()
    if "\x00" in value or not path.is_absolute():
        raise ValueError("must be a whole path, such as /var/log/wirewatch/alerts.jsonl")
    return str(path)


FilePath = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_absolute)]


class FileSettings(BaseModel):
    """`path` grows to `megabytes`, and then begins anew; what was there is kept once, as `path`.1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: FilePath
    megabytes: Annotated[int, Field(ge=1, le=10_000)] = 100


class Turns:
    """Writes to one file, one after the other, beside the event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def take(self, write: Callable[[], None]) -> Outcome:
        async with self._turn:
            try:
                await asyncio.to_thread(write)
            except OSError as err:
                return Retry(f"file: {err.strerror or type(err).__name__}")
        return Sent()


class FileChannel:
    """A line stands on the disk when `send` returns. Each begins with its delivery's id, by which a double is told."""

    def __init__(self, name: str, settings: FileSettings, _context: ChannelContext) -> None:
        self.name = name
        self._path = Path(settings.path)
        self._bytes_max = settings.megabytes * _MEGABYTE
        self.recipients = (self._path.name,)
        self._turns = Turns()

    async def send(self, delivery: Delivery) -> Outcome:
        line = f'{{"id":"{delivery.key}",{encoded(webhook_body(delivery.message))[1:]}\n'.encode()
        return await self._turns.take(lambda: self._append(line))

    async def aclose(self) -> None:
        """Nothing is held open between two alerts."""

    def _append(self, line: bytes) -> None:
        if self._path.exists() and self._path.stat().st_size + len(line) > self._bytes_max:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            size = os.fstat(handle).st_size
            # A line that a full disk or a power cut broke off must not swallow this one.
            broken = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            whole = (b"\n" if broken else b"") + line
            if os.write(handle, whole) != len(whole):
                os.ftruncate(handle, size)
                raise OSError(None, "the disk took only a part of the line")
            os.fsync(handle)
        finally:
            os.close(handle)
