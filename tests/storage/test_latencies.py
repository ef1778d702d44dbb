"""Every figure of lateness is what a naive count over the same releases and alerts says, on both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelf import NOW, a_rule, add_source, alert_of, release, store
from sqlalchemy import select, update

from news.release import Origin, Precision
from news.verdict import Revision
from storage.archive import Archive
from storage.fills import filled, filled_lately
from storage.latencies import (
    Spread,
    channel_latencies,
    lately_seen,
    releases_seen,
    source_latencies,
    spread,
)
from storage.outbox import Address, queue
from storage.tables import ALERT, DELIVERY, MESSAGE

DAYS = 7
SINCE = NOW - timedelta(days=DAYS)


def naive(waits: Sequence[float], share: float) -> float | None:
    """The shortest wait that so many of the waits do not exceed."""
    some = [wait for wait in waits if wait >= 0]
    return min((w for w in some if sum(x <= w for x in some) >= share * len(some) - 1e-9), default=None)


def naive_spread(waits: Iterable[float]) -> Spread:
    every = list(waits)
    some = [wait for wait in every if wait >= 0]
    return Spread(
        n=len(some),
        p50=naive(every, 0.5),
        p95=naive(every, 0.95),
        p99=naive(every, 0.99),
        worst=max(some, default=None),
        negative=len(every) - len(some),
    )


@given(st.lists(st.floats(-1e5, 1e6), max_size=150))
def test_percentiles_are_those_of_nearest_rank_and_negative_waits_stand_apart(waits: list[float]) -> None:
    assert spread(waits) == naive_spread(waits)


def test_of_a_single_wait_all_are_that_one() -> None:
    assert spread([3.0]) == Spread(n=1, p50=3, p95=3, p99=3, worst=3)
    assert spread([-1.0]) == Spread(negative=1)
    assert spread([]) == Spread()


class Oracle:
    """All that was stored, remembered plainly."""

    def __init__(self, archive: Archive, seed: int) -> None:
        self.archive = archive
        self.draw = random.Random(seed)  # noqa: S311 - a simulation
        self.sources = [add_source(archive, name).id for name in ("one", "two")]
        self.rule = a_rule(archive, channels=("mail", "hook"))
        self.seen: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []

    def fill(self, count: int) -> None:
        for n in range(count):
            self._one(n)

    def _one(self, n: int) -> None:
        draw = self.draw
        stamp = NOW - timedelta(seconds=draw.randrange(int(timedelta(days=DAYS + 3).total_seconds())))
        seen = min(NOW, stamp + timedelta(seconds=draw.choice([-90, 0, 5, 40, 600, 9_000, 400_000])))
        precision = draw.choice([*Precision, Precision.SECOND])
        stamped = None if draw.random() < 0.1 else stamp
        origin = draw.choice([Origin.LIVE, Origin.LIVE, Origin.LIVE, Origin.GAP, Origin.SEED, Origin.HISTORY])
        source = draw.choice([*self.sources, None])
        stored = seen + timedelta(seconds=draw.random() * 30)
        verdict = None
        if self.seen and draw.random() < 0.1:
            verdict = Revision(self.seen[0]["id"], stale=True)
        kept = store(
            self.archive,
            release(f"Plant No. {n}", published_at=stamped, time_precision=precision),
            verdict,
            origin=origin,
            source_id=source,
            seen=seen,
            now=stored,
        )
        clear = stamped if precision is not Precision.DAY else None
        row = {
            "id": kept.release_id,
            "source": source,
            "origin": origin,
            "revision": verdict is not None,
            "filed": max(min(stamped or seen, seen), datetime(1970, 1, 1, tzinfo=NOW.tzinfo)),
            "late": None if clear is None else (seen - clear).total_seconds(),
            "stored": (stored - seen).total_seconds(),
            "seen": seen,
        }
        self.seen.append(row)
        if draw.random() < 0.5:
            self._tell(row, kept, clear, stored)

    def _tell(self, row: dict[str, Any], kept: Any, clear: datetime | None, stored: datetime) -> None:
        draw = self.draw
        occasion = draw.choice(["first", "first", "first", f"revision:{kept.release_id}"])
        matched = stored + timedelta(seconds=draw.random())
        alert = alert_of(kept, self.rule, occasion=occasion, story_id=kept.release_id)
        addresses = [
            Address(channel=name, recipient="x", key=f"{kept.release_id}{name}", thread="t")
            for name in ("mail", "hook")
        ]
        with self.archive.writing(matched) as work:
            id_ = queue(work, alert, addresses, due_at=matched)
        kind = draw.choice(["single", "single", "digest"])
        with self.archive.database.writing() as connection:
            times = {"stamped_at": clear, "stored_at": stored, "matched_at": matched}
            connection.execute(update(ALERT).where(ALERT.c.id == id_).values(**times))
            rows = connection.execute(
                select(DELIVERY.c.id, DELIVERY.c.channel, DELIVERY.c.message_id).order_by(DELIVERY.c.id.desc()).limit(2)
            ).all()
            connection.execute(update(MESSAGE).where(MESSAGE.c.id == rows[0].message_id).values(kind=kind))
            deliveries = []
            for each in rows:
                state = draw.choice(["sent", "sent", "dead", "due"])
                settled = matched + timedelta(seconds=draw.random() * 100) if state != "due" else None
                change = {"state": state, "settled_at": settled}
                connection.execute(update(DELIVERY).where(DELIVERY.c.id == each.id).values(**change))
                deliveries.append((each.channel, state, settled))
        told = {"row": row, "occasion": occasion, "stored": stored, "matched": matched, "clear": clear, "kind": kind}
        self.told.append({**told, "deliveries": deliveries})

    def watched(self, source: int) -> list[dict[str, Any]]:
        return [
            row
            for row in self.seen
            if row["source"] == source
            and row["filed"] >= SINCE
            and row["origin"] in {Origin.LIVE, Origin.GAP}
            and not row["revision"]
        ]

    def alerts(self) -> list[dict[str, Any]]:
        return [
            told
            for told in self.told
            if told["matched"] >= SINCE
            and told["occasion"] == "first"
            and told["row"]["origin"] in {Origin.LIVE, Origin.GAP}
        ]


@pytest.fixture
def seed() -> int:
    drawn = random.randrange(10**6)  # noqa: S311 - a simulation
    print("seed", drawn)  # noqa: T201 - shown where a test fails
    return drawn


def test_the_figures_of_sources_are_those_of_a_naive_count(archive: Archive, seed: int) -> None:
    oracle = Oracle(archive, seed)
    oracle.fill(80)
    with archive.database.reading() as connection:
        every = source_latencies(connection, since=SINCE)
        for source in oracle.sources:
            mine = every[source]
            rows = oracle.watched(source)
            assert (mine.releases, mine.unstamped, mine.missed) == (
                len(rows),
                sum(row["late"] is None for row in rows),
                sum(row["origin"] is Origin.GAP for row in rows),
            ), f"seed {seed}"
            others = [row for row in oracle.seen if row["source"] == source and row["filed"] >= SINCE]
            assert mine.revisions == sum(row["revision"] for row in others)
            assert mine.releases + mine.revisions + mine.apart == len(others)
            spreads = mine.spreads()
            assert spreads["stamp_to_seen"] == naive_spread(r["late"] for r in rows if r["late"] is not None)
            assert spreads["seen_to_stored"] == naive_spread(row["stored"] for row in rows)
            told = [each for each in oracle.alerts() if each["row"]["source"] == source]
            waits = [(each["matched"] - each["stored"]).total_seconds() for each in told]
            assert spreads["stored_to_matched"] == naive_spread(waits)
            assert spreads["matched_to_delivered"] == naive_spread(sent_after(told, "matched")), f"seed {seed}"
            assert spreads["stamp_to_delivered"] == naive_spread(sent_after(told, "clear"))
            alone = source_latencies(connection, since=SINCE, source_id=source)
            assert {id_: one.spreads() for id_, one in alone.items()} == {source: spreads}


def sent_after(told: Iterable[dict[str, Any]], since: str, channel: str | None = None) -> list[float]:
    return [
        (settled - each[since]).total_seconds()
        for each in told
        for name, state, settled in each["deliveries"]
        if state == "sent" and each["kind"] == "single" and each[since] is not None and channel in {None, name}
    ]


def test_the_figures_of_channels_are_those_of_a_naive_count(archive: Archive, seed: int) -> None:
    oracle = Oracle(archive, seed)
    oracle.fill(60)
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in oracle.alerts():
        for name, state, _ in each["deliveries"]:
            counted[name][state] += 1
            counted[name]["gathered"] += state == "sent" and each["kind"] == "digest"
    with archive.database.reading() as connection:
        found = channel_latencies(connection, since=SINCE)
    assert set(found) == set(counted)
    for name, mine in found.items():
        of = counted[name]
        assert (mine.sent, mine.dead, mine.waiting, mine.gathered) == (
            of["sent"],
            of["dead"],
            of["due"],
            of["gathered"],
        ), f"seed {seed}"
        assert mine.spreads()["matched_to_delivered"] == naive_spread(sent_after(oracle.alerts(), "matched", name))
        assert mine.spreads()["stamp_to_delivered"] == naive_spread(sent_after(oracle.alerts(), "clear", name))


def test_what_was_found_late_counts_when_it_was_found(archive: Archive) -> None:
    source = add_source(archive).id
    hour = timedelta(hours=1)
    store(archive, release("Found in a gap", published_at=NOW - 50 * hour), origin=Origin.GAP, source_id=source)
    store(archive, release("Live", published_at=NOW - hour), seen=NOW - hour, source_id=source)
    store(archive, release("Seen before", published_at=NOW - 30 * hour), seen=NOW - 30 * hour, source_id=source)
    with archive.database.reading() as connection:
        lately = [row.late_s for row in lately_seen(connection, since=NOW - 24 * hour)]
        filed = [row.late_s for row in releases_seen(connection, since=NOW - 24 * hour)]
    assert lately == [0, 180_000]
    assert filed == [0]


def test_fill_rates_count_what_each_release_has(archive: Archive) -> None:
    one, two = add_source(archive, "one").id, add_source(archive, "two").id
    whole = {"issuer": "Acme", "tickers": ("NASDAQ:ACME",), "language": "en"}
    for n, more in enumerate([{"time_precision": Precision.DAY}, {"body": "", "language": "und"}, whole, whole]):
        at = NOW - timedelta(hours=3 - n)
        store(archive, release(f"No. {n}", published_at=at, **more), seen=at, source_id=one)
    store(archive, release("Two", body='It said "tickers": ["X"].', published_at=NOW), source_id=two)
    since, until = NOW - timedelta(days=1), NOW + timedelta(seconds=1)
    with archive.database.reading() as connection:
        every = filled(connection, since=since, until=until)
        lately = filled_lately(connection, since=since, until=until, each=2)
        early = filled(connection, since=since, until=NOW - timedelta(hours=1), source_id=one)
        nobody = filled(connection, since=since, until=until, source_id=99)
    names = ("body", "issuer", "tickers", "language", "precise time")
    assert (every[one].n, [every[one].having[name] for name in names]) == (4, [3, 2, 2, 3, 3])
    assert (every[two].n, [every[two].having[name] for name in names]) == (1, [1, 0, 0, 1, 1])
    assert (lately[one].n, [lately[one].having[name] for name in names]) == (2, [2, 2, 2, 2, 2])
    assert ({id_: one.n for id_, one in early.items()}, nobody) == ({one: 2}, {})
