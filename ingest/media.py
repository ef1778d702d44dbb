"""What a release points to: links without their trackers, pictures without beacons, documents."""

from __future__ import annotations

import re
from collections.abc import Iterable

from news.links import canonical_url, unwrap

_EACH_MAX = 300
# Counting pixels of the wires, by their paths.
_BEACON = re.compile(
    r"/rt\.gif|/ct/ct\?id=\w*news|/newsroom/ti\?|/c/img/favicon|/favicon\.|/(?:pixel|beacon|spacer|blank|1x1)\b[\w.-]*\.(?:gif|png)",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|csv|zip|epub)$", re.IGNORECASE)


def links(addresses: Iterable[str], *, base: str | None) -> tuple[str, ...]:
    """Where the addresses lead, each once, in order; the page itself and beacons are left out."""
    return _resolved((unwrap(address) for address in addresses), base)


def images(addresses: Iterable[str], *, base: str | None) -> tuple[str, ...]:
    return _resolved(addresses, base)


def documents(addresses: Iterable[str]) -> tuple[str, ...]:
    """Those of the canonical `addresses` that lead to a file to read or keep."""
    return tuple(address for address in addresses if _DOCUMENT.search(address.partition("?")[0]))


def _resolved(addresses: Iterable[str], base: str | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for address in addresses:
        # A fragment alone opens something on the page itself.
        if not address or address.startswith("#") or _BEACON.search(address):
            continue
        canonical = canonical_url(address, base=base)
        if canonical is not None and canonical != base and not _BEACON.search(canonical):
            found.setdefault(canonical)
        if len(found) >= _EACH_MAX:
            break
    return tuple(found)
