"""An absence of ours in words."""

from __future__ import annotations

from datetime import UTC, tzinfo

from alerts.stations import day_words
from news.alert import Absence, AbsenceCause

WHY = {
    AbsenceCause.STOPPED: "the daemon did not run",
    AbsenceCause.ASLEEP: "the machine slept",
    AbsenceCause.HELD_UP: "the daemon was held up",
}


def stretch(absence: Absence, zone: tzinfo | None = None, *, local: bool = False) -> str:
    """`02:10–07:45 UTC` where that was within a day, else with its days; both to the minute.

    `local` tells it in `zone` (None: the machine's own), without the zone's name.
    """
    in_zone = zone if local else UTC
    gone, back = absence.gone_at.astimezone(in_zone), absence.back_at.astimezone(in_zone)
    name = "" if local else " UTC"
    if gone.date() == back.date():
        return f"{gone:%H:%M}–{back:%H:%M}{name}"
    return f"{day_words(gone.date())}, {gone:%H:%M} – {day_words(back.date())}, {back:%H:%M}{name}"
