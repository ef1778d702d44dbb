"""What must hold at the end of a month, by the wire's own record. Each line of `broken` is a broken promise."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from benchmarks._month import START, Month
from benchmarks._month_watch import Lived
from benchmarks._month_wire import BARRED, NUMBER, Asked

# Between the answer that showed a row and the commit that says so: other commits, and the wait for a turn.
SOON_S = 5.0
GAP_S = 1.0
FLOOR_S = 20.0
BUDGET_S = 120.0
SHOWN_MAX = 5
_CLOCK_GRAIN_S = 1e-6


@dataclass(slots=True)
class Finding:
    """`late_s` by number, from the moment a release became readable to the moment it was stored."""

    figures: dict[str, Any] = field(default_factory=dict)
    late_s: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def expect(self, promise: str, strays: list[str]) -> None:
        """Nothing may stray from the promise."""
        if strays:
            shown = "; ".join(strays[:SHOWN_MAX]) + (" …" if len(strays) > SHOWN_MAX else "")
            self.broken.append(f"{promise}: {len(strays)} do not: {shown}")


@dataclass(frozen=True, slots=True)
class Stored:
    """`original`: neither a later text nor a copy, such as what a redesign moved to an address of another kind."""

    number: str
    id: int
    origin: str
    full: bool
    original: bool
    revises: int | None
    published_s: float | None
    seen_s: float
    stored_s: float


def examined(end: Lived) -> Finding:
    found = Finding()
    with closing(sqlite3.connect(end.database)) as connection:
        connection.row_factory = sqlite3.Row
        rows = _stored(connection)
        gaps = [dict(row) for row in connection.execute("SELECT * FROM gap ORDER BY id")]
        _all_stored(found, end.month, rows, connection)
        _ledger(found, end, gaps, rows)
        _alerts(found, end, rows, connection)
    _lateness(found, end, rows)
    _manners(found, end)
    return found


def _past(text: str) -> float:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - START).total_seconds()


def _clock(at_s: float) -> str:
    return f"{int(at_s // 86_400) + 1}d {at_s % 86_400 / 3_600:.3f}h"


def _stored(connection: sqlite3.Connection) -> list[Stored]:
    rows = connection.execute(
        "SELECT id, release_number, url, origin, completeness, verdict, revises, published_at, first_seen_at, "
        "stored_at FROM release ORDER BY stored_at, id"
    )
    found = []
    for row in rows:
        at = NUMBER.search(row["url"] or "")
        number = row["release_number"] or (at[1] if at else f"? {row['url']}")
        published_s = _past(row["published_at"]) if row["published_at"] else None
        full = row["completeness"] == "full"
        seen_s, stored_s = _past(row["first_seen_at"]), _past(row["stored_at"])
        original = row["revises"] is None and row["verdict"] != "copy"
        found.append(
            Stored(number, row["id"], row["origin"], full, original, row["revises"], published_s, seen_s, stored_s)
        )
    return found


def _all_stored(found: Finding, month: Month, rows: list[Stored], connection: sqlite3.Connection) -> None:
    first = Counter(row.number for row in rows if row.original)
    numbers = [each.number for each in month.publications]
    missed = [f"{each.number} of {_clock(each.at_s)}" for each in month.publications if not first[each.number]]
    found.figures |= {
        "missed": len(missed),
        "missed_share": round(len(missed) / len(numbers), 4),
        "missed_in_calm": sum(not first[number] for number in month.calm()),
        "by_origin": dict(Counter(row.origin for row in rows if row.original)),
        "revisions": sum(row.revises is not None for row in rows),
        "copies": sum(row.revises is None and not row.original for row in rows),
    }
    found.expect("every release is stored", missed)
    found.expect("each once", [f"{number} {n} times" for number, n in first.items() if n > 1])
    found.expect("each in full", [row.number for row in rows if not row.full and row.number in set(numbers)])
    open_ = connection.execute(
        "SELECT state, reason, url FROM entry WHERE state NOT IN ('stored') AND url NOT LIKE ?", (f"%{BARRED}%",)
    )
    found.expect("every entry has its release", [f"{row['state']} {row['reason']} {row['url']}" for row in open_])
    revised = {row.number for row in rows if row.revises is not None}
    # Where the first text was gone before anybody could read it, the other is the first.
    had = {row.number: row.stored_s for row in rows if row.original}
    for told in (True, False):
        seen = (each for each in month.corrections if had.get(each.release.number, month.end_s) < each.at_s)
        corrected = {each.release.number for each in seen if each.told is told}
        name = "corrections_told" if told else "corrections_silent"
        found.figures[name] = f"{len(corrected & revised)} of {len(corrected)} found"
        if told:
            found.expect("a told correction is a revision", sorted(corrected - revised))


def _ledger(found: Finding, end: Lived, gaps: list[dict[str, Any]], rows: list[Stored]) -> None:
    """Each release that no poll can have seen lies within a gap."""
    reads = [asked for asked in end.asked if asked.is_feed and asked.status == 200 and asked.whole]
    in_feed: set[str] = set().union(*(asked.shown for asked in reads))
    spans = [(_past(gap["opened_at"]), _past(gap["closed_at"])) for gap in gaps]
    unseen = [each for each in end.month.publications if each.number not in in_feed]
    strays = [
        f"{each.number} of {_clock(each.at_s)}"
        for each in unseen
        if not any(since - 1 <= each.at_s <= until + 1 for since, until in spans)
    ]
    left = [gap for gap in gaps if gap["state"] != "closed"]
    found.figures |= {
        "rolled_out_unseen": len(unseen),
        "gaps": len(gaps),
        "gaps_closed": len(gaps) - len(left),
        "gap_outcomes": dict(Counter(str(gap["outcome"]) for gap in gaps)),
        "gap_found": sum(gap["found"] for gap in gaps),
        "gap_hours": round(sum(until - since for since, until in spans) / 3_600, 1),
    }
    found.expect("what no poll saw lies within a gap", strays)
    found.expect("every gap is closed", [f"{gap['opened_at']} to {gap['closed_at']}: {gap['outcome']}" for gap in left])
    known = {row.number for row in rows}
    wrong = [each.number for each in unseen if each.number in known and _origin(rows, each.number) == "live"]
    found.figures["unseen_but_called_live"] = len(wrong)


def _origin(rows: list[Stored], number: str) -> str:
    return next(row.origin for row in rows if row.number == number)


def _alerts(found: Finding, end: Lived, rows: list[Stored], connection: sqlite3.Connection) -> None:
    number_of = {row.id: row.number for row in rows}
    first: Counter[str] = Counter()
    messages: Counter[int] = Counter(row[0] for row in connection.execute("SELECT alert_id FROM message_alert"))
    alerts = list(connection.execute("SELECT id, release_id, occasion FROM alert"))
    for row in alerts:
        if row["occasion"] == "first":
            first[number_of[row["release_id"]]] += 1
    wanted = end.month.alerting
    found.figures |= {
        "alerts": len(alerts),
        "alerts_first": sum(first.values()),
        "alerts_wanted": len(wanted),
        "messages": dict(Counter(row[0] for row in connection.execute("SELECT kind FROM message"))),
    }
    held = dict(connection.execute("SELECT release_id, reason FROM held").fetchall())
    why = {number_of[release]: reason for release, reason in held.items() if release in number_of}
    found.expect("every match alerts", [f"{n} {why.get(n, '')}" for n in sorted(wanted) if not first[n]])
    found.expect("once", [f"{n}: {times}" for n, times in first.items() if times > 1])
    found.expect("nothing else alerts", [n for n in first if n not in wanted])
    found.expect("an alert is told in one message", [str(row["id"]) for row in alerts if messages[row["id"]] != 1])
    sent = connection.execute("SELECT id, state, attempts, repeats FROM delivery")
    found.expect(
        "every message is delivered once",
        [
            f"{row['id']} {row['state']}"
            for row in sent
            if (row["state"], row["attempts"], row["repeats"]) != ("sent", 1, 0)
        ],
    )


def _lateness(found: Finding, end: Lived, rows: list[Stored]) -> None:
    """What we say of our lateness is what the wire's record says."""
    readable = {each.number: each for each in end.month.publications}
    polled_s: dict[str, float] = {}
    shown_s: dict[str, list[float]] = defaultdict(list)
    for asked in end.asked:
        for number in asked.shown:
            shown_s[number].append(asked.end_s)
            if asked.is_feed:
                polled_s.setdefault(number, asked.end_s)
    original = [row for row in rows if row.original and row.number in readable]
    for row in original:
        found.late_s[row.number] = row.stored_s - readable[row.number].at_s
    seen = [(row.number, _off_s(row, polled_s, shown_s)) for row in original]
    found.expect(
        "the time first seen is that of the answer",
        [f"{n} {off:.1f} s off" for n, off in seen if not -SOON_S <= off <= SOON_S],
    )
    changed = {each.release.number: each.at_s for each in end.month.corrections if each.told}
    stamps = [
        (row.number, row.published_s, readable[row.number].stamp_s // 60 * 60)
        for row in original
        if row.stored_s < changed.get(row.number, end.month.end_s)
    ]
    found.expect(
        "the stamp is the wire's",
        [f"{n} {is_} for {wanted}" for n, is_, wanted in stamps if is_ is None or abs(is_ - wanted) > 1],
    )
    found.expect("nothing is stored before it is readable", [n for n, late in found.late_s.items() if late < 0])
    live = [row for row in original if row.origin == "live"]
    ours = sum(row.stored_s - (row.published_s or 0.0) for row in live) / max(1, len(live))
    true = sum(found.late_s[row.number] for row in live) / max(1, len(live))
    found.figures["told_less_true_lateness_s"] = round(ours - true, 1)


def _off_s(row: Stored, polled_s: dict[str, float], shown_s: dict[str, list[float]]) -> float:
    """By how much the time first seen is not that of an answer: the first poll that showed it, or a page of a walk.

    A walk leaves to the polls what came after its gap; what rolled out before the next of them, another walk takes.
    """
    if row.origin == "live":
        return row.seen_s - polled_s.get(row.number, 0.0)
    return min((row.seen_s - at_s for at_s in shown_s[row.number]), key=abs, default=row.seen_s)


def _manners(found: Finding, end: Lived) -> None:
    asked = end.asked
    pairs = list(pairwise(asked))
    found.expect("one request at a time", [_clock(b.start_s) for a, b in pairs if b.start_s < a.end_s - _CLOCK_GRAIN_S])
    early = [
        f"{_clock(b.start_s)} {b.path[:30]} {b.start_s - a.end_s:.2f} s after {a.path[:30]}"
        for a, b in pairs
        if b.start_s - a.end_s < GAP_S - 1e-3
    ]
    found.expect("a second between two requests", early)
    found.expect("rest where it is asked for", list(_restless(asked)))
    found.expect("what robots.txt bars is not asked", [each.path for each in asked if each.path.startswith(BARRED)])
    feed = [each for each in asked if each.is_feed]
    found.expect("a known feed is asked conditionally", list(_unconditional(feed)))
    found.expect("a known page is asked conditionally", list(_pages_unconditional(asked)))
    quick = [_clock(b.start_s) for a, b in pairwise(feed) if b.start_s - a.start_s < FLOOR_S - 1]
    found.expect("no poll below the floor", quick)
    budget = end.up_s / BUDGET_S
    found.figures |= {
        "polls": len(feed),
        "polls_vs_budget": round(len(feed) / budget, 3),
        "requests": len(asked),
        "not_modified": sum(each.status == 304 for each in feed),
        "troubles": dict(
            sorted(Counter(str(each.status) for each in asked if each.status not in {200, 304, 301}).items())
        ),
        "pages_asked": sum(bool(NUMBER.search(each.path)) for each in asked),
        "requests_for_others": dict(_kinds(asked)),
    }
    found.expect(
        "no more polls than the budget has", [f"{len(feed)} of {budget:.0f}"] if len(feed) > 1.02 * budget + 20 else []
    )


def _kinds(asked: list[Asked]) -> Counter[str]:
    return Counter(each.path for each in asked if not NUMBER.search(each.path) and not each.is_feed)


def _restless(asked: list[Asked]) -> list[str]:
    until_s: dict[str, float] = defaultdict(float)
    strays = []
    for each in asked:
        if each.start_s < until_s[each.host] - 1.0:
            strays.append(f"{each.path[:40]} {until_s[each.host] - each.start_s:.0f} s early at {_clock(each.start_s)}")
        if each.status in {429, 503} and each.rest_s:
            until_s[each.host] = max(until_s[each.host], each.end_s + each.rest_s)
    return strays


def _unconditional(feed: list[Asked]) -> list[str]:
    """Polls that did not send the tag of the last feed that came whole."""
    last: str | None = None
    strays = []
    for each in feed:
        if last is not None and each.etag_sent != last:
            strays.append(f"{_clock(each.start_s)} sent {each.etag_sent}")
        if each.status == 200 and each.whole and each.etag:
            last = each.etag
    return strays


def _pages_unconditional(asked: list[Asked]) -> list[str]:
    """Requests without a tag for pages that came whole, with one, from the same address before.

    What a redirect led to belongs to the address that was asked for.
    """
    tagged: set[str] = set()
    strays: list[str] = []
    # By number: the address that was sent on. Requests for other pages come in between.
    led_from: dict[str, str] = {}
    for each in asked:
        number = NUMBER.search(each.path)
        if number is None:
            continue
        address = led_from.pop(number[1], f"{each.path}?{each.query}")
        if each.status in {301, 302, 307, 308}:
            led_from[number[1]] = address
        if address in tagged and each.etag_sent is None:
            strays.append(f"{address} {_clock(each.start_s)}")
        if each.status == 200 and each.whole and each.etag:
            tagged.add(address)
    return strays
