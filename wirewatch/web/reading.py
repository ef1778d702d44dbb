"""What the pages and the interface ask of the archive."""

from __future__ import annotations

from typing import Protocol

from news.alert import Alert
from news.query.packs import TermPacks
from news.source import Event
from storage.archive import DeliveryLine, SourceLine, Stored
from storage.database import Database


class Reads(Protocol):
    """The archive's questions, as far as they are asked here. Answers are snapshots; all of them block."""

    @property
    def database(self) -> Database: ...

    def packs(self) -> TermPacks: ...

    def latest(self, limit: int, cursor: int | None = None) -> list[Stored]: ...

    def release(self, release_id: int) -> Stored | None: ...

    def story(self, story_id: int) -> list[Stored]: ...

    def alerts(self, limit: int, cursor: int | None = None, *, release_id: int | None = None) -> list[Alert]: ...

    def deliveries(
        self, *, limit: int = 100, cursor: int | None = None, state: str | None = None, alert_id: int | None = None
    ) -> list[DeliveryLine]: ...

    def sources(self) -> list[SourceLine]: ...

    def events(self, after: int, limit: int = 500) -> list[Event]: ...

    def first_seq(self) -> int: ...

    def last_seq(self) -> int: ...

    def counts(self) -> dict[str, int]: ...
