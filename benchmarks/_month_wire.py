"""The local wire through a drawn month, and the way to it: every request is answered as its moment has it.

Nothing here listens on a socket unless it is told to; the answers are those that the local wire gives over HTTP.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import httpx

from benchmarks._month import START, Correction, Kind, Month, Publication, Spell
from benchmarks._simulated import SimulatedClock
from wirewatch.demo.loopback import Receive, Scope, Send, header
from wirewatch.demo.newswire import FEED_PATH, LocalNewswire
from wirewatch.demo.pages import Published

BARRED = "/search/"
NUMBER = re.compile(r"-(3\d{8})\.html")
_ADDRESS = "http://127.0.0.1:8080"
_READ_TIMEOUT_S = 20.0
_BROKEN = "x-broken"
_BLIPS = ("503", "500", "silent", "reset", "half", "half")


@dataclass(slots=True)
class Asked:
    """One request as the way to the wire saw it; seconds after the start of the month. `status` 0: no answer."""

    start_s: float
    host: str
    path: str
    query: str
    etag_sent: str | None
    modified_sent: str | None
    end_s: float = 0.0
    status: int = 0
    whole: bool = False
    rest_s: float = 0.0
    etag: str | None = None
    shown: frozenset[str] = frozenset()
    tags: list[str] = field(default_factory=list)

    @property
    def is_feed(self) -> bool:
        return self.path == FEED_PATH


class MonthWire(LocalNewswire):
    """What was drawn comes about as the clock reaches it."""

    def __init__(self, month: Month, clock: SimulatedClock, *, served: bool = False) -> None:
        super().__init__(clock=clock.now, base_url=None if served else _ADDRESS)
        self.month, self._past = month, clock.monotonic
        self._waiting: list[Publication | Correction] = sorted(
            [*month.publications, *month.corrections], key=lambda each: each.at_s, reverse=True
        )
        self._rest_until: dict[Spell, float] = {}
        self._redesigned = False
        for n in range(40):
            self.publish(_old(n), START - timedelta(minutes=11 * (40 - n)))

    def catch_up(self) -> None:
        """Let everything come about whose time has come."""
        now_s = self._past()
        while self._waiting and self._waiting[-1].at_s <= now_s:
            each = self._waiting.pop()
            if not self._redesigned and each.at_s >= self.month.redesign_s:
                self._redesign()
            if isinstance(each, Publication):
                self.publish(each.release, START + timedelta(seconds=each.stamp_s))
            elif each.told:
                self.publish(each.release, START + timedelta(seconds=each.at_s))
            else:
                self.amend(each.release)
        if not self._redesigned and now_s >= self.month.redesign_s:
            self._redesign()

    def _redesign(self) -> None:
        self._redesigned = True
        self.redesign(folder="newsroom" if self.month.moves else "news-releases")

    def feed_rows(self) -> Sequence[Published]:
        rows = list(super().feed_rows()[:25])
        if self._spell(Kind.DOUBLED) and len(rows) > 6:
            rows[4:4] = [replace(rows[2], url=f"{rows[2].url}?tc=rss"), rows[1]]
        if self._spell(Kind.BARRED):
            path = f"{BARRED}advertised-{self.month.seed}.html"
            rows[3:3] = [replace(rows[3], number="0", path=path, url=self.base_url + path, headline="An advertisement")]
        return rows

    def _spell(self, *kinds: Kind) -> Spell | None:
        now_s = self._past()
        return next((spell for spell in self.month.spells if spell.kind in kinds and spell.covers(now_s)), None)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the weather of the moment is; where nothing should answer, the way here is told by a header."""
        self.catch_up()
        path, now_s = scope["path"], self._past()
        blip = random.Random(f"{self.month.seed} {path} {now_s:.0f}")
        throttled = self._throttled()
        spell = self._spell(Kind.DOWN, Kind.UNAVAILABLE, Kind.SILENT)
        if throttled is not None:
            until_s, as_date = throttled
            wanted = START + timedelta(seconds=until_s)
            value = format_datetime(wanted, usegmt=True) if as_date else str(max(1, round(until_s - now_s)))
            await _answer(send, 429, [("retry-after", value)])
        elif spell is not None:
            more = [("retry-after", str(round(spell.rest_s)))] if spell.rest_s and blip.random() < 0.5 else []
            broken = {Kind.DOWN: "refused", Kind.SILENT: "silent"}.get(spell.kind)
            await _answer(send, 503, [*more, *([(_BROKEN, broken)] if broken else [])])
        elif blip.random() < self.month.blips:
            await self._blip(blip.choice(_BLIPS), scope, receive, send)
        elif path == FEED_PATH and self._spell(Kind.STALE) and header(scope, "if-none-match") is not None:
            await _answer(send, 304, [("etag", header(scope, "if-none-match") or "")])
        else:
            await super().app(scope, receive, send)

    async def _blip(self, how: str, scope: Scope, receive: Receive, send: Send) -> None:
        if how.isdigit():
            await _answer(send, int(how), [])
        elif how == "half":

            async def halved(message: dict[str, object]) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message["headers"], (_BROKEN.encode(), b"half")]}  # type: ignore[misc]
                await send(message)

            await super().app(scope, receive, halved)  # type: ignore[arg-type]
        else:
            await _answer(send, 500, [(_BROKEN, how)])

    def _throttled(self) -> tuple[float, bool] | None:
        """Until when the wire wants rest; it begins with the first request of a spell, and every one is refused."""
        now_s = self._past()
        spell = self._spell(Kind.THROTTLED)
        if spell is not None and spell not in self._rest_until:
            self._rest_until[spell] = now_s + spell.rest_s
        return next(((until, spell.as_date) for spell, until in self._rest_until.items() if now_s < until), None)


def _old(n: int):  # noqa: ANN202 - a sample release
    from wirewatch.demo.releases import numbered  # noqa: PLC0415

    return numbered(n)


async def _answer(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    body = b"" if status == 304 else f"<html><body><h1>{status}</h1></body></html>".encode()
    raw = [(name.encode(), value.encode()) for name, value in [("content-type", "text/html"), *headers]]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


class Way(httpx.AsyncBaseTransport):
    """Takes requests to the wire in simulated time, and keeps a record of each.

    `inner` None asks the wire's application itself; else it must get an answer over HTTP while the clock stands.
    """

    def __init__(self, wire: MonthWire, clock: SimulatedClock, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._wire, self._clock, self._inner = wire, clock, inner
        self.asked: list[Asked] = []
        self.defect: Exception | None = None

    @property
    def feed_url(self) -> str:
        return self._wire.feed_url

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = Asked(
            start_s=self._clock.monotonic(),
            host=f"{request.headers['host']}",
            path=request.url.path,
            query=request.url.query.decode(),
            etag_sent=request.headers.get("if-none-match"),
            modified_sent=request.headers.get("if-modified-since"),
        )
        self.asked.append(asked)
        try:
            return await self._answered(request, asked)
        finally:
            asked.end_s = self._clock.monotonic()

    async def _answered(self, request: httpx.Request, asked: Asked) -> httpx.Response:
        slowness = random.Random(f"slow {self._wire.month.seed} {asked.start_s:.2f}")
        await asyncio.sleep(slowness.uniform(0.03, 0.4))
        status, headers, body = await self._ask(request)
        told = httpx.Headers(headers)
        await asyncio.sleep(slowness.uniform(0.01, 0.3))
        broken = told.get(_BROKEN)
        if broken in {"refused", "reset"}:
            raise httpx.ConnectError("refused") if broken == "refused" else httpx.ReadError("connection reset")
        if broken == "silent":
            await asyncio.sleep(_READ_TIMEOUT_S)
            raise httpx.ReadTimeout("silent")
        asked.status, asked.etag = status, told.get("etag")
        asked.rest_s = self._rest_s(told.get("retry-after"))
        asked.whole = broken is None
        if asked.whole and status == 200 and not NUMBER.search(asked.path):
            asked.shown = frozenset(NUMBER.findall(body.decode("utf-8", "replace")))
        stream = _Stream(body, asked, self._clock.monotonic, half=broken == "half")
        return httpx.Response(status, headers=headers, stream=stream, request=request)

    def _rest_s(self, said: str | None) -> float:
        if said is None:
            return 0.0
        if said.isdigit():
            return float(said)
        from email.utils import parsedate_to_datetime  # noqa: PLC0415

        return max(0.0, self._clock.left_s(parsedate_to_datetime(said)))

    async def _ask(self, request: httpx.Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        with self._clock.holding() if self._inner else nullcontext():
            if self._inner is not None:
                answer = await self._inner.handle_async_request(request)
                body = b"".join([chunk async for chunk in answer.aiter_raw()])
                await answer.aclose()
                return answer.status_code, list(answer.headers.raw), body
            try:
                return await called(self._wire.app, request)
            except Exception as error:
                self.defect = self.defect or error
                raise


class _Stream(httpx.AsyncByteStream):
    def __init__(self, body: bytes, asked: Asked, at: Callable[[], float], *, half: bool) -> None:
        self._body, self._asked, self._past, self._half = body, asked, at, half

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._half:
            yield self._body[: len(self._body) // 2]
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        yield self._body

    async def aclose(self) -> None:
        self._asked.end_s = max(self._asked.end_s, self._past())


async def called(app: Callable[..., object], request: httpx.Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body that an application answers a request with."""
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": request.method,
        "path": request.url.path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
    await app(scope, receive, send)  # type: ignore[misc]
    body = b"".join(message.get("body", b"") for message in sent[1:])  # type: ignore[misc]
    return sent[0]["status"], list(sent[0]["headers"]), body  # type: ignore[return-value, call-overload]


def moment(at_s: float) -> datetime:
    return START + timedelta(seconds=at_s)
