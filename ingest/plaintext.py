"""A release as plain text: headline, subtitles, dateline, paragraphs, and whatever a site left under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.clipping import Block, Claim, Clipping, Shape
from ingest.closings import without_closing_lines
from ingest.datelines import split_dateline
from ingest.dates import Stamp, find_stamps, parse_stamp
from ingest.zones import is_tail, opens_zone
from news.release import Precision, StampSource

_PARAGRAPHS_MAX = 5_000
_HEAD_PARAGRAPHS_MAX = 15
_HEADLINE_CHARS_MAX = 400
_HEADLINE_PROSE_CHARS = 300
_WRAPPED_LINE_CHARS = 50
_LONG_LINE_CHARS = 110
_TITLE_CHARS_MAX = 80

_BULLET = re.compile(r"(?:[-•*·▪◦‣●■]|\d{1,2}[.)])\s+")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SLUGLINE = re.compile(
    r"(?:for )?immediate (?:release|distribution)\W*|(?:press|news|media) release\W*|share this article|\W+",
    re.IGNORECASE,
)
_PROVIDED = re.compile(r"news provided by\s*:?\s*(?P<issuer>.{2,120})?", re.IGNORECASE)


@dataclass(slots=True)
class _Head:
    """What stands above the dateline."""

    titles: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    issuer: str | None = None


def read_text(text: str, *, zone: str) -> Clipping | None:
    """Cut a plain text; None if there is nothing in it. `zone` is the clock of times that name none.

    A headline that stands twice is one headline.
    """
    paragraphs = list(_paragraphs(text))[:_PARAGRAPHS_MAX]
    if not paragraphs:
        return None
    opening = _opening(paragraphs)
    if opening is None:
        # What begins with prose has no headline of its own.
        opening = int(len(paragraphs[0]) <= _HEADLINE_PROSE_CHARS)
    head = _read_head(paragraphs[:opening], zone)
    rest = paragraphs[opening:]
    if not head.titles and rest:
        head.titles.append(_first_sentence(rest[0]))
    kept = without_closing_lines(rest, [is_tail(paragraph) or opens_zone(paragraph) for paragraph in rest])
    body = [paragraph for paragraph, stays in zip(rest, kept, strict=True) if stays]
    headline, *subtitles = head.titles or [""]
    return Clipping(
        headline=headline,
        subtitles=tuple(subtitles),
        blocks=tuple(_block(body, at) for at in range(len(body))),
        claims=tuple(head.claims),
        issuer=head.issuer,
    )


def _paragraphs(text: str) -> Iterator[str]:
    lines = [line.strip() for line in _LINE_END.sub("\n", text).split("\n")]
    spaced = "\n".join(lines).strip()
    # A text without a blank line has one paragraph on each line.
    groups = re.split(r"\n{2,}", spaced) if "\n\n" in spaced else spaced.split("\n")
    for group in groups:
        for piece in _at_datelines(group.split("\n")):
            paragraph = _unwrapped(piece)
            if paragraph:
                yield paragraph


def _at_datelines(lines: list[str]) -> Iterator[list[str]]:
    """Part lines before one that opens with a wire's dateline, and after one that is long enough for a paragraph."""
    piece: list[str] = []
    for line in lines:
        if piece and (_opens_release(line) or all(len(held) > _LONG_LINE_CHARS for held in piece)):
            yield piece
            piece = []
        piece.append(line)
    yield piece


def _unwrapped(lines: Sequence[str]) -> str:
    """Lines broken at a column are one paragraph; others (an address, a list) stay lines."""
    wrapped = len(lines) > 1 and all(len(line) >= _WRAPPED_LINE_CHARS for line in lines[:-1])
    bulleted = any(_BULLET.match(line) for line in lines[1:])
    return (" " if wrapped and not bulleted else "\n").join(line for line in lines if line)


def _opens_release(line: str) -> bool:
    found = split_dateline(line)
    return found is not None and found[0].wire is not None


def _opening(paragraphs: Sequence[str]) -> int | None:
    """Where the dateline stands: a wire's own anywhere near the top, else a place and day with a dash."""
    near_top = range(min(len(paragraphs), _HEAD_PARAGRAPHS_MAX))
    tagged = next((at for at in near_top if _opens_release(paragraphs[at])), None)
    if tagged is not None:
        return tagged
    return next((at for at in near_top if split_dateline(paragraphs[at])), None)


def _read_head(paragraphs: Sequence[str], zone: str) -> _Head:
    head = _Head()
    seen: set[str] = set()
    provider_next = False
    for line in _head_lines(paragraphs):
        stamp = _visible_stamp(line, zone)
        provided = _PROVIDED.fullmatch(line)
        if provider_next:
            head.issuer, provider_next = line, False
        elif provided:
            head.issuer, provider_next = provided["issuer"], not provided["issuer"]
        elif stamp is not None:
            head.claims.append(Claim(stamp=stamp, source=StampSource.VISIBLE))
        elif not _SLUGLINE.fullmatch(line) and _same(line) not in seen:
            seen.add(_same(line))
            head.titles.append(line[:_HEADLINE_CHARS_MAX])
    return head


def _head_lines(paragraphs: Sequence[str]) -> Iterator[str]:
    """The lines of the head; a headline broken in two goes on in small letters."""
    for paragraph in paragraphs:
        held = ""
        for line in paragraph.split("\n"):
            if held and len(held) >= _WRAPPED_LINE_CHARS and line[:1].islower():
                held = f"{held} {line}"
                continue
            if held:
                yield held
            held = line
        if held:
            yield held


def _visible_stamp(line: str, zone: str) -> Stamp | None:
    """A time of day on a line of its own. A bare day is often an event's, not the release's."""
    stamp = parse_stamp(line, default_zone=zone)
    if stamp is None and len(line) <= _TITLE_CHARS_MAX:
        stamp = next(find_stamps(line, default_zone=zone), None)
    return stamp if stamp is not None and stamp.precision is not Precision.DAY else None


def _same(line: str) -> str:
    return " ".join(line.casefold().split()).strip(" .!\"'“”‘’")


def _first_sentence(paragraph: str) -> str:
    found = split_dateline(paragraph)
    told = found[1] if found else paragraph
    return re.split(r"(?<=[.!?。])\s", told, maxsplit=1)[0][:_HEADLINE_CHARS_MAX]


def _block(paragraphs: Sequence[str], at: int) -> Block:
    text = paragraphs[at]
    lines = text.split("\n")
    if all(_BULLET.match(line) for line in lines):
        return Block(text="\n".join(_BULLET.sub("- ", line, count=1) for line in lines), shape=Shape.LIST)
    is_title = (
        at > 0
        and len(lines) == 1
        and len(text) <= _TITLE_CHARS_MAX
        and at + 1 < len(paragraphs)
        and not text.endswith((".", "!", "?", ",", ";", '"', "”", "。"))
    )
    return Block(text=text, shape=Shape.HEADING if is_title else Shape.PARAGRAPH)
