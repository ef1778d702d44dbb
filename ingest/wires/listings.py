"""The readers of listing pages by wire. A feed needs none; a new reader is a file beside this and a line below."""

from __future__ import annotations

from collections.abc import Callable

from ingest.page import Page
from ingest.rows import Listing
from ingest.wires.businesswire_listing import read_businesswire_listing
from ingest.wires.globenewswire_listing import read_globenewswire_listing
from ingest.wires.prnasia_listing import read_prnasia_listing
from ingest.wires.prnewswire_listing import read_prnewswire_listing
from news.release import Reject

LISTINGS: dict[str, Callable[[Page], Listing | Reject]] = {
    "prnewswire": read_prnewswire_listing,
    "prnewswire-uk": read_prnewswire_listing,
    "cnw": read_prnewswire_listing,
    "prweb": read_prnewswire_listing,
    "businesswire": read_businesswire_listing,
    "globenewswire": read_globenewswire_listing,
    "prnasia": read_prnasia_listing,
}
