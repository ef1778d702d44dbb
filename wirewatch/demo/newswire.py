"""A newswire on loopback, in the shapes of the real ones: a feed, listing pages, release pages, robots.txt.

The demo plays on it and the tests break against it: it logs every request, says what it published,
and any of its paths can be told to fail.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

from wirewatch.demo import pages
from wirewatch.demo.loopback import LoopbackServer, Receive, Scope, Send, header
from wirewatch.demo.pages import GuidStyle, Layout, Published
from wirewatch.demo.releases import SampleRelease
from wirewatch.demo.sitemaps import sitemap

FOLDER = "news-releases"
FEED_PATH = "/rss/news-releases-list.rss"
LISTING_PATH = "/news-releases/news-releases-list/"
REQUESTS_MAX = 100_000
ADVERTISED = 2
_PAGE_SIZES = (25, 50, 100)

_ROBOTS = b"User-agent: *\nDisallow: /search/\nDisallow: /search-results/\nDisallow: /*.pdf\n"
_HTML = (("content-type", "text/html; charset=utf-8"),)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a path does instead of answering well.

    `status` None answers with the path's own page, after `delay_s`. `hang_up` promises the whole
    body, sends half of it and closes. `body` None is a short text naming the status. `times` None
    lasts until it is healed.
    """

    status: int | None = None
    headers: Headers = ()
    body: bytes | None = None
    delay_s: float = 0.0
    hang_up: bool = False
    times: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came, and the status it was answered with."""

    at: datetime
    method: str
    path: str
    query: str
    status: int
    if_none_match: str | None
    if_modified_since: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Headers
    body: bytes


class LocalNewswire:
    """A wire of one's own; enter it to start it. Safe to use from any thread.

    `clock` gives aware UTC times: it stamps the request log and what is published without a time.
    `base_url` is the address that it goes by where `app` is served by somebody else.
    """

    def __init__(self, *, clock: Callable[[], datetime], port: int = 0, base_url: str | None = None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._published: list[Published] = []
        self._pages: dict[str, tuple[Published, Sequence[Published]]] = {}
        self._moved: dict[str, str] = {}
        self._requests: list[Request] = []
        self._faults: dict[str, Fault] = {}
        self._feed_polls = 0
        self._folder = FOLDER
        self._sorted: list[Published] = []
        self._sorted_of: list[Published] = []
        self._server = LoopbackServer(self.app, port=port)
        self.guids = GuidStyle.LINK
        self.layout = Layout.CLASSIC
        self.base_url = base_url or self._server.base_url
        self.feed_url = self.base_url + FEED_PATH
        self.listing_url = self.base_url + LISTING_PATH

    def publish(self, release: SampleRelease, at: datetime | None = None) -> Published:
        """Put a release on the wire, readable at once; `at` backdates its stamps.

        A number that was published before gets another address if its headline is another, and a
        new text under the same address if it is not.
        """
        path = f"/{self._folder}/{pages.slug(release.headline)}-{release.number}.html"
        shown = Published(
            number=release.number,
            path=path,
            url=self.base_url + path,
            headline=release.headline,
            at=at or self._clock(),
            release=release,
        )
        with self._lock:
            others = [other for other in reversed(self._published) if other.path != path][:ADVERTISED]
            self._pages[path] = shown, others
            self._published.append(shown)
        return shown

    def amend(self, release: SampleRelease) -> None:
        """Put another text under the address of the newest release of that number; neither stamp nor row tells."""
        with self._lock:
            n = max(n for n, old in enumerate(self._published) if old.number == release.number)
            old = self._published[n]
            self._published[n] = new = replace(old, release=release)
            self._pages[old.path] = new, self._pages[old.path][1]

    def redesign(self, *, folder: str = FOLDER) -> None:
        """Lay the pages out anew, with guids of another kind; those in another folder are led there from the old."""
        with self._lock:
            self.layout, self.guids, self._folder = Layout.PLAIN, GuidStyle.NUMBER, folder
            moved = {item.path: f"/{folder}/{item.path.rpartition('/')[2]}" for item in self._published}
            self._moved = {old: new for old, new in moved.items() if old != new}
            self._published = [self._at(item, moved[item.path]) for item in self._published]
            self._pages = {
                moved[path]: (self._at(item, moved[path]), others) for path, (item, others) in self._pages.items()
            }

    def _at(self, item: Published, path: str) -> Published:
        return replace(item, path=path, url=self.base_url + path)

    def published(self) -> list[Published]:
        """All that was put on the wire, in that order."""
        with self._lock:
            return list(self._published)

    def requests(self, pattern: str = "*") -> list[Request]:
        """The requests whose path fits a shell pattern, in order."""
        with self._lock:
            return [request for request in self._requests if fnmatchcase(request.path, pattern)]

    def fail(self, pattern: str, fault: Fault) -> None:
        """From now on, the paths that fit a shell pattern show `fault`; the newest order wins."""
        with self._lock:
            self._faults = {pattern: fault, **{key: old for key, old in self._faults.items() if key != pattern}}

    def heal(self, pattern: str | None = None) -> None:
        """Take back the fault of one pattern, or all of them."""
        with self._lock:
            self._faults = {} if pattern is None else {k: v for k, v in self._faults.items() if k != pattern}

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

    async def app(self, scope: Scope, _receive: Receive, send: Send) -> None:
        fault = self._fault_for(scope["path"])
        await asyncio.sleep(fault.delay_s)
        answer = self._answer(scope) if fault.status is None else _failure(fault.status, fault)
        answer = _validated(answer, header(scope, "if-none-match"))
        self._log(scope, answer.status)
        await _send(send, answer, head_only=scope["method"] == "HEAD", hang_up=fault.hang_up)

    def _fault_for(self, path: str) -> Fault:
        """The fault that this request is to show, used up by one."""
        with self._lock:
            for pattern, fault in self._faults.items():
                if fnmatchcase(path, pattern) and fault.times != 0:
                    if fault.times is not None:
                        self._faults[pattern] = replace(fault, times=fault.times - 1)
                    return fault
        return Fault()

    def _answer(self, scope: Scope) -> _Answer:
        path = scope["path"]
        if path == "/robots.txt":
            return _Answer(200, (("content-type", "text/plain"),), _ROBOTS)
        if path == FEED_PATH:
            return self._feed(header(scope, "if-none-match"), header(scope, "if-modified-since"))
        if path == LISTING_PATH:
            return self._listing(parse_qs(scope["query_string"].decode("latin-1")))
        if path.startswith("/sitemap"):
            return self._sitemap(path)
        return self._release(path)

    def _release(self, path: str) -> _Answer:
        with self._lock:
            page, moved = self._pages.get(path), self._moved.get(path)
        if moved is not None:
            return _Answer(HTTPStatus.MOVED_PERMANENTLY, (("location", self.base_url + moved),), b"")
        if page is None:
            return _failure(404, Fault())
        return _Answer(200, _HTML, pages.release_page(*page, self.base_url, self.layout))

    def _newest_first(self) -> list[Published]:
        """By stamp; of two with one stamp, the later published first. A re-published address shows once."""
        with self._lock:
            if self._sorted_of != self._published:
                newest_at = {item.path: (item.stamp, n, item) for n, item in enumerate(self._published)}
                entries = sorted(newest_at.values(), key=lambda entry: entry[:2], reverse=True)
                self._sorted, self._sorted_of = [item for _, _, item in entries], list(self._published)
            return self._sorted

    def feed_rows(self) -> Sequence[Published]:
        """What the feed is to show, newest first; more than it has room for is cut off."""
        return self._newest_first()

    def _feed(self, if_none_match: str | None, if_modified_since: str | None) -> _Answer:
        """The feed, or 304 where the validators are, byte for byte, those of what it holds now."""
        with self._lock:
            self._feed_polls += 1
            poll = self._feed_polls
        newest = self.feed_rows()
        body = pages.feed(newest, self.base_url, self.guids, poll)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        modified = format_datetime(max(item.at for item in newest), usegmt=True) if newest else None
        validators = (("etag", etag), *((("last-modified", modified),) if modified else ()))
        unchanged = if_none_match == etag if if_none_match is not None else if_modified_since == modified is not None
        if unchanged:
            return _Answer(HTTPStatus.NOT_MODIFIED, validators, b"")
        return _Answer(200, (("content-type", "application/rss+xml; charset=utf-8"), *validators), body)

    def _listing(self, query: dict[str, list[str]]) -> _Answer:
        """One page of cards. A page beyond the last one shows the last one again, as real ones do."""
        asked = _number(query, "pagesize")
        size = asked if asked in _PAGE_SIZES else _PAGE_SIZES[0]
        newest = self._newest_first()
        last = max(1, -(-len(newest) // size))
        page = min(max(1, _number(query, "page")), last)
        rows = newest[(page - 1) * size : page * size]
        return _Answer(200, _HTML, pages.listing_page(rows, self._clock()))

    def _sitemap(self, path: str) -> _Answer:
        body = sitemap(path, self._newest_first(), self.base_url, self._clock())
        packed = path.endswith(".gz")
        kind = "application/gzip" if packed else "application/xml"
        return _failure(404, Fault()) if body is None else _Answer(200, (("content-type", kind),), body)

    def _log(self, scope: Scope, status: int) -> None:
        request = Request(
            at=self._clock(),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            status=status,
            if_none_match=header(scope, "if-none-match"),
            if_modified_since=header(scope, "if-modified-since"),
            user_agent=header(scope, "user-agent"),
        )
        with self._lock:
            if len(self._requests) < REQUESTS_MAX:
                self._requests.append(request)


def _validated(answer: _Answer, if_none_match: str | None) -> _Answer:
    """A page with the ETag of its text, or 304 where the asker has that text."""
    if answer.status != HTTPStatus.OK or any(
        name.lower() in {"etag", "content-encoding"} for name, _ in answer.headers
    ):
        return answer
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    if if_none_match == etag:
        return _Answer(HTTPStatus.NOT_MODIFIED, (("etag", etag),), b"")
    return replace(answer, headers=(*answer.headers, ("etag", etag)))


def _number(query: dict[str, list[str]], name: str) -> int:
    """A parameter's first value; 1 where it is absent or no number."""
    text = query.get(name, ["1"])[0]
    return int(text) if text.isascii() and text.isdigit() else 1


def _failure(status: int, fault: Fault) -> _Answer:
    body = fault.body if fault.body is not None else f"<html><body><h1>{status}</h1></body></html>".encode()
    has_type = any(name.lower() == "content-type" for name, _ in fault.headers)
    return _Answer(status, fault.headers if has_type else (*_HTML, *fault.headers), body)


async def _send(send: Send, answer: _Answer, *, head_only: bool, hang_up: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != HTTPStatus.NOT_MODIFIED:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if hang_up:
        # Returning before the promised length is sent makes the server close the connection.
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": b"" if head_only else answer.body})
