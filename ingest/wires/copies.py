"""Texts as news agencies deliver them: NITF (XML) and ninjs (JSON), both standards of the IPTC.

Agencies pass on wires' releases among their own stories; what such a copy says of the wire goes before what the agency
says of itself: its address and number, and when the wire published it (`PUB:`), which the agency's own time is after.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.clipping import Claim, Clipping
from ingest.dates import parse_stamp
from ingest.wires.businesswire import address_parts, told
from ingest.wires.copied import Copied
from ingest.wires.ninjs import read_ninjs
from ingest.wires.nitf import read_nitf
from news.release import StampSource

_SNIFFED_CHARS = 4_096
_NITF = re.compile(r"<nitf[\s>]", re.IGNORECASE)
_NINJS = re.compile(r'"(?:body_\w{1,20}|bodies)"\s*:')
_WIRES_CLOCK = "America/New_York"
_PUBLISHED = re.compile(r"PUB:\s*(?P<at>\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2} [AP]M)\s*/\s*DISC:.{0,40}")
_ORIGINAL = re.compile(r"https?://[\w.]*/news/home/\d{14}(?:/[\w%.,-]{1,200})*/?")


def read_copy(text: str) -> Copied | None:
    """What an NITF or ninjs document holds; None for anything else, and for one that holds no text."""
    beginning = text[:_SNIFFED_CHARS].lstrip()
    copied = None
    if beginning.startswith("<") and _NITF.search(beginning):
        copied = read_nitf(text)
    elif beginning.startswith(("{", "[")) and _NINJS.search(text):
        copied = read_ninjs(text)
    return replace(copied, clipping=_original(copied.clipping)) if copied else None


def _original(clipping: Clipping) -> Clipping:
    """The copy as the wire published it, where it says so in its tail."""
    blocks, claims = told(clipping.blocks), clipping.claims
    for block in reversed(blocks):
        match = _PUBLISHED.fullmatch(block.text)
        stamp = parse_stamp(match["at"], default_zone=_WIRES_CLOCK) if match else None
        if stamp is not None:
            claims = (Claim(stamp=stamp, source=StampSource.VISIBLE), *claims)
            break
    address = next((match[0] for block in reversed(blocks) if (match := _ORIGINAL.search(block.text))), None)
    number, language = address_parts(address or clipping.url) or (None, None)
    return replace(
        clipping,
        blocks=blocks,
        claims=claims,
        url=address or clipping.url,
        release_number=number or clipping.release_number,
        language=clipping.language or language,
    )
