"""WebSub as a subscriber reads it (W3C, 23 January 2018): hubs that feeds declare, and signatures of pushes. Pure."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from ingest.rows import Listing

URL_CHARS_MAX = 2_000
# By the strength of their hash; SHA-1 is what older hubs know, and as an HMAC not broken.
METHODS: Final = ("sha512", "sha384", "sha256", "sha1")

_LINK = re.compile(r"<([^<>]{1,2000})>((?:\s*;\s*[\w!#$&+.^`|~-]{1,40}\s*=\s*(?:\"[^\"]{0,500}\"|[^\s\",;]{1,500}))*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declared:
    """The hub that pushes a feed, and the name by which it knows the feed."""

    hub: str
    topic: str


def declared(listing: Listing, link_header: str, final_url: str) -> Declared | None:
    """The hub that a source's answer names, in its Link headers before its text; None where it names none.

    The topic is what it calls its own address, else the one it answered at.
    """
    hub, own = links(link_header)
    if hub is None:
        hub, own = listing.hub, own or listing.self_url
    hub_url = _absolute(hub, final_url)
    if hub_url is None:
        return None
    return Declared(hub_url, _absolute(own or listing.self_url, final_url) or final_url)


def links(link_header: str) -> tuple[str | None, str | None]:
    """The first hub and the first self of Link headers (RFC 8288)."""
    first: dict[str, str] = {}
    for found in _LINK.finditer(link_header[: 4 * URL_CHARS_MAX]):
        rel = _REL.search(found[2])
        for word in ((rel[1] or rel[2] or "") if rel else "").lower().split():
            first.setdefault(word, found[1])
    return first.get("hub"), first.get("self")


def _absolute(url: str | None, base: str) -> str | None:
    if not url or len(url) > URL_CHARS_MAX:
        return None
    try:
        joined = urljoin(base, url.strip())
        parts = urlsplit(joined)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return joined if fine and joined.isprintable() else None


@dataclass(slots=True)
class Signature:
    """What a push must be signed with. Fed the body piece by piece, so that nothing of it need be kept."""

    stated: str
    _made: Any = field(repr=False)

    def feed(self, chunk: bytes) -> None:
        self._made.update(chunk)

    def holds(self) -> bool:
        """Whether the body so far is what was signed with our secret; asked in constant time."""
        return hmac.compare_digest(self._made.hexdigest().encode(), self.stated.encode("utf-8", "replace"))


def signature(secret: str, header: str | None) -> Signature | None:
    """The signature that an `X-Hub-Signature` states; None where it states none that we know."""
    method, _, stated = (header or "").strip().partition("=")
    method = method.strip().lower()
    if method not in METHODS:
        return None
    return Signature(stated.strip().lower(), hmac.new(secret.encode(), digestmod=method))
