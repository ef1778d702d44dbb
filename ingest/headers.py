"""What the headers of an answer say, read without trust, and those of a request. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DAY_S = 86_400.0
VALIDATOR_CHARS_MAX = 1_000
_MAX_AGE = re.compile(r"(?:^|[\s,])(?:s-maxage|max-age)\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{1,1000}")

RawHeaders = Iterable[tuple[bytes, bytes]]


def request_headers(
    *,
    host: bytes,
    user_agent: str,
    accept: str,
    etag: str | None,
    last_modified: str | None,
    credentials: str | None,
    form_bytes: int | None = None,
) -> list[tuple[bytes, bytes]]:
    """All that we tell a server: no cookies, no referrer. Validators go back byte for byte.

    `credentials` is `user:password`, for basic authentication; `form_bytes` the length of a form that follows.
    """
    rows = [
        (b"Host", host),
        (b"User-Agent", user_agent.encode("ascii", "replace")),
        (b"Accept", accept.encode("ascii", "replace")),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"Connection", b"close"),
    ]
    if etag is not None:
        rows.append((b"If-None-Match", etag.encode("latin-1")))
    if last_modified is not None:
        rows.append((b"If-Modified-Since", last_modified.encode("latin-1")))
    if form_bytes is not None:
        rows.append((b"Content-Type", b"application/x-www-form-urlencoded"))
        rows.append((b"Content-Length", str(form_bytes).encode()))
    if credentials is not None:
        rows.append((b"Authorization", b"Basic " + base64.b64encode(credentials.encode())))
    return rows


def header(raw: RawHeaders, name: bytes) -> str | None:
    """The first header of that name, byte for byte as ISO 8859-1 characters."""
    for key, value in raw:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


def joined(raw: RawHeaders, name: bytes) -> str:
    """All headers of that name as one list, cut at 8,000 characters."""
    return ", ".join(value.decode("latin-1") for key, value in raw if key.lower() == name)[:8_000]


def validator(raw: RawHeaders, name: bytes) -> str | None:
    """An ETag or Last-Modified to be sent back as it came; None where it is absurdly long."""
    value = header(raw, name)
    return value if value and len(value) <= VALIDATOR_CHARS_MAX else None


def sendable(value: str | None) -> str | None:
    """A stored validator, if it can be sent at all: one that cannot must not fail every later poll."""
    if not value or value != value.strip() or not _FIELD_VALUE.fullmatch(value):
        return None
    return value


def location(raw: RawHeaders) -> str:
    """The Location of a redirect, in the UTF-8 that servers write; empty if there is none."""
    stated = (header(raw, b"location") or "").encode("latin-1")
    try:
        return stated.decode("utf-8")
    except UnicodeDecodeError:
        return stated.decode("latin-1")


def retry_after_s(raw: RawHeaders, now: datetime) -> float | None:
    """Seconds from `now` until the host may be asked again, from 0 to a day.

    Reads both forms, seconds and an HTTP date; what is neither is None.
    """
    text = (header(raw, b"retry-after") or "").strip()
    if re.fullmatch(r"\d{1,12}", text):
        return min(float(text), DAY_S)
    at = _http_date(text)
    return None if at is None else _bounded((at - now).total_seconds())


def max_age_s(raw: RawHeaders, now: datetime) -> float | None:
    """For how many seconds the answer says it stays fresh, from 0 to a day."""
    stated = _MAX_AGE.search(header(raw, b"cache-control") or "")
    if stated:
        return min(float(stated.group(1)), DAY_S)
    expires = _http_date(header(raw, b"expires") or "")
    if expires is None:
        return None
    # Against the host's own clock, which may be hours off ours.
    served_at = _http_date(header(raw, b"date") or "") or now
    return _bounded((expires - served_at).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), DAY_S)
