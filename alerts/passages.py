"""The sentences that hold what matched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alerts.plain import ELLIPSIS, cut, one_line, visible
from news.alert import MatchedText
from news.release import Release, Span, Zone

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？｡]+[」』”’）]*|\n\s*\n")
_LINE_END = re.compile(r"\n")
# Words that end in a full stop and seldom end a sentence. A missed boundary gives a longer excerpt, a false one cuts a
# name in two.
_ABBREVIATIONS = frozenset(
    re.split(
        r"\s+",
        """inc corp ltd co llc plc no nos vs mr mrs ms dr prof st jr sr dept est approx fig vol ed gen gov sen rep lt
        col rev jan feb mar apr jun jul aug sep sept oct nov dec ala ariz ark calif colo conn del fla ga ill ind kan ky
        la mass md mich minn miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo e.g i.e u.s u.k u.n a.m p.m
        etc al bzw ca nr dipl ing""",
    )
)
_LAST_WORD = re.compile(r"(?<![\w.])([^\W_](?:[\w.]*\w)?)\.$")
_LINED = frozenset({Zone.SUBTITLE, Zone.CONTACT})
_LOOKBACK = 24
_REACH = 2_000

Piece = tuple[str, bool]
"""A stretch of an excerpt, and whether it is what matched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """One sentence (or a window of a long one) and the hits in it, cleaned for showing.

    `zone` is the zone's name, `lead` for the part of the body that is the lead.
    """

    zone: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces).strip()

    @property
    def hits(self) -> int:
        return sum(hit for _, hit in self.pieces)


def passages(release: Release, spans: Sequence[Span]) -> tuple[str, ...]:
    """The sentences that hold `spans`, in order, once each, white space as single spaces.

    A match without spans (metadata alone) is about the release as a whole: its passage is the lead.
    """
    if not spans:
        return (_spaced(release.lead),) if release.lead else ()
    found: dict[str, None] = {}
    for zone, start, end in spans:
        text = release.zone(zone)
        left, right = _around(text, start, end, lined=zone in _LINED)
        found[_spaced(text[left:right])] = None
    return tuple(found)


def sentences(release: Release) -> frozenset[str]:
    """All sentences of the release, white space as single spaces; and the lead as a whole."""
    found = {_spaced(release.lead)}
    for zone in Zone:
        text = release.zone(zone)
        found.update(_spaced(text[start:end]) for start, end in _split(text, lined=zone in _LINED))
    return frozenset(found)


def excerpts(
    release: Release, matched: Iterable[MatchedText], *, count_max: int = 6, chars_max: int = 320
) -> tuple[tuple[Excerpt, ...], int]:
    """What matched, within its sentences, and how many matched stretches are not shown.

    Stretches in one sentence share its excerpt; a sentence beyond `chars_max` is shown as a window around the first.
    One whose offsets no longer fit the release's text is shown by itself.
    """
    groups = _grouped(release, matched)
    shown = tuple(_excerpt(release, window, hits, chars_max) for window, hits in groups[:count_max])
    return shown, sum(len(hits) for _, hits in groups[count_max:])


def excerpt(release: Release, spans: Sequence[Span], *, chars_max: int = 500) -> str:
    """The first passage that says more than the headline, else the lead, else the headline; at most `chars_max`."""
    told = sorted(spans, key=lambda span: span.zone not in {Zone.BODY, Zone.SUBTITLE})
    beyond = [span for span in told if span.zone not in {Zone.HEADLINE, Zone.DATELINE}]
    text = _windowed(release, beyond[0], chars_max) if beyond else release.lead[: chars_max * 8]
    return one_line(text, chars_max) or one_line(release.headline, chars_max)


def _windowed(release: Release, span: Span, chars_max: int) -> str:
    zone, start, end = span
    text = release.zone(zone)
    window = _around(text, start, end, lined=zone in _LINED, reach=_REACH)
    left, right = _window(text, window, (start, end), chars_max - 2 * len(ELLIPSIS))
    return f"{ELLIPSIS if left > window[0] else ''}{text[left:right]}{ELLIPSIS if right < window[1] else ''}"


_Window = tuple[Zone, int, int] | None


def _grouped(release: Release, matched: Iterable[MatchedText]) -> list[tuple[_Window, list[MatchedText]]]:
    groups: list[tuple[_Window, list[MatchedText]]] = []
    for hit in matched:
        text = release.zone(hit.zone)
        if text[hit.start : hit.end] != hit.text or not hit.text:
            groups.append((None, [hit]))
            continue
        last = groups[-1][0] if groups else None
        if last and last[0] == hit.zone and last[1] <= hit.start and hit.end <= last[2]:
            groups[-1][1].append(hit)
            continue
        groups.append(((hit.zone, *_around(text, hit.start, hit.end, lined=hit.zone in _LINED, reach=_REACH)), [hit]))
    return groups


def _excerpt(release: Release, window: _Window, hits: list[MatchedText], chars_max: int) -> Excerpt:
    if window is None:
        return Excerpt(zone=hits[0].zone.value, pieces=((cut(visible(hits[0].text), chars_max), True),))
    zone, left, right = window
    text = release.zone(zone)
    start, end = _window(text, (left, right), (hits[0].start, hits[0].end), chars_max)
    pieces = [(ELLIPSIS, False)] if start > left else []
    at = start
    for hit in hits:
        if hit.end > end:
            break
        pieces += [(visible(text[at : hit.start]), False), (visible(text[hit.start : hit.end]), True)]
        at = hit.end
    pieces += [(visible(text[at:end]), False)]
    pieces += [(ELLIPSIS, False)] if end < right else []
    return Excerpt(zone=_zone_name(release, zone, hits[0]), pieces=tuple(piece for piece in pieces if piece[0]))


def _zone_name(release: Release, zone: Zone, hit: MatchedText) -> str:
    lead = release.lead_span
    in_lead = zone is Zone.BODY and lead is not None and lead[0] <= hit.start < lead[1]
    return "lead" if in_lead else zone.value


def _window(text: str, sentence: tuple[int, int], hit: tuple[int, int], chars_max: int) -> tuple[int, int]:
    """The part of a sentence to show: all of it, or about `chars_max` characters around the hit, between words."""
    left, right = sentence
    if right - left <= chars_max:
        return sentence
    spare = max(chars_max - (hit[1] - hit[0]), 0)
    start = max(left, min(hit[0] - spare // 3, right - chars_max))
    end = min(right, max(start + chars_max, start))
    if start > left:
        space = text.find(" ", start, hit[0])
        start = space + 1 if 0 <= space < start + 20 else start
    if end < right:
        space = text.rfind(" ", min(hit[1], end), end)
        end = space if space > end - 20 else end
    return start, max(end, min(hit[1], start + chars_max))


def _around(text: str, start: int, end: int, *, lined: bool, reach: int | None = None) -> tuple[int, int]:
    """The sentence, or the sentences, that [start, end) lies in, without the white space around.

    `reach`: look no further than so many characters to either side, where only a window will be shown.
    """
    low = 0 if reach is None else max(0, start - reach)
    high = len(text) if reach is None else end + reach
    left = text.rfind("\n\n", low, start)
    left = low if left < 0 else left + 2
    right = text.find("\n\n", end, high)
    right = min(len(text), high) if right < 0 else right
    first, last = left, right
    for a, b in _split(text[left:right], lined=lined):
        if left + a <= start:
            first = left + a
        if left + b >= end:
            last = left + b
            break
    return min(first, start), max(last, end)


def _split(text: str, *, lined: bool) -> Iterator[tuple[int, int]]:
    """The sentences of `text` as offsets, blank ones left out; `lined`: every line ends one, too."""
    start = 0
    ends = sorted({m.end() for m in _END.finditer(text) if not _abbreviated(text, m)})
    if lined:
        ends = sorted({*ends, *(m.end() for m in _LINE_END.finditer(text))})
    for end in [*ends, len(text)]:
        piece = text[start:end]
        if stripped := piece.strip():
            at = start + len(piece) - len(piece.lstrip())
            yield at, at + len(stripped)
        start = end


def _abbreviated(text: str, end: re.Match[str]) -> bool:
    if end.group() != ".":
        return False
    word = _LAST_WORD.search(text, max(0, end.end() - _LOOKBACK), end.end())
    if word is None:
        return False
    # One letter is an initial; one or two digits are a day or a place in a list ("zum 1. Januar", "2. The").
    short = len(word.group(1)) <= (2 if word.group(1).isdigit() else 1)
    return short or word.group(1).lower() in _ABBREVIATIONS


def _spaced(text: str) -> str:
    return " ".join(text.split())
