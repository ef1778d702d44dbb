"""Under `/api/v1`: when nobody watched, and what the operator was told."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from alerts.channels.webhook_body import notice_data
from news.alert import Absence
from news.release import iso
from storage import absences, notices
from wirewatch.web.parameters import Cursor, Limit
from wirewatch.web.reading import Reads


def add_watch(routes: APIRouter, reads: Reads) -> None:
    @routes.get("/absences")
    def gone(limit: Limit = 20) -> dict[str, Any]:
        """The newest stretches in which nobody watched, with what came of them."""
        with reads.database.reading() as connection:
            found = absences.absences(connection, limit)
        return {"items": [absence_json(*each) for each in found]}

    @routes.get("/notices")
    def told(limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
        """The newest notices to the operator: the webhook's `data`, and how many deliveries of each were sent."""
        with reads.database.reading() as connection:
            found = notices.notices(connection, limit, cursor)
        items = [notice_json(line) for line in found]
        return {"items": items, "next_cursor": items[-1]["id"] if len(items) == limit else None}


def absence_json(absence: Absence, releases: int, alerts: int) -> dict[str, Any]:
    return {
        "gone_at": iso(absence.gone_at),
        "back_at": iso(absence.back_at),
        "cause": absence.cause.value,
        "caught_up": releases,
        "told_together": alerts,
    }


def notice_json(line: notices.NoticeLine) -> dict[str, Any]:
    told = {"id": line.id, "at": iso(line.at), "type": line.notice.type.value, **notice_data(line.notice)}
    return told | {"deliveries": line.deliveries, "sent": line.sent}
