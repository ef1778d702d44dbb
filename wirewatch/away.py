"""The last absence in a sentence, for the dashboard and `doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from alerts.absence import WHY, stretch
from storage import absences
from storage.database import Database
from wirewatch.wording import counted

SHOWN_FOR = timedelta(hours=24)


def away_line(database: Database, now: datetime, zone: tzinfo | None = None, *, local: bool = False) -> str | None:
    """`Away 02:10–07:45 (the machine slept): 34 releases caught up, 3 alerts told together.`

    None if we were not away within the last day. Times are UTC, or `local` in `zone` (None: the machine's own).
    """
    with database.reading() as connection:
        found = absences.absences(connection, 1)
    if not found or found[0][0].back_at < now - SHOWN_FOR:
        return None
    absence, releases, alerts = found[0]
    told = f", {counted(alerts, 'alert')} told together" if alerts else ""
    when = stretch(absence, zone, local=local)
    return f"Away {when} ({WHY[absence.cause]}): {counted(releases, 'release')} caught up{told}."
