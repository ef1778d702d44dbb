"""Whether a source slips: its releases are seen too late, or its pages are read worse than they were. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import comb

# Of 100 releases so many are to be seen within the objective; an incident ends a little above, so that it ends once.
SHARE_WANTED = 0.95
SHARE_MENDED = 0.97
WINDOW = timedelta(days=1)
RELEASES_MIN = 20

# A field that was had in a share of the past releases and is now missing so much more often, beyond chance; as long
# as it is still missing somewhat more often, it is not mended.
DROP_MIN = 0.3
DROP_LEFT = 0.15
CHANCE_MAX = 0.0001
# What is compared: the newest releases of a week with those of the four weeks before.
RECENT_MAX = 40
RECENT = timedelta(days=7)
BEFORE = timedelta(days=28)
# Of a wire with fewer: the releases of its newest days, at least so many, with all of a year before them.
FEW_BEFORE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How many of `n` releases were seen within the objective."""

    within: int
    n: int

    @property
    def share(self) -> float:
        return self.within / self.n if self.n else 1.0


def lateness(late_s: Sequence[float], objective_s: float) -> Lateness:
    """`late_s`: seconds from each stamp until it was seen; what a skewed clock makes negative is in time."""
    return Lateness(sum(late <= objective_s for late in late_s), len(late_s))


def is_late(found: Lateness, *, was: bool) -> bool:
    """Whether an objective is missed. Of fewer than `RELEASES_MIN` releases nothing is told: it stays as it was."""
    if found.n < RELEASES_MIN:
        return was
    return found.share < (SHARE_MENDED if was else SHARE_WANTED)


@dataclass(frozen=True, slots=True)
class Fill:
    """Of `n` releases, how many have each field."""

    n: int
    having: Mapping[str, int]

    def share(self, field: str) -> float:
        return self.having.get(field, 0) / self.n if self.n else 0.0

    def without(self, other: Fill) -> Fill:
        """These releases less those of `other`, which are among them."""
        return Fill(self.n - other.n, {name: k - other.having.get(name, 0) for name, k in self.having.items()})


@dataclass(frozen=True, slots=True)
class Least:
    """From how many releases on something is told of them."""

    before: int
    recent: int


MANY = Least(before=100, recent=20)
FEW = Least(before=15, recent=5)


@dataclass(frozen=True, slots=True)
class Drop:
    field: str
    before: float
    recent: float


def drops(before: Fill, recent: Fill, *, was: bool = False, least: Least = MANY) -> tuple[Drop, ...]:
    """The fields that recent releases lack though those before had them: what a redesigned page looks like.

    `was`: it was noticed before, and is looked at until it is mended.
    """
    if before.n < least.before or recent.n < least.recent:
        return ()
    found = (Drop(name, before.share(name), recent.share(name)) for name in before.having)
    return tuple(drop for drop in found if _counts(drop, before, recent, was=was))


def _counts(drop: Drop, before: Fill, recent: Fill, *, was: bool) -> bool:
    lost = drop.before - drop.recent
    if was:
        return lost >= DROP_LEFT
    return lost >= DROP_MIN and _chance(before, recent, drop.field) < CHANCE_MAX


def _chance(before: Fill, recent: Fill, field: str) -> float:
    """How likely so few of the recent ones have the field, if those that have it lie anywhere among all.

    Fisher's exact test, one-sided: it bears small numbers.
    """
    k = recent.having.get(field, 0)
    every, having = before.n + recent.n, before.having.get(field, 0) + k
    ways = sum(comb(having, i) * comb(every - having, recent.n - i) for i in range(k + 1))
    return ways / comb(every, recent.n)
