"""What is taken out of an agency's delivery, in either of its formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from ingest.clipping import Claim, Clipping
from ingest.dates import parse_stamp
from ingest.fragment import Fragment, read_nodes
from news.release import Precision, StampSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A text as an agency passed it on.

    `agency` is what it calls itself, if it says so, in small letters and with hyphens for blanks.
    """

    clipping: Clipping
    agency: str | None = None


def fragment_of(markup: str) -> Fragment:
    """The readable text of a piece of HTML that came in something else."""
    body = LexborHTMLParser(f"<!doctype html><html><body>{markup}</body></html>").body
    return read_nodes([body], drop="media") if body is not None else Fragment(blocks=())


def agency_claims(stamps: Iterable[str | None]) -> Iterator[Claim]:
    """The agency's own times, best first; one without a zone is UTC, and a day alone tells nothing."""
    for text in stamps:
        stamp = parse_stamp(text, default_zone="UTC") if text else None
        if stamp is not None and stamp.precision is not Precision.DAY:
            yield Claim(stamp=stamp, source=StampSource.META)
