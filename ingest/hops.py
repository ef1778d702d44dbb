"""One hop of a fetch: what is asked for, where a redirect leads next, and what is refused unasked. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx

from ingest.addresses import is_odd_number
from ingest.answers import Blocked, BlockReason, FetchFailed, FetchReason

DEFAULT_PORTS = {"http": 80, "https": 443}
_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One hop of a fetch; with `form`, a POST of it."""

    url: httpx.URL
    accept: str
    trusted: bool
    robots: bool
    bytes_max: int
    cut: bool = False
    etag: str | None = None
    last_modified: str | None = None
    form: bytes | None = None

    @property
    def conditional(self) -> bool:
        return self.etag is not None or self.last_modified is not None

    @property
    def port(self) -> int:
        return self.url.port or DEFAULT_PORTS[self.url.scheme]

    @property
    def authority(self) -> str:
        return self.url.netloc.decode("ascii")

    @property
    def address(self) -> str:
        """The whole address without user, password and fragment."""
        return str(self.url.copy_with(userinfo=b"", fragment=None))

    def same_host(self, other: Ask) -> bool:
        return self.url.host == other.url.host

    def same_place(self, other: Ask) -> bool:
        """Host and port; http and https on their default ports are one place."""
        return self.same_host(other) and (self.port == other.port or self.url.port is None is other.url.port)


def parse_url(text: str, *, chars_max: int, base: httpx.URL | None = None) -> httpx.URL | None:
    text = text.strip()
    if not text or len(text) > chars_max:
        return None
    try:
        url = httpx.URL(text)
        url = url if base is None else base.join(url)
    except (httpx.InvalidURL, ValueError):
        return None
    if url.scheme in DEFAULT_PORTS and (not url.host or (url.port or 0) > _PORT_MAX):
        return None
    return url


def onward(ask: Ask, target: str, *, chars_max: int) -> Ask | None:
    """The next hop. Credentials stay at their place, validators at their host."""
    joined = parse_url(target, base=ask.url, chars_max=chars_max)
    if joined is None:
        return None
    hop = replace(ask, url=joined.copy_with(userinfo=b""))
    if joined.scheme not in DEFAULT_PORTS:
        return replace(hop, trusted=False)
    if hop.same_place(ask):
        hop = replace(hop, url=hop.url.copy_with(userinfo=ask.url.userinfo))
    else:
        hop = replace(hop, trusted=False)
    return hop if hop.same_host(ask) else replace(hop, etag=None, last_modified=None)


def refusal(ask: Ask) -> Blocked | None:
    """What can be refused without asking anybody."""
    if ask.url.scheme not in DEFAULT_PORTS:
        return Blocked(url=str(ask.url), reason=BlockReason.SCHEME, detail=ask.url.scheme or "no scheme")
    if ask.trusted:
        return None
    if ask.url.userinfo:
        return Blocked(url=ask.address, reason=BlockReason.CREDENTIALS, detail="a user name in an address from outside")
    if is_odd_number(ask.url.host):
        return Blocked(url=ask.address, reason=BlockReason.ADDRESS, detail="a number for a host")
    return None


def place(ask: Ask) -> str:
    """What politeness is kept towards: a host, and its port where that is not the usual one."""
    return ask.url.host if ask.url.port is None else f"{ask.url.host}:{ask.url.port}"


def failed(
    ask: Ask,
    reason: FetchReason,
    *,
    status: int | None = None,
    retry_after_s: float | None = None,
    detail: str = "",
) -> FetchFailed:
    return FetchFailed(url=ask.address, reason=reason, status=status, retry_after_s=retry_after_s, detail=detail)
