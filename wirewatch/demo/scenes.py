"""What there is to tell of the demo, read from the archive's events as anybody could read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from news.alert import Alert
from news.release import Origin
from news.source import Event, EventType
from storage.archive import Archive, DeliveryLine, Stored
from wirewatch.demo.pages import Published

EVENTS_AT_ONCE = 500
_ARRIVALS = frozenset({EventType.RELEASE_STORED, EventType.RELEASE_REVISED, EventType.RELEASE_WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Seeded:
    """The first poll is done: so many entries were there already, and are now read without alerting."""

    entries: int


@dataclass(frozen=True, slots=True)
class OnTheWire:
    published: Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A release was stored; `alerts` were made in the same commit. `published` where the wire knows its address."""

    stored: Stored
    published: Published | None
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A delivery came to its end, well or not."""

    delivery: DeliveryLine
    alert: Alert
    published: Published | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The last delivery of an alert has settled (or, at the end of the demo, its time was up)."""

    alert: Alert
    deliveries: tuple[DeliveryLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The counts at the end. `duplicates` are messages that came twice."""

    releases: int
    alerts: int
    deliveries: int
    duplicates: int


Scene = Seeded | OnTheWire | Arrived | Settled | Told | Ending


class Follower:
    """Turns the events since the last look into scenes. Its methods block: they read the archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._seq = 0
        self._open: set[int] = set()

    @property
    def waiting(self) -> bool:
        """Whether an alert has deliveries that have not settled."""
        return bool(self._open)

    def look(self, published: Sequence[Published]) -> list[Scene]:
        """What happened since, in order; `published` is what the wire says of its releases."""
        events = self._archive.events(self._seq, EVENTS_AT_ONCE)
        by_url = {item.url: item for item in published}
        made = self._alerts(events)
        scenes: list[Scene] = []
        for event in events:
            self._seq = event.seq
            if event.type in _ARRIVALS:
                scenes += self._arrival(event.data["release"], made, by_url)
            elif event.type is EventType.DELIVERY_SETTLED:
                scenes += self._settlement(event, by_url)
        return scenes

    def unfinished(self) -> list[Scene]:
        """The alerts whose deliveries are still under way, as they stand."""
        return [scene for alert_id in sorted(self._open) for scene in self._told(alert_id)]

    def _alerts(self, events: Iterable[Event]) -> dict[int, list[Alert]]:
        """The alerts made in these events, by release: they stand in the commit of their release."""
        made: dict[int, list[Alert]] = {}
        for event in events:
            if event.type is EventType.ALERT_MADE and (alert := self._archive.alert(event.data["alert"])):
                made.setdefault(alert.release_id, []).append(alert)
                self._open.add(alert.id)
        return made

    def _arrival(self, release_id: int, made: dict[int, list[Alert]], by_url: dict[str, Published]) -> Iterable[Scene]:
        stored = self._archive.release(release_id)
        if stored is None or (stored.origin == Origin.SEED and release_id not in made):
            return
        alerts = tuple(sorted(made.get(release_id, ()), key=lambda alert: alert.id))
        yield Arrived(stored=stored, published=by_url.get(stored.release.url or ""), alerts=alerts)

    def _settlement(self, event: Event, by_url: dict[str, Published]) -> Iterable[Scene]:
        for alert_id in event.data["alerts"]:
            alert = self._archive.alert(alert_id)
            lines = self._archive.deliveries(alert_id=alert_id)
            line = next((line for line in lines if line.id == event.data["delivery"]), None)
            if alert is None or line is None:
                continue
            yield Settled(delivery=line, alert=alert, published=by_url.get(alert.release.url or ""))
            if alert_id in self._open and all(line.settled_at is not None for line in lines):
                self._open.discard(alert_id)
                yield from self._told(alert_id)

    def _told(self, alert_id: int) -> Iterable[Scene]:
        alert = self._archive.alert(alert_id)
        lines = sorted(self._archive.deliveries(alert_id=alert_id), key=lambda line: line.id)
        if alert is not None:
            yield Told(alert=alert, deliveries=tuple(lines))
