"""The keys that a channel of every kind has: the zone of those whom it reaches, and their quiet hours."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alerts.timing import Hours
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


class HoursSettings(BaseModel):
    """`quiet` are stretches such as `22:00-07:00` or `sat-sun` on the clock of `zone`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    quiet: Annotated[
        tuple[Annotated[str, AfterValidator(_quiet)], ...], BeforeValidator(one_or_more), Field(max_length=QUIET_MAX)
    ] = ()

    def hours(self) -> Hours:
        return Hours(zone=ZoneInfo(self.zone), quiet=tuple(map(read_quiet, self.quiet)))
