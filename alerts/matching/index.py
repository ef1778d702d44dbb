"""The index itself: what is asked of a release, and how the parts stand together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from alerts.matching.filing import Filer
from alerts.matching.forms import form_of
from alerts.matching.found import Found, found_in
from alerts.matching.keys import Ids, Ints, distinct
from alerts.matching.ledger import Ledger
from alerts.matching.lexicon import ALWAYS, Lexicon
from alerts.matching.marks import Marks, Spans
from alerts.matching.roster import Roster, RuleId
from alerts.matching.rows import Rows
from alerts.matching.segment import Recent, Segment
from alerts.matching.shares import Shares
from news.alert import Match
from news.document import Document, document
from news.query import Query, QueryError, evaluate, parse
from news.query.packs import PACKS, TermPacks
from news.release import Release

_RECENT_MIN = 2_000  # rows: below this a merge is not worth its while
_RECENT_SHARE = 32  # a merge comes when one in so many rows is recent, or gone
_UNUSED_SHARE = 2  # a merge drops the features that no rule uses when they are half of all or more
_PARSED_MAX = 4_000  # queries that the evaluator is asked for, remembered as trees: some 8 MB


class WatchedRule(Protocol):
    """What the index needs to know of a rule. Whether it is paused is its owner's affair."""

    @property
    def id(self) -> RuleId: ...

    @property
    def query(self) -> str: ...


class _Tried(NamedTuple):
    """What the rows say of one release.

    `plain`: slots proved by one feature, and how many by each of `found.numbers`. `checked`: rows,
    those of them that are true, and those that the evaluator must be asked about.
    """

    found: Found
    plain: tuple[Ids, Ints]
    checked: tuple[tuple[Rows, Ints, Ints], ...]

    def sure(self) -> Ids:
        return np.concatenate((self.plain[0], *(rows.slot[true] for rows, true, _ in self.checked)))

    def asked(self) -> Ids:
        return np.concatenate([rows.slot[asked] for rows, _, asked in self.checked])

    def had(self) -> tuple[Ids, Ints]:
        """Pairs of a slot that is sure and a feature that makes it so."""
        slots, counts = self.plain
        pairs = [(slots, np.repeat(self.found.numbers, counts)), *(rows.had(true) for rows, true, _ in self.checked)]
        return np.concatenate([slot for slot, _ in pairs]), np.concatenate([number for _, number in pairs])


class RuleIndex:
    """The rules that watch, ready to be asked by the release. Not for several threads at once.

    `frequencies` gives the share of releases (0 to 1) that hold a term; terms not in it are judged by
    their length. It bears on speed alone. `packs` are those that `@name` asks for.

    Raises:
        QueryError: a rule's query cannot be understood or names a date; a note names the rule.
    """

    def __init__(
        self,
        rules: Iterable[WatchedRule] = (),
        frequencies: Mapping[str, float] | None = None,
        packs: TermPacks = PACKS,
    ) -> None:
        self._shares = Shares(frequencies or {})
        self._packs = packs
        self._lexicon = Lexicon()
        self._filer = Filer(self._lexicon, self._shares)
        self._roster = Roster()
        self._recent = Recent()
        self._segment = Segment(Ledger().rows())
        self._present = np.zeros(0, np.uint8)  # by feature, 1 while a release that has it is asked about
        for rule in rules:
            self.add(rule)
        self._settle()

    def __len__(self) -> int:
        return len(self._roster)

    def __contains__(self, rule_id: RuleId) -> bool:
        return rule_id in self._roster

    def use(self, packs: TermPacks) -> None:
        """Read queries with these packs from now on. A rule that names one which changed is to be added anew."""
        self._packs = packs

    def add(self, rule: WatchedRule) -> None:
        """File a rule; one of the same id is replaced. Nothing changes if the query is in error."""
        try:
            form, runs = form_of(rule.query, self._shares, self._packs)
        except QueryError as error:
            error.add_note(f"rule {rule.id}")
            raise
        if rule.id in self._roster:
            self.remove(rule.id)
        slot = self._roster.enter(rule.id, rule.query, is_spanned=form.is_spanned)
        self._filer.enter(form, runs, slot, self._recent.ledger)

    def remove(self, rule_id: RuleId) -> None:
        """Forget a rule.

        Raises:
            KeyError: there is none of that id.
        """
        self._roster.strike(rule_id)
        if self._roster.gone > max(_RECENT_MIN, len(self._roster)):  # nobody may ask for long
            self._settle()

    def match(self, asked: Release | Document) -> list[Match]:
        """All rules that are true of the release, by ascending id, with exact spans."""
        ready = asked if isinstance(asked, Document) else document(asked)
        tried = self._try(ready)
        slots, evaluated = self._true(tried, ready)
        spans = self._marked(tried, ready) | evaluated
        for slot in slots.tolist():
            if slot not in spans:
                spans[slot] = self._evaluated(slot, ready) or ()
        return [Match(rule_id=rule_id, spans=spans[slot]) for rule_id, slot in self._roster.ordered(slots)]

    def matching(self, asked: Release | Document) -> list[RuleId]:
        """The ids of `match` without the cost of spans."""
        ready = asked if isinstance(asked, Document) else document(asked)
        slots, _ = self._true(self._try(ready), ready)
        return self._roster.ids(slots)

    def _try(self, ready: Document) -> _Tried:
        self._settle()
        found = found_in(ready, self._lexicon)
        if len(self._present) < len(self._lexicon):
            self._present = np.zeros(len(self._lexicon) * 5 // 4, np.uint8)
        present = self._present
        present[found.numbers] = 1
        try:
            checked = (self._segment.checked(present, found), self._recent.checked(present, found))
        finally:
            present[found.numbers] = 0
        return _Tried(found, self._segment.plainly(found.numbers), checked)

    def _true(self, tried: _Tried, ready: Document) -> tuple[Ids, dict[int, Spans]]:
        """The slots of the rules that are true, and the spans of those that were evaluated for it."""
        sure, asked = tried.sure(), tried.asked()
        sure = distinct(self._roster.standing(sure))
        if not len(asked):
            return sure, {}
        unsure = set(self._roster.standing(asked).tolist()).difference(sure.tolist())
        spans = {slot: found for slot in unsure if (found := self._evaluated(slot, ready)) is not None}
        return np.append(sure, np.array([*spans], np.int32)), spans

    def _evaluated(self, slot: int, ready: Document) -> Spans | None:
        match = evaluate(_parsed(self._roster.text(slot), self._packs), ready)
        return None if match is None else match.spans

    def _marked(self, tried: _Tried, ready: Document) -> dict[int, Spans]:
        """The spans of the rules that features alone explain."""
        numbers: dict[int, set[int]] = {}
        slots, had = tried.had()
        kept = self._roster.spanned(slots)
        for slot, number in zip(slots[kept].tolist(), had[kept].tolist(), strict=True):
            numbers.setdefault(slot, set()).add(number)
        marks = Marks(ready, tried.found, self._lexicon)
        return {slot: marks.spans(tuple(sorted(these))) for slot, these in numbers.items()}

    def _settle(self) -> None:
        """Make the rules added since ready to be found, merging them into the rest if they are many."""
        changes = max(len(self._recent), self._roster.gone)
        if changes > max(_RECENT_MIN, len(self._segment) // _RECENT_SHARE):
            self._merge()
        self._recent.file()

    def _merge(self) -> None:
        rows = self._segment.rows().joined(self._recent.rows())
        rows = rows.picked(np.flatnonzero(self._roster.stands(rows.slot)))
        rows = self._without_unused(rows)
        self._segment, self._recent = Segment(rows), Recent()
        self._roster.free()

    def _without_unused(self, rows: Rows) -> Rows:
        used = np.union1d(rows.features(), ALWAYS)
        self._lexicon.forget_placeless(used)
        if len(used) * _UNUSED_SHARE > len(self._lexicon):
            return rows
        return rows.renumbered(self._lexicon.keep(used))


@lru_cache(maxsize=_PARSED_MAX)
def _parsed(text: str, packs: TermPacks) -> Query:
    return parse(text, packs)
