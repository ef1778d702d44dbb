"""The wires by slug. A new one with code of its own is a file beside this and a line below; any other is a few lines
in the catalogue.
"""

from __future__ import annotations

from config import catalogue
from ingest.wires import businesswire, globenewswire, prnasia, prnewswire, uncoded, xinhua
from ingest.wires.described import described
from ingest.wires.roster import Roster, site_of
from ingest.wires.wire import Wire

__all__ = ["SHIPPED", "WIRES", "Roster", "by_host", "site_of"]

# PRWeb's tag begins with its sister's, so it stands first.
_CODED = (
    prnewswire.PRWEB,
    prnewswire.US,
    prnewswire.UK,
    prnewswire.CANADA,
    businesswire.WIRE,
    globenewswire.WIRE,
    uncoded.MARKETWIRED,
    prnasia.WIRE,
    xinhua.WIRE,
)
SHIPPED = Roster(_CODED, tuple(described(platform) for platform in catalogue.platforms())).with_described(
    catalogue.newsrooms()
)
"""All that come with the program: what reads pages is handed this, or more."""

WIRES: dict[str, Wire] = {wire.slug: wire for wire in SHIPPED.wires}


def by_host(url: str | None) -> Wire | None:
    """The wire on whose site `url` lies, of those that come with the program."""
    return SHIPPED.at(url)
