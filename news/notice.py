"""What the operator is told, and the readers never: that a source is in trouble, or out of it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from news.source import IncidentKind


class NoticeType(StrEnum):
    """What a notice is about; also the `type` of its webhook."""

    DOWN = "source.down"
    UP = "source.up"
    GAP = "source.gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An incident of one source, from `since` until `until`, None while it lasts. `detail` is for people."""

    source: str
    kind: IncidentKind
    since: datetime
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to the operator: what happened in a sentence, and the sources it is about.

    `advice` says what to do, and is empty where there is nothing.
    """

    type: NoticeType
    subject: str
    sentence: str
    advice: str
    troubles: tuple[Trouble, ...]
