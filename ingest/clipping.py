"""What a parser cuts out of a page, before it is taken apart into zones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.dates import Stamp
from news.release import StampSource


class Shape(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph, heading, list or table as readable text, without a blank line in it.

    `run_in` is the bold text that it begins with (`About Acme:`), empty if it begins plain.
    `links` are the addresses that it points to, as written.
    """

    text: str
    shape: Shape = Shape.PARAGRAPH
    run_in: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A time at which the page says that it was published, and which part of it says so."""

    stamp: Stamp
    source: StampSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """A release as its page shows it: the text in order, and what is said about it around the text.

    `blocks` begin with the dateline, if there is one, and may end in the wire's tail. `claims` come
    best first. `issuer` is what the page says around the text, None where only the text tells.

    A layout that sets them apart gives `dateline`, `boilerplate` and `contact` for themselves; they are then not among
    the blocks.
    """

    headline: str
    blocks: tuple[Block, ...]
    subtitles: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    url: str | None = None
    release_number: str | None = None
    issuer: str | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    dateline: str = ""
    boilerplate: tuple[Block, ...] = ()
    contact: tuple[Block, ...] = ()
