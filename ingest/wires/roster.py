"""The wires that a reader knows, as one value that is handed to it, to a thread or to another process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from config.newsrooms import Newsroom
from ingest.sheet import Sheet
from ingest.wires.described import described
from ingest.wires.wire import Wire


@dataclass(frozen=True, slots=True)
class Roster:
    """`wires` have a slug each and share no host; `platforms` are programs that pages of any host may run on."""

    wires: tuple[Wire, ...]
    platforms: tuple[Wire, ...] = ()

    def of(self, slug: str | None) -> Wire | None:
        return next((wire for wire in self.wires if wire.slug == slug), None)

    def at(self, url: str | None) -> Wire | None:
        """The wire on whose site `url` lies."""
        host = site_of(url)
        return next((wire for wire in self.wires if _is_on(host, wire.hosts)), None)

    def signed(self, sheet: Sheet) -> Wire | None:
        """The wire whose sign a page bears that does not say where it is from."""
        if sheet.url or sheet.canonical:
            return None
        return next((wire for wire in self.wires if wire.sign and sheet.tree.css_first(wire.sign) is not None), None)

    def slugs(self) -> list[str]:
        return sorted(wire.slug for wire in self.wires)

    def with_described(self, newsrooms: Iterable[Newsroom]) -> Roster:
        """These and the wires that a configuration describes; one that is known is read its way first."""
        wires = {wire.slug: wire for wire in self.wires}
        for newsroom in newsrooms:
            known = wires.get(newsroom.slug)
            wires[newsroom.slug] = _joined(newsroom, known) if known else described(newsroom)
        return replace(self, wires=tuple(wires.values()))


def _joined(newsroom: Newsroom, known: Wire) -> Wire:
    own = described(newsroom)
    return replace(
        known,
        hosts=tuple(dict.fromkeys((*own.hosts, *known.hosts))),
        tags=(*own.tags, *known.tags),
        zone=own.zone if "zone" in newsroom.model_fields_set else known.zone,
        number=own.number or known.number,
        layouts=(*own.layouts, *known.layouts),
        listing=own.listing or known.listing,
    )


def site_of(url: str | None) -> str:
    """The host of an address without `www.`; empty where there is none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_on(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)
