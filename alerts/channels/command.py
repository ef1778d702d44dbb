"""Alerts handed to a program of the user's own: the webhook's JSON on its standard input, no shell between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alerts.channels.contract import ChannelContext
from alerts.channels.webhook_body import encoded, webhook_body
from alerts.plain import one_line
from alerts.render import subject
from news.alert import Delivery, Outcome, Refused, Retry, Sent

TIMEOUT_MAX_S = 120.0
ARGUMENTS_MAX = 64
_SAID_BYTES_MAX = 2_000
_SAID_MAX = 200
_NOT_FOUND, _NO_PERMISSION = 127, 126
_ENDING_S = 2.0
_NEVER = 100
"""The status by which a program says that this message will never work; qmail's local delivery has the same."""
# Nothing of our own environment, in which secrets may stand, but what a program needs to run at all.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "SYSTEMROOT")


def _split(value: object) -> object:
    if isinstance(value, str):
        raise ValueError('must be a list, the program first: ["/usr/local/bin/tell", "--urgent"]')  # noqa: TRY004  the model takes no other
    return tuple(value) if isinstance(value, list) else value


def _absolute(value: tuple[str, ...]) -> tuple[str, ...]:
    if not Path(value[0]).is_absolute():
        raise ValueError("must name its program with the whole path, such as /usr/local/bin/tell")
    if any("\x00" in part for part in value):
        raise ValueError("holds a NUL character")
    return value


class CommandSettings(BaseModel):
    """`run` is the program and its arguments, as they are: nothing of a release is ever put among them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: Annotated[
        tuple[str, ...],
        BeforeValidator(_split),
        Field(min_length=1, max_length=ARGUMENTS_MAX),
        AfterValidator(_absolute),
    ]
    timeout_s: Annotated[float, Field(gt=0, le=TIMEOUT_MAX_S)] = 30.0


class CommandChannel:
    """Status 0 says that the message was taken, 100 that it never will be, any other that it is to be tried again."""

    def __init__(self, name: str, settings: CommandSettings, context: ChannelContext) -> None:
        self.name = name
        self.recipients = (Path(settings.run[0]).name,)
        self._run = settings.run
        self._timeout_s = settings.timeout_s
        self._context = context

    async def send(self, delivery: Delivery) -> Outcome:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._run,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(delivery),
                start_new_session=True,
            )
        except (OSError, ValueError) as err:
            return Retry(f"command: {getattr(err, 'strerror', None) or type(err).__name__}")
        body = encoded(webhook_body(delivery.message)).encode("utf-8")
        try:
            async with asyncio.timeout(self._timeout_s):
                said = await _exchange(process, body)
                status = await process.wait()
        except TimeoutError:
            return Retry(f"timeout: it did not end within {self._timeout_s:g} s and was killed", perhaps_taken=True)
        finally:
            await _end(process)
        return _judged(status, said)

    async def aclose(self) -> None:
        """Every program has ended when its `send` returns."""

    def _environment(self, delivery: Delivery) -> dict[str, str]:
        ours = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return ours | {
            "WIREWATCH_DELIVERY": delivery.key,
            "WIREWATCH_SUBJECT": subject(delivery.message),
            "WIREWATCH_REPEAT": "1" if delivery.repeat else "0",
        }


async def _exchange(process: asyncio.subprocess.Process, body: bytes) -> bytes:
    """Feed it, and keep the beginning of what it complains of; the rest is read and dropped, lest it hang."""
    assert process.stdin is not None  # noqa: S101  both are pipes, as asked for
    assert process.stderr is not None  # noqa: S101
    feeding = asyncio.ensure_future(_feed(process.stdin, body))
    said = b""
    try:
        while piece := await process.stderr.read(_SAID_BYTES_MAX):
            said = (said + piece)[:_SAID_BYTES_MAX]
        await feeding
    finally:
        feeding.cancel()
    return said


async def _feed(stdin: asyncio.StreamWriter, body: bytes) -> None:
    # A program may end without reading: its status decides.
    with contextlib.suppress(ConnectionError, BrokenPipeError):
        stdin.write(body)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the program and all that it started and left behind, and see its pipes closed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(_ENDING_S):
            await process.communicate()


def _judged(status: int, said: bytes) -> Outcome:
    words = one_line(said.decode("utf-8", "replace"), _SAID_MAX)
    told = f": {words}" if words else ""
    if status == 0:
        return Sent(remote_id="status 0")
    if status == _NEVER:
        return Refused(f"command: it answers {_NEVER}, never{told}")
    how = f"killed by signal {-status}" if status < 0 else f"status {status}"
    return Retry(f"command: {how}{told}", perhaps_taken=status not in {_NOT_FOUND, _NO_PERMISSION})
