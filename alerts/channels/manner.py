"""The keys that a channel of every kind has: the zone of those whom it reaches, their quiet hours, how much at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alerts.timing import ANY_TIME, Hours
from config.fields import one_or_more
from news.schedule import read_quiet

QUIET_MAX = 20


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; write one such as Europe/Berlin") from None
    return value


def _quiet(value: str) -> str:
    read_quiet(value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How those whom a channel reaches want to be told. `each_rule`: of a release that several rules are true of, by
    each of them alone; else in one message.
    """

    hours: Hours = ANY_TIME
    each_rule: bool = False


class MannerSettings(BaseModel):
    """`quiet` are stretches such as `22:00-07:00` or `sat-sun` on the clock of `zone`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    quiet: Annotated[
        tuple[Annotated[str, AfterValidator(_quiet)], ...], BeforeValidator(one_or_more), Field(max_length=QUIET_MAX)
    ] = ()
    each_rule: bool | None = None

    def manner(self, *, each_rule: bool) -> Manner:
        """`each_rule` is what holds for the kind where nothing is said."""
        hours = Hours(zone=ZoneInfo(self.zone), quiet=tuple(map(read_quiet, self.quiet)))
        return Manner(hours=hours, each_rule=each_rule if self.each_rule is None else self.each_rule)
