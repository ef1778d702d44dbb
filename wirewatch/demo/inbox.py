"""A real SMTP server on loopback that keeps what it is given in memory, and refuses on demand."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern_policy
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from wirewatch.demo.loopback import bound_socket

MESSAGES_MAX = 10_000
DEFER = "451 4.3.0 Try again later"
REFUSE = "550 5.1.1 No such mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it came over the wire, taken apart. Headers are decoded to text."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    raw: bytes


class LocalInbox:
    """Accepts every message until told otherwise; enter it to start the server.

    `answer(reply)` makes the server answer the next `times` messages with that SMTP reply instead
    of taking them; `answer_recipient(address, reply)` refuses one address at RCPT, for good.
    """

    def __init__(self) -> None:
        self._bound = bound_socket()
        self.host = "127.0.0.1"
        self.port: int = self._bound.getsockname()[1]
        self._lock = threading.Lock()
        self._received: list[Received] = []
        self._replies: list[str] = []
        self._refused: dict[str, str] = {}
        self.refusals = 0
        self._controller = _ControllerOnSocket(self, hostname=self.host, port=self.port)
        self._controller.bound = self._bound

    def messages(self) -> list[Received]:
        """What was taken so far, in order of arrival."""
        with self._lock:
            return list(self._received)

    def repeats(self) -> int:
        """How many messages bear a Message-ID that another one bore before."""
        counted = Counter(message.message_id for message in self.messages())
        return sum(count - 1 for count in counted.values())

    def answer(self, reply: str, *, times: int = 1) -> None:
        with self._lock:
            self._replies.extend([reply] * times)

    def answer_recipient(self, address: str, reply: str) -> None:
        with self._lock:
            self._refused[address.casefold()] = reply

    def start(self) -> Self:
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()
        self._bound.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def handle_RCPT(  # noqa: N802 -- the SMTP server calls its handler by the verb's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        with self._lock:
            reply = self._refused.get(address.casefold())
            if reply is not None:
                self.refusals += 1
                return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- as above
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        with self._lock:
            if self._replies:
                self.refusals += 1
                return self._replies.pop(0)
            if len(self._received) >= MESSAGES_MAX:
                return "452 4.3.1 The inbox is full"
            self._received.append(_taken_apart(envelope))
        return "250 Message accepted"


class _ControllerOnSocket(Controller):
    """Listens on a socket that is bound already: its own port option cannot be 0."""

    bound: Any = None

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        created: Awaitable[asyncio.AbstractServer] = self.loop.create_server(self._factory_invoker, sock=self.bound)
        return created


def _taken_apart(envelope: Envelope) -> Received:
    raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
    message = message_from_bytes(raw, policy=modern_policy)
    return Received(
        message_id=str(message.get("Message-ID", "")),
        sender=str(envelope.mail_from),
        recipients=tuple(envelope.rcpt_tos),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers={name: str(value) for name, value in message.items()},
        raw=raw,
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
