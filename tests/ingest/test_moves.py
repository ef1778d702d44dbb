"""A redirect for good is a proposal until the feed proved itself at its new address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.answers import Fetched
from ingest.moves import GIVEN_UP_AFTER, after_failure, after_listing, asked_at
from news.source import MOVED_AFTER, Move, PollState, Source, SourceKind

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
OLD, NEW, OTHER = "https://wire.example/feed", "https://wire.example/new", "https://maintenance.example/feed"


def source(move: Move | None = None, *, url: str = OLD, seeded: bool = True, failures: int = 0) -> Source:
    state = PollState(next_poll_at=NOW, seeded=seeded, failures=failures, move=move or Move())
    return Source(
        id=1, name="s", wire="w", kind=SourceKind.FEED, url=url, interval_s=60, alert_seed=False, trusted=True,
        state=state,
    )  # fmt: skip


def answer(final: str, *, permanent: bool = True) -> Fetched:
    return Fetched(
        url=OLD, final_url=final, status=200, body=b"x", content_type="", etag=None, last_modified=None,
        fetched_at=NOW, permanent_redirect=permanent,
    )  # fmt: skip


def after(polls: list[tuple[Fetched, list[bool]]], begun: Source) -> Source:
    for got, known in polls:
        begun = replace(begun, state=replace(begun.state, move=after_listing(begun, got, known)))
    return begun


def test_it_is_adopted_after_so_many_good_answers_in_a_row_and_not_before() -> None:
    good = (answer(NEW), [True, False])
    nearly = after([good] * (MOVED_AFTER - 1), source())
    assert asked_at(nearly) == (OLD, True)
    adopted = after([good], nearly)
    assert asked_at(adopted) == (NEW, True)
    assert asked_at(after([(answer(NEW, permanent=False), [True])] * 3, adopted)) == (NEW, True)


def test_an_answer_from_the_old_address_takes_it_back() -> None:
    good = (answer(NEW), [True])
    nearly = after([good] * (MOVED_AFTER - 1), source())
    assert after([(answer(OLD, permanent=False), [True])], nearly).state.move == Move()


def test_another_sites_feed_is_never_adopted_however_long_it_stands_there() -> None:
    foreign = [(answer(OTHER), [False, False])] + [(answer(OTHER), [True, True])] * 100
    assert asked_at(after(foreign, source())) == (OLD, True)
    assert after(foreign, source()).state.move == Move(OTHER, 0), "it is shown all the same"


def test_an_answer_without_rows_or_for_now_proves_nothing() -> None:
    assert after([(answer(NEW), [])] * 100, source()).state.move == Move()
    assert after([(answer(NEW, permanent=False), [True])] * 100, source()).state.move == Move()


@pytest.mark.parametrize(("old", "new"), [(OLD, "http://wire.example/new"), ("https://user:pw@wire.example/feed", NEW)])
def test_a_move_loses_neither_encryption_nor_credentials(old: str, new: str) -> None:
    assert after([(answer(new), [True])] * 100, source(url=old)).state.move == Move()


def test_trust_stays_at_its_host() -> None:
    assert asked_at(source(Move("https://elsewhere.example/feed", MOVED_AFTER))) == (
        "https://elsewhere.example/feed",
        False,
    )
    assert asked_at(source(Move(NEW, MOVED_AFTER))) == (NEW, True)


def test_an_adopted_address_that_fails_is_given_up_for_the_one_that_was_configured() -> None:
    adopted = Move(NEW, MOVED_AFTER)
    assert after_failure(source(adopted, failures=GIVEN_UP_AFTER - 2).state) == adopted
    assert after_failure(source(adopted, failures=GIVEN_UP_AFTER - 1).state) == Move()
    assert after_failure(source(Move(NEW, 3), failures=50).state) == Move(NEW, 3)


@given(st.lists(st.tuples(st.sampled_from([OLD, NEW, OTHER]), st.booleans(), st.lists(st.booleans(), max_size=3))))
def test_what_is_adopted_was_proved_by_that_many_answers_of_its_own(
    polls: list[tuple[str, bool, list[bool]]],
) -> None:
    found = source()
    for n, (final, permanent, known) in enumerate(polls):
        found = after([(answer(final, permanent=permanent and final != OLD), known)], found)
        if found.state.move.adopted:
            mine = [k for f, p, k in polls[: n + 1] if f == found.state.move.to and p and any(k)]
            assert len(mine) >= MOVED_AFTER
