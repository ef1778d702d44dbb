"""What polls say of a source's health: told once as it begins, once as it ends, and not at every hiccup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.health import (
    DAYS_KEPT,
    Memory,
    Poll,
    Trouble,
    judge,
    memory_from,
    newest_first,
    outcomes,
    stored_memory,
)
from news.source import IncidentKind, Listed

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
DOWN, BLOCKED, EMPTY, OLD, STALE = (
    IncidentKind.DOWN,
    IncidentKind.BLOCKED,
    IncidentKind.EMPTY,
    IncidentKind.OLD_COPY,
    IncidentKind.STALE,
)


class Watched:
    """A source polled every minute; what it told is kept as `+kind` and `-kind`, with the number of the poll."""

    def __init__(self, *open_: IncidentKind) -> None:
        self.memory, self.open, self.told, self.polls = Memory(), set(open_), [], 0
        self.shown: set[str] = set()
        self.ended: list[tuple[IncidentKind, int]] = []
        self.details: list[str] = []

    def poll(self, what: str) -> Watched:
        """`t` timeout, `f` 403, `w` wall, `-` 304, `0` nothing shown, `a-e` the rows named, newest first."""
        for word in what.split():
            self.polls += 1
            recent = {kind: sum(k is kind for k, at in self.ended if self.polls - at < 1440) for kind in IncidentKind}
            found = judge(self.memory, self._as_poll(word), open_=frozenset(self.open), recent=recent)
            self.memory = memory_from(json.loads(json.dumps(stored_memory(found.memory))))
            for kind in found.ends:
                self.open.remove(kind)
                self.ended.append((kind, self.polls))
                self.told.append(f"-{kind.value}@{self.polls}")
            for trouble in found.begins:
                if trouble.kind not in self.open:
                    self._begin(trouble)
        return self

    def _begin(self, trouble: Trouble) -> None:
        self.open.add(trouble.kind)
        self.told.append(f"+{trouble.kind.value}@{self.polls}")
        self.details.append(trouble.detail)

    def _as_poll(self, word: str) -> Poll:
        at = NOW + timedelta(minutes=self.polls)
        failures = {"t": "timeout", "f": "forbidden", "w": "blocked", "r": "robots"}
        if word in failures:
            return Poll(at=at, outcome=failures[word], detail=f"{failures[word]}: why", good=False)
        if word == "-":
            return Poll(at=at, outcome="not modified", detail="not modified", good=True)
        rows = () if word == "0" else tuple(word)
        new = len(set(rows) - self.shown)
        self.shown |= set(rows)
        return Poll(at=at, outcome="read", detail="ok", good=True, rows=rows, new=new)


def told(what: str) -> list[str]:
    return Watched().poll(what).told


def test_three_failures_in_a_row_are_told_once_and_their_end_once() -> None:
    assert told("cba t t t t t - -") == ["+down@4", "-down@7"]
    assert told("cba t t - t t - t t -") == []


def test_what_was_not_asked_for_the_sake_of_manners_says_nothing_of_a_source() -> None:
    memory = Memory()
    for kept_from in ("resting", "over-budget", "busy"):
        for _ in range(5):
            found = judge(memory, Poll(at=NOW, outcome=kept_from, detail="", good=False), open_=frozenset())
            assert not found.begins
            memory = found.memory
    assert memory.failing == 0


def test_behind_an_open_circuit_a_source_is_down_once_it_gave_nothing_for_long() -> None:
    memory = Memory()
    for minutes, begins in ((1, ()), (2, ()), (3, ()), (9, ()), (10, (DOWN,))):
        silent = timedelta(minutes=minutes)
        poll = Poll(at=NOW, outcome="circuit-open", detail="circuit-open", good=False, silent=silent)
        found = judge(memory, poll, open_=frozenset())
        assert tuple(trouble.kind for trouble in found.begins) == begins, minutes
        memory = found.memory


def test_who_turns_us_away_is_told_as_that_and_not_as_down_as_well() -> None:
    assert told("cba f - w -") == []
    assert told("cba f w f f f t t dcba") == ["+blocked@3", "-blocked@9"]
    assert told("cba r r") == ["+blocked@3"]
    assert told("cba t f t f f f") == ["+down@4"]


def test_an_outage_is_not_over_while_nothing_is_shown() -> None:
    assert told("cba t t t 0 0 cba") == ["+down@4", "+empty@6", "-down@7", "-empty@7"]


def test_a_well_formed_answer_with_nothing_in_it_is_told_where_it_usually_shows_something() -> None:
    assert told("cba 0 cba 0 cba") == [], "one empty answer is a hiccup"
    assert told("cba 0 0 0 - cba") == ["+empty@3", "-empty@6"]
    assert told("cba 0 - - dcba") == ["+empty@3", "-empty@5"], "a 304 vouches for the empty answer"
    assert told("0 0 0 - -") == [], "it never showed anything"


def test_a_source_that_is_empty_every_night_is_soon_no_longer_told() -> None:
    watched = Watched()
    for _ in range(5):
        watched.poll("cba " * 40 + "0 " * 20)
    assert [line.split("@")[0] for line in watched.told] == ["+empty", "-empty"]


def test_an_old_copy_is_told_at_once_where_several_rows_are_gone() -> None:
    watched = Watched().poll("cba dcba edcb cba")
    assert watched.told == ["+old-copy@4"]
    assert watched.details == [
        "it answers with an old copy: the 2 newest rows that it showed are gone since 2026-03-02 14:33 UTC"
    ]
    assert watched.poll("- - cba fedc").told == ["+old-copy@4", "-old-copy@8"]


def test_of_one_row_that_is_gone_the_next_poll_must_say_so_too() -> None:
    assert told("cba dcba cba dcba") == []
    assert told("cba dcba cba -") == ["+old-copy@4"]


def test_two_machines_that_answer_in_turn_are_told_once() -> None:
    assert told("cba edcba " + "cba edcba " * 20) == ["+old-copy@3"]
    assert told("cba edcba cba edcba - -") == ["+old-copy@3", "-old-copy@6"]


def test_a_window_that_rolled_over_or_shrank_is_no_old_copy() -> None:
    assert told("cba fed ihg ih i") == []
    assert told("cba bca cab") == [], "neither is another order"


def test_flapping_is_told_less_and_less() -> None:
    watched = Watched().poll("cba " + "t t t cba " * 6)
    assert watched.told == ["+down@4", "-down@5", "+down@8"], "from then on it was never well twice in a row"
    assert watched.poll("- -").told[-1] == "-down@26"


def test_silence_ends_with_the_next_new_row_only() -> None:
    assert Watched(STALE).poll("cba").told == ["-stale@1"]
    watched = Watched().poll("cba")
    watched.open.add(STALE)
    assert watched.poll("- cba t - cba").told == []
    assert watched.poll("dcb").told == ["-stale@7"]


WORDS = st.sampled_from(["t", "f", "w", "-", "0", "cba", "dcb", "edc", "fed", "gfe"])


@given(st.lists(WORDS, max_size=60))
def test_each_incident_begins_before_it_ends_and_a_long_health_ends_them_all(words: Iterable[str]) -> None:
    watched = Watched().poll("cba").poll(" ".join(words))
    for kind in (DOWN, BLOCKED, EMPTY, OLD):
        signs = [line[0] for line in watched.told if line[1:].startswith(f"{kind.value}@")]
        assert signs == ["+", "-"] * (len(signs) // 2) + ["+"] * (len(signs) % 2)
    assert not {DOWN, BLOCKED} <= watched.open
    assert watched.poll("zyx " + "- " * 5).open == set()


def test_polls_are_counted_by_day_and_outcome_and_forgotten() -> None:
    memory = Memory()
    for day in range(DAYS_KEPT + 10):
        at = NOW + timedelta(days=day)
        for poll in polls_of_a_day(at):
            memory = judge(memory, poll, open_=frozenset()).memory
    assert len(memory.days) == DAYS_KEPT
    last = NOW + timedelta(days=DAYS_KEPT + 9)
    assert outcomes(memory, days=7, now=last) == {"not modified": 14, "timeout": 7}
    assert outcomes(memory, days=1, now=last) == {"not modified": 2, "timeout": 1}
    assert list(outcomes(memory, days=7, now=last)) == ["not modified", "timeout"]


def polls_of_a_day(at: datetime) -> Iterator[Poll]:
    yield Poll(at=at, outcome="timeout", detail="timeout: x", good=False)
    yield from [Poll(at=at, outcome="not modified", detail="not modified", good=True)] * 2


def test_what_another_version_remembered_is_left_aside() -> None:
    assert memory_from(None) == memory_from({}) == Memory()
    assert memory_from({"top": ["a"], "dreams": 3}) == Memory(top=("a",))


def test_rows_go_by_their_stamps_then_as_they_stood() -> None:
    stamps = [None, NOW - timedelta(hours=1), NOW, None, NOW]
    rows = [Listed(url=None, guid=None, title="x", stamp=stamp) for stamp in stamps]
    assert newest_first(rows, list("abcde")) == tuple("cebad")
