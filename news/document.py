"""A release made ready to be asked: its analysed terms by zone and its metadata by field."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from news.release import Release, Zone
from news.stemming import UNSTEMMED, analyzer_language
from news.text import ZoneTerms, analyze

ZONES: tuple[Zone, ...] = tuple(Zone)
WHOLE: frozenset[Zone] = frozenset(ZONES)
_BARE = len("  ")  # the line of a zone without terms
_NAME_WORDS_MAX = 16  # of an issuer or a place: enough for the longest registered names


class Window(NamedTuple):
    """The term positions `first` to `stop` (half-open) of one zone."""

    zone: Zone
    first: int
    stop: int


class Document:
    """A release as the evaluator, the rule index and the archive see it.

    What costs time (positions, offsets, unstemmed words) is worked out when first asked for and
    kept. One document belongs to one thread at a time.
    """

    def __init__(
        self, language: str, release: Release | Callable[[], Release], stored: Mapping[Zone, str] | None = None
    ) -> None:
        """Of a release, or of one that is read when something is asked that its terms do not tell."""
        self._release = release
        self.language = analyzer_language(language)
        # With a space on each side of every term: a run of terms is a piece of it.
        self._lines = None if stored is None else {zone: f" {stored.get(zone, '')} " for zone in ZONES}
        self._zones: dict[Zone, ZoneTerms] = {}
        self._places: dict[Zone, dict[str, list[int]]] = {}
        self._words: dict[Zone, list[str]] = {}
        self._vocabularies: dict[Zone, tuple[list[str], dict[str, list[int]]]] = {}
        self._fields: dict[str, frozenset[str]] = {}
        self._whole: tuple[Window, ...] | None = None
        self._lead: Window | None = None

    @property
    def release(self) -> Release:
        if not isinstance(self._release, Release):
            self._release = self._release()
        return self._release

    @property
    def published_at(self) -> datetime | None:
        return self.release.published_at

    def zone(self, zone: Zone) -> ZoneTerms:
        """The zone's terms and their offsets into the zone's string."""
        known = self._zones.get(zone)
        if known is None:
            known = self._zones[zone] = self._read(zone)
        return known

    def _read(self, zone: Zone) -> ZoneTerms:
        if self._lines is None:
            return analyze(self.release.zone(zone), self.language)
        return ZoneTerms(self.release.zone(zone), self._lines[zone].split())

    def length(self, zone: Zone) -> int:
        """How many terms the zone has."""
        if self._lines is None or zone in self._zones:
            return len(self.zone(zone).terms)
        line = self._lines[zone]
        return line.count(" ") - 1 if len(line) > _BARE else 0

    def standing(self, zone: Zone, run: Sequence[str]) -> Sequence[int]:
        """The positions at which these terms, at least one, stand side by side, ascending.

        Of stored terms nothing is worked out but this: most documents of a search are asked once.
        """
        if self._lines is not None and zone not in self._places:
            return _standing_in(self._lines[zone], run)
        places = self.places(zone)
        if len(run) == 1:
            return places.get(run[0], ())
        return list(self._side_by_side(zone, run))

    def _side_by_side(self, zone: Zone, run: Sequence[str]) -> Iterator[int]:
        """Looked for at the places of the rarest."""
        terms, places = self.zone(zone).terms, self.places(zone)
        standing = [places.get(term, ()) for term in run]
        if not all(standing):
            return
        rarest = min(standing, key=len)
        offset = standing.index(rarest)
        wanted = list(run)
        for position in rarest:
            at = position - offset
            if at >= 0 and terms[at : at + len(wanted)] == wanted:
                yield at

    def places(self, zone: Zone) -> dict[str, list[int]]:
        """Each term of the zone and the positions at which it stands, ascending."""
        known = self._places.get(zone)
        if known is None:
            known = self._places[zone] = _places_of(self.zone(zone).terms)
        return known

    def words(self, zone: Zone) -> list[str]:
        """The zone's words folded but not stemmed, position by position beside its terms."""
        known = self._words.get(zone)
        if known is None:
            known = self._words[zone] = self.zone(zone).unstemmed()
        return known

    def words_from(self, zone: Zone, prefix: str) -> Iterator[int]:
        """The positions of the zone's unstemmed words that begin with `prefix`, in no order."""
        if self._lines is not None:  # asked once: to sort its words would take longer
            yield from (at for at, word in enumerate(self.words(zone)) if word.startswith(prefix))
            return
        order, places = self._vocabulary(zone)
        for index in range(bisect_left(order, prefix), len(order)):
            if not order[index].startswith(prefix):
                return
            yield from places[order[index]]

    def forms(self) -> set[tuple[str, str]]:
        """(word folded but not stemmed, its term) of all words of all zones."""
        pairs: set[tuple[str, str]] = set()
        for zone, _, _ in self.whole():
            pairs.update(zip(self.words(zone), self.zone(zone).terms, strict=True))
        return pairs

    def _vocabulary(self, zone: Zone) -> tuple[list[str], dict[str, list[int]]]:
        known = self._vocabularies.get(zone)
        if known is None:
            places = _places_of(self.words(zone))
            known = self._vocabularies[zone] = sorted(places), places
        return known

    def whole(self) -> tuple[Window, ...]:
        """The zones that hold anything, each from its first term to its last."""
        if self._whole is None:
            lengths = ((zone, self.length(zone)) for zone in ZONES)
            self._whole = tuple(Window(zone, 0, length) for zone, length in lengths if length)
        return self._whole

    def lead(self) -> Window:
        """The lead as a window of the body."""
        if self._lead is None:
            self._lead = self._find_lead()
        return self._lead

    def _find_lead(self) -> Window:
        if self.release.lead_span is None:
            return Window(Zone.BODY, 0, 0)
        start, end = self.release.lead_span
        body = self.zone(Zone.BODY)
        within = [i for i, (s, e) in enumerate(zip(body.starts, body.ends, strict=True)) if start <= s and e <= end]
        return Window(Zone.BODY, within[0], within[-1] + 1) if within else Window(Zone.BODY, 0, 0)

    def offsets(self, zone: Zone) -> tuple[Sequence[int], Sequence[int]]:
        """Starts and ends of the zone's terms.

        Raises:
            ValueError: the stored terms are of another text or another version of the analyzer.
        """
        terms = self.zone(zone)
        starts, ends = terms.starts, terms.ends
        if len(starts) != len(terms.terms):
            raise ValueError(f"{zone}: {len(terms.terms)} stored terms, but the text has {len(starts)}")
        return starts, ends

    def stored_terms(self) -> dict[Zone, str]:
        """What an archive keeps: each zone's terms joined by single spaces."""
        return {zone: " ".join(self.zone(zone).terms) for zone in ZONES}

    def values(self, field: str) -> frozenset[str]:
        """Everything that a metadata clause `field:value` may name to find this release, folded."""
        known = self._fields.get(field)
        if known is None:
            known = self._fields[field] = frozenset(_values(self.release, field))
        return known


def _standing_in(line: str, run: Sequence[str]) -> list[int]:
    """Where the run stands in a line of terms, each with a space before and behind it."""
    wanted = f" {' '.join(run)} "
    found: list[int] = []
    position, counted = 0, 0
    at = line.find(wanted)
    while at >= 0:
        position += line.count(" ", counted, at)
        counted = at
        found.append(position)
        at = line.find(wanted, at + 1)
    return found


def _places_of(terms: Sequence[str]) -> dict[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for position, term in enumerate(terms):
        places[term].append(position)
    return dict(places)


def document(release: Release) -> Document:
    return Document(release.language, release)


def document_from_terms(release: Release, terms: Mapping[Zone, str]) -> Document:
    """The document whose `stored_terms` were `terms`; the text is analysed again only for spans."""
    return Document(release.language, release, terms)


def document_read_later(language: str, read: Callable[[], Release], terms: Mapping[Zone, str]) -> Document:
    """As `document_from_terms`, of a release that is read only if its terms do not tell what is asked."""
    return Document(language, read, terms)


def fold_value(field: str, value: str) -> str:
    """The form in which a field's values are compared: of names the words, else caseless text."""
    if field in _NAMES:
        return " ".join(analyze(value, UNSTEMMED).terms)
    return " ".join(value.casefold().split())


_NAMES = ("issuer", "place")


def _values(release: Release, field: str) -> Iterator[str]:
    match field:
        case "wire":
            yield fold_value(field, release.wire)
        case "kind":
            yield release.kind.value
        case "lang":
            yield from _broader(fold_value(field, release.language), "-")
        case "ticker":
            for ticker in release.tickers:
                folded = fold_value(field, ticker)
                yield folded
                yield folded.rpartition(":")[2].strip()
        case "topic":
            for topic in (*release.topics.raw, *release.topics.medtop):
                yield fold_value(field, topic)
        case "issuer":
            yield from _runs(release.issuer or "")
        case "place":
            yield from _places(release)


def _broader(value: str, separator: str) -> Iterator[str]:
    """`zh-hans-cn` is also `zh-hans` and `zh`."""
    while value:
        yield value
        value = value.rpartition(separator)[0]


def _places(release: Release) -> Iterator[str]:
    dateline = release.dateline
    if dateline is not None:
        for name in (dateline.place, dateline.city, dateline.region, dateline.country):
            yield from _runs(name or "")


def _runs(name: str) -> Iterator[str]:
    """Every run of words that stand side by side in a name."""
    words = analyze(name, UNSTEMMED).terms[:_NAME_WORDS_MAX]
    for first in range(len(words)):
        for stop in range(first + 1, len(words) + 1):
            yield " ".join(words[first:stop])
