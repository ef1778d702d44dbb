"""The shape of a wire: its name, its hosts, its clock, and the layouts that its pages have had."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.clipping import Clipping
from ingest.page import Page
from ingest.rows import Listing
from ingest.sheet import Sheet
from news.release import Reject

# Of an address so much is searched for a number: the time it takes is bounded by it.
_ADDRESS_CHARS_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A publisher of releases.

    `hosts` are its sites without `www.`; their subdomains are its own too. `tags` are regular
    expressions for what it calls itself in a dateline. `zone` is the IANA zone of its clock. `number`
    finds the release's number in its page's address, for pages that say it nowhere else.
    `layouts` are tried newest first; each answers None for a page that is not laid out its way. A
    wire without layouts is read by the generic parser. `listing` reads its listing pages, with the
    zone of its clock. `sign` selects what only its pages have: it tells a page whose address is not known.
    """

    slug: str
    hosts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    zone: str = "UTC"
    number: str | None = None
    layouts: tuple[Callable[[Sheet, Wire], Clipping | None], ...] = ()
    sign: str = ""
    listing: Callable[[Page, str], Listing | Reject] | None = None

    def number_in(self, *addresses: str | None) -> str | None:
        """The number of the release in the first of its addresses that has one."""
        for address in addresses if self.number else ():
            found = re.search(self.number or "", (address or "")[:_ADDRESS_CHARS_MAX])
            if found:
                return found[1] or None
        return None
