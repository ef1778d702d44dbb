"""A WebSub hub on loopback: it verifies who subscribes, signs what it pushes, and does as it is told to."""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

import httpx

from wirewatch.demo.loopback import LoopbackServer, Receive, Scope, Send, read_body


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a subscriber, by its fields without the prefix, and how its callback answered."""

    mode: str
    topic: str
    callback: str
    secret: str
    lease_seconds: str
    verified: bool


@dataclass
class LocalHub:
    """`status` is what it answers; `verifies`: it calls back, to grant `lease_s` or, where it `denies`, to deny."""

    status: int = 202
    verifies: bool = True
    denies: bool = False
    lease_s: int | None = 3_600
    asked: list[Asked] = field(default_factory=list)
    # By callback: topic and secret of who is subscribed.
    subscribed: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = LoopbackServer(self._app)
        self._lock = threading.Lock()
        self.url = f"{self._server.base_url}/hub"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        form = {name: values[0] for name, values in parse_qs((await read_body(receive)).decode()).items()}
        verified = self.status == 202 and self.verifies and await self._verify(form)
        with self._lock:
            self.asked.append(
                Asked(
                    mode=form.get("hub.mode", ""),
                    topic=form.get("hub.topic", ""),
                    callback=form.get("hub.callback", ""),
                    secret=form.get("hub.secret", ""),
                    lease_seconds=form.get("hub.lease_seconds", ""),
                    verified=verified,
                )
            )
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _verify(self, form: dict[str, str]) -> bool:
        """Ask back before the request is answered, as some hubs do: the hardest order for a subscriber."""
        mode = "denied" if self.denies else form["hub.mode"]
        said = {"hub.mode": mode, "hub.topic": form["hub.topic"], "hub.challenge": "chal&lenge é"}
        if self.lease_s is not None:
            said["hub.lease_seconds"] = str(self.lease_s)
        async with httpx.AsyncClient() as client:
            answer = await client.get(form["hub.callback"], params=said)
        right = answer.status_code == 200 and answer.text == said["hub.challenge"]
        with self._lock:
            if right and mode == "subscribe":
                self.subscribed[form["hub.callback"]] = (form["hub.topic"], form["hub.secret"])
            elif right and mode == "unsubscribe":
                self.subscribed.pop(form["hub.callback"], None)
        return right

    def push(self, body: bytes, *, method: str = "sha256", secret: str | None = None) -> list[int]:
        """Push to all who are subscribed; the statuses of their answers."""
        with self._lock:
            targets = list(self.subscribed.items())
        statuses = []
        for callback, (_, known) in targets:
            made = hmac.new((secret or known).encode(), body, getattr(hashlib, method)).hexdigest()
            answer = httpx.post(callback, content=body, headers={"x-hub-signature": f"{method}={made}"})
            statuses.append(answer.status_code)
        return statuses
