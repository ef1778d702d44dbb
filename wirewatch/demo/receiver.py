"""A webhook receiver on loopback: verifies each signature (Standard Webhooks 1.0), records each body."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from wirewatch.demo.loopback import LoopbackServer, Receive, Scope, Send, read_body

HOOKS_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One request as it came. `body` is None where the signature did not hold.

    `answered` is the status that was given back.
    """

    id: str
    path: str
    verified: bool
    body: dict[str, Any] | None
    raw: bytes
    headers: dict[str, str]
    answered: int


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    delay_s: float


class LocalReceiver:
    """Answers 204 to what is signed with its secret and 401 to the rest; enter it to start it.

    `answer(status, …)` changes the answer to the next `times` requests: what is answered with an
    error is recorded all the same, as a receiver that fails after reading would.
    """

    def __init__(self, *, key: bytes) -> None:
        self.secret = "whsec_" + base64.b64encode(key).decode("ascii")
        self._webhook = Webhook(self.secret)
        self._lock = threading.Lock()
        self._hooks: list[Hook] = []
        self._answers: list[_Answer] = []
        self._server = LoopbackServer(self._app)
        self.url = f"{self._server.base_url}/hook"

    def hooks(self) -> list[Hook]:
        """Every request so far, in order of arrival, whatever it was answered."""
        with self._lock:
            return list(self._hooks)

    def accepted(self) -> list[Hook]:
        return [hook for hook in self.hooks() if hook.verified and hook.answered < HTTPStatus.MULTIPLE_CHOICES]

    def repeats(self) -> int:
        """How many accepted requests bear a webhook-id that another accepted one bore before."""
        counted = Counter(hook.id for hook in self.accepted())
        return sum(count - 1 for count in counted.values())

    def answer(
        self, status: int, *, headers: tuple[tuple[str, str], ...] = (), delay_s: float = 0.0, times: int = 1
    ) -> None:
        with self._lock:
            self._answers.extend([_Answer(status, headers, delay_s)] * times)

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await read_body(receive)
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        body = self._verified(raw, headers)
        with self._lock:
            planned = self._answers.pop(0) if self._answers else _Answer(204 if body is not None else 401, (), 0.0)
            hook = Hook(
                id=headers.get("webhook-id", ""),
                path=scope["path"],
                verified=body is not None,
                body=body,
                raw=raw,
                headers=headers,
                answered=planned.status,
            )
            if len(self._hooks) < HOOKS_MAX:
                self._hooks.append(hook)
        await asyncio.sleep(planned.delay_s)
        answer_headers = [(name.encode(), value.encode()) for name, value in planned.headers]
        await send({"type": "http.response.start", "status": planned.status, "headers": answer_headers})
        await send({"type": "http.response.body", "body": b""})

    def _verified(self, raw: bytes, headers: dict[str, str]) -> dict[str, Any] | None:
        try:
            body = self._webhook.verify(raw, headers)
        except (WebhookVerificationError, ValueError):
            return None
        return body if isinstance(body, dict) else None
