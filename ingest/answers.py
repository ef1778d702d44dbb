"""What comes of asking a server for something, and within which bounds. All frozen; all times aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Bounds of one request. `total_s` is the deadline of each hop from the name look-up to the
    last byte; waiting for a turn does not count. `body_bytes_max` holds before and after
    decompression.
    """

    body_bytes_max: int = 10 * 1024 * 1024
    header_bytes_max: int = 64 * 1024
    url_chars_max: int = 4_000
    bomb_ratio: int = 100
    redirects_max: int = 5
    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 60.0


class FetchReason(StrEnum):
    """Why a server did not give what was asked of it."""

    TIMEOUT = "timeout"
    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    NOT_FOUND = "not-found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    SERVER_ERROR = "server-error"
    CLIENT_ERROR = "client-error"
    UNEXPECTED_STATUS = "unexpected-status"
    TOO_LARGE = "too-large"
    BOMB = "bomb"
    BAD_ENCODING = "bad-encoding"
    TRUNCATED = "truncated"
    REDIRECT_LOOP = "redirect-loop"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    BAD_REDIRECT = "bad-redirect"
    BAD_RESPONSE = "bad-response"
    ROBOTS = "robots"
    RESTING = "resting"
    CIRCUIT_OPEN = "circuit-open"
    OVER_BUDGET = "over-budget"
    BUSY = "busy"


UNASKED = {
    FetchReason.RESTING: "the host asked for rest",
    FetchReason.CIRCUIT_OPEN: "the host is in trouble, and asked by one probe at a time",
    FetchReason.OVER_BUDGET: "the hour's requests to this host are used up",
    FetchReason.BUSY: "too many requests wait for this host",
}
"""Why we kept from asking a host for now, in words. Nothing was sent, so it counts as no attempt."""


class BlockReason(StrEnum):
    """Why we did not ask."""

    ROBOTS = "robots"
    ADDRESS = "private-address"
    SCHEME = "scheme"
    CREDENTIALS = "credentials"
    URL = "bad-url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole body, decompressed.

    `etag` and `last_modified` are byte-exact (ISO 8859-1 characters). `permanent_redirect`: every
    hop from `url` to `final_url` was said to be for good. `max_age_s` is at most a day. `links` are its Link
    headers. `age_s` is how long a cache on the way said it had held the answer.
    """

    url: str
    final_url: str
    status: int
    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    max_age_s: float | None = None
    permanent_redirect: bool = False
    links: str = ""
    age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """What the validators vouched for still stands. They are the new ones where the host sent any."""

    url: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    max_age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """We do not ask for this address; a retry will not change that soon."""

    url: str
    reason: BlockReason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """`retry_after_s`: come again no sooner than that, by the host's word or for its sake; at most a day."""

    url: str
    reason: FetchReason
    status: int | None = None
    retry_after_s: float | None = None
    detail: str = ""

    @property
    def asked(self) -> bool:
        """Whether anything was sent for it: if not, it says nothing of the address, and costs no attempt."""
        return self.reason not in UNASKED


FetchAnswer = Fetched | NotModified | Blocked | FetchFailed

_BY_STATUS = {
    401: FetchReason.FORBIDDEN,
    403: FetchReason.FORBIDDEN,
    404: FetchReason.NOT_FOUND,
    410: FetchReason.GONE,
    429: FetchReason.THROTTLED,
    451: FetchReason.FORBIDDEN,
}


def reason_of_status(status: int) -> FetchReason:
    """The reason behind an HTTP status that is neither success, redirect nor 304."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return {4: FetchReason.CLIENT_ERROR, 5: FetchReason.SERVER_ERROR}.get(status // 100, FetchReason.UNEXPECTED_STATUS)
