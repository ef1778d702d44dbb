"""Releases sorted into stories in memory: the verdicts of the store commit without a store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.dedupe import verdict
from ingest.fingerprint import fingerprint
from ingest.translation import edition, other_language
from news.document import document
from news.release import Release
from news.verdict import Candidate, Completes, Copy, Fingerprint, Joins, New, Revision, Same, Translation, Verdict
from storage.candidates import COMMON_MIN, COPY_WINDOW, VERSION_WINDOW, WINDOW, most_shared

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Held:
    """A release in memory. `number` is its place in the order given, its id for the verdict."""

    release: Release
    known_by: Fingerprint
    story: int
    revises: int | None = None

    @property
    def at(self) -> datetime:
        return self.release.published_at or _UNDATED


@dataclass(slots=True)
class Partition:
    """Stories as they grow. Releases without a date are compared with all, as are those of their time."""

    _held: list[_Held] = field(default_factory=list)
    _by_key: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_anchor: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _verdicts: list[Verdict] = field(default_factory=list)

    def add(self, release: Release) -> Verdict:
        """What the release is to those added before."""
        known_by = fingerprint(release, document(release).stored_terms())
        number = len(self._held)
        held = _Held(release, known_by, story=number)
        found = verdict(release, known_by, self._candidates(held))
        match found:
            case Copy(of=of) | Translation(of=of) | Same(of=of):
                held.story = self._held[of].story
            case Completes(of=of, joins=joins):
                held.story = self._join([self._held[each].story for each in (of, *joins)])
            case Revision(of=of, joins=joins):
                held.story = self._join([self._held[each].story for each in (of, *joins)])
                held.revises = of
            case Joins(of=of):
                held.story = self._join([self._held[each].story for each in of])
            case New():
                pass
        self._held.append(held)
        self._verdicts.append(found)
        if isinstance(found, Completes):
            self._held[found.of] = replace(held, story=held.story)
        for key in known_by.keys:
            self._by_key[key].append(number)
        for anchor in (*known_by.anchors, *known_by.marks):
            self._by_anchor[anchor].append(number)
        return found

    def told(self, ids: Sequence[Any]) -> list[dict[str, Any]]:
        """One object a release in the order added; `ids` are what they are called."""
        return [
            {
                "id": ids[number],
                "verdict": type(found).__name__.lower(),
                "of": [ids[of] for of in _of(found)],
                "story": ids[self._held[number].story],
                "why": getattr(found, "why", None),
                **({"related": ids[found.related]} if isinstance(found, New) and found.related is not None else {}),
            }
            for number, found in enumerate(self._verdicts)
        ]

    def _candidates(self, held: _Held) -> list[Candidate]:
        shared: defaultdict[int, set[str]] = defaultdict(set)
        for key in held.known_by.keys:
            for number in self._by_key.get(key, ()):
                if not key.startswith("text:") or abs(self._held[number].at - held.at) <= WINDOW:
                    shared[number].add(key)
        known_by = held.known_by
        anchored = self._sharing(known_by.anchors, held, COPY_WINDOW)
        named = self._sharing(known_by.replacing, held, COPY_WINDOW)
        marked = {
            number
            for number in self._marked(held)
            if other_language(edition(held.release), edition(self._held[number].release))
        }
        numbers = sorted(shared.keys() | anchored.keys() | named.keys() | marked)
        return [
            self._candidate(number, frozenset(shared.get(number, ())), anchored.get(number, 0)) for number in numbers
        ]

    def _marked(self, held: _Held) -> set[int]:
        known_by = held.known_by
        found = set(self._sharing(known_by.marks + known_by.own_marks, held, VERSION_WINDOW))
        for address in known_by.versions:
            found.update(self._by_key.get(f"url:{address}", ()))
        return found

    def _sharing(self, anchors: Sequence[int], held: _Held, within: timedelta) -> dict[int, int]:
        shared: Counter[int] = Counter()
        for anchor in anchors:
            near = [each for each in self._by_anchor.get(anchor, ()) if abs(self._held[each].at - held.at) <= within]
            if len(near) < COMMON_MIN:
                shared.update(near)
        return most_shared(shared)

    def _candidate(self, number: int, keys: frozenset[str], anchors: int) -> Candidate:
        held = self._held[number]
        release = held.release
        return Candidate(
            id=number,
            story=held.story,
            wire=release.wire,
            revises=held.revises,
            keys=keys,
            anchors=anchors,
            number=f"number:{release.wire}:{release.release_number}" if release.release_number else None,
            content=held.known_by.content,
            completeness=release.completeness,
            published_at=release.published_at,
            order_at=held.at,
            text=f"{release.headline}\n\n{release.body}",
            kind=release.kind,
            edition=edition(release),
        )

    def _join(self, stories: Sequence[int]) -> int:
        kept, others = min(stories), set(stories)
        for held in self._held:
            if held.story in others:
                held.story = kept
        return kept


def _of(found: Verdict) -> tuple[int, ...]:
    match found:
        case Joins(of=of):
            return of
        case New():
            return ()
        case _:
            return (found.of,)
