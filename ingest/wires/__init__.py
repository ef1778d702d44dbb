"""The wires by slug. A new one is a file beside this and a line below."""

from __future__ import annotations

from urllib.parse import urlsplit

from ingest.sheet import Sheet
from ingest.wires import businesswire, globenewswire, prnasia, prnewswire, uncoded, xinhua
from ingest.wires.wire import Wire

# PRWeb's tag begins with its sister's, so it stands first.
WIRES: dict[str, Wire] = {
    "prweb": prnewswire.PRWEB,
    "prnewswire": prnewswire.US,
    "prnewswire-uk": prnewswire.UK,
    "cnw": prnewswire.CANADA,
    "businesswire": businesswire.WIRE,
    "globenewswire": globenewswire.WIRE,
    "marketwired": uncoded.MARKETWIRED,
    "accesswire": uncoded.ACCESS_NEWSWIRE,
    "newsfile": uncoded.NEWSFILE,
    "newmediawire": uncoded.NEW_MEDIA_WIRE,
    "media-outreach": uncoded.MEDIA_OUTREACH,
    "einpresswire": uncoded.EIN_PRESSWIRE,
    "prnasia": prnasia.WIRE,
    "xinhua": xinhua.WIRE,
}


def by_host(url: str | None) -> Wire | None:
    """The wire on whose site `url` lies."""
    host = site_of(url)
    return next((wire for wire in WIRES.values() if _is_on(host, wire.hosts)), None)


def by_sign(sheet: Sheet) -> Wire | None:
    """The wire whose sign a page bears that does not say where it is from."""
    if sheet.url or sheet.canonical:
        return None
    return next((wire for wire in WIRES.values() if wire.sign and sheet.tree.css_first(wire.sign) is not None), None)


def site_of(url: str | None) -> str:
    """The host of an address without `www.`; empty where there is none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_on(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)
