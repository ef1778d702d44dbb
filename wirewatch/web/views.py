"""What a page shows, in words and ready to print: times told in a zone, texts cleaned, matches cut out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from alerts.passages import Excerpt, Piece, excerpts
from alerts.plain import one_line, visible
from alerts.stations import day_words, span_words
from alerts.view import label, web_address
from news.alert import Alert
from news.release import Completeness, Kind, Origin, Precision, Release, Zone, iso
from storage.archive import DeliveryLine, Stored

HEADLINE_CHARS = 300
EXCERPTS = 4
_MINUTE_S = 60
_ORIGINS = {Origin.SEED.value: "from the first poll", Origin.GAP.value: "found later", Origin.FILE.value: "from a file"}
_ZONES_BELOW = (Zone.BOILERPLATE, Zone.CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as it is read: `text` in the page's zone, `iso` and `utc` for machines and for the hover."""

    text: str
    iso: str
    utc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """One release of the list. `badges` say what is not ordinary about it."""

    id: int
    headline: str
    issuer: str
    wire: str
    tickers: tuple[str, ...]
    language: str
    stamp: Moment
    badges: tuple[str, ...]
    story_id: int
    in_story_of_another: bool
    alerted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChip:
    channel: str
    recipient: str
    state: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCard:
    """One alert: why it fired, in which sentences, how late, and what became of its messages."""

    id: int
    rule: str
    query: str
    label: str
    release_id: int
    headline: str
    issuer: str
    wire: str
    made: Moment
    stamp: Moment
    lateness: str
    excerpts: tuple[Excerpt, ...]
    excerpts_left: int
    deliveries: tuple[DeliveryChip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    row: ReleaseRow
    subtitles: tuple[tuple[Piece, ...], ...]
    headline: tuple[Piece, ...]
    dateline: tuple[Piece, ...]
    body: tuple[tuple[Piece, ...], ...]
    boilerplate: tuple[tuple[Piece, ...], ...]
    contact: tuple[tuple[Piece, ...], ...]
    url: str | None
    number: str
    seen: Moment
    stored: Moment
    revises: int | None
    superseded_by: int | None


def moment(at: datetime, zone: tzinfo | None, *, today: datetime) -> Moment:
    """`14:03:07` for a time of today in `zone` (None: the machine's own), else with its day."""
    local, here = at.astimezone(zone), today.astimezone(zone)
    text = f"{local:%H:%M:%S}" if local.date() == here.date() else f"{day_words(local.date())}, {local:%H:%M}"
    return Moment(text=text, iso=iso(at) or "", utc=f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")


def stamp(release: Release, first_seen_at: datetime, zone: tzinfo | None, *, today: datetime) -> Moment:
    """The wire's own stamp, as exactly as it is known; where there is none, when it was first seen."""
    at = release.published_at
    if at is None:
        return moment(first_seen_at, zone, today=today)
    if release.time_precision is Precision.DAY:
        words = day_words(at.astimezone(UTC).date())
        return Moment(text=words, iso=at.astimezone(UTC).date().isoformat(), utc=f"{words}; the wire gives no time")
    told = moment(at, zone, today=today)
    if release.time_precision is Precision.MINUTE and told.text.count(":") > 1:
        return Moment(text=told.text[:5], iso=told.iso, utc=told.utc)
    return told


def release_row(stored: Stored, zone: tzinfo | None, *, now: datetime, alerted: bool) -> ReleaseRow:
    release = stored.release
    return ReleaseRow(
        id=stored.id,
        headline=one_line(release.headline, HEADLINE_CHARS) or "(no headline)",
        issuer=one_line(release.issuer or "", 80),
        wire=one_line(release.wire, 40),
        tickers=tuple(one_line(ticker, 24) for ticker in release.tickers[:4]),
        language=release.language if release.language != "und" else "",
        stamp=stamp(release, stored.first_seen_at, zone, today=now),
        badges=tuple(_badges(stored)),
        story_id=stored.story_id,
        in_story_of_another=stored.story_id != stored.id,
        alerted=alerted,
    )


def alert_card(alert: Alert, deliveries: Iterable[DeliveryLine], zone: tzinfo | None, *, now: datetime) -> AlertCard:
    shown, left = excerpts(alert.release, alert.matched, count_max=EXCERPTS)
    return AlertCard(
        id=alert.id,
        rule=one_line(alert.rule_name, 80),
        query=one_line(alert.rule_query, 200),
        label=label(alert),
        release_id=alert.release_id,
        headline=one_line(alert.release.headline, HEADLINE_CHARS) or "(no headline)",
        issuer=one_line(alert.release.issuer or "", 80),
        wire=one_line(alert.release.wire, 40),
        made=moment(alert.made_at, zone, today=now),
        stamp=stamp(alert.release, alert.latency.seen, zone, today=now),
        lateness=_lateness(alert),
        excerpts=shown,
        excerpts_left=left,
        deliveries=tuple(_chip(line) for line in sorted(deliveries, key=lambda line: line.id)),
    )


def release_page(stored: Stored, fired: Sequence[Alert], zone: tzinfo | None, *, now: datetime) -> ReleasePage:
    """The whole release, with all that `fired` matched in it marked."""
    release = stored.release
    boilerplate, contact = (_paragraphs(release, below, fired) for below in _ZONES_BELOW)
    return ReleasePage(
        row=release_row(stored, zone, now=now, alerted=bool(fired)),
        headline=_zone(release, Zone.HEADLINE, fired),
        subtitles=_split(_pieces(release, Zone.SUBTITLE, fired), "\n"),
        dateline=_zone(release, Zone.DATELINE, fired),
        body=_paragraphs(release, Zone.BODY, fired),
        boilerplate=boilerplate,
        contact=contact,
        url=web_address(release.url),
        number=one_line(release.release_number or "", 40),
        seen=moment(stored.first_seen_at, zone, today=now),
        stored=moment(stored.stored_at, zone, today=now),
        revises=stored.revises,
        superseded_by=stored.superseded_by,
    )


def _badges(stored: Stored) -> Iterable[str]:
    if stored.release.kind is not Kind.RELEASE:
        yield stored.release.kind.value
    if stored.revises is not None:
        yield "revision"
    if stored.superseded_by is not None:
        yield "superseded"
    if stored.release.completeness is Completeness.TEASER:
        yield "teaser"
    if stored.origin != Origin.LIVE:
        yield _ORIGINS.get(stored.origin, stored.origin)


def _lateness(alert: Alert) -> str:
    """How long after the wire's stamp, and after it was seen, the rule had matched."""
    latency = alert.latency
    own = f"matched {_short(latency.seen, latency.matched)} after it was seen"
    if latency.stamped is None:
        return own
    about = "about " if alert.release.time_precision is Precision.MINUTE else ""
    late_s = (latency.matched - latency.stamped).total_seconds()
    if late_s < 0:
        return f"{own}, {about}{span_words(-late_s)} before the wire's own stamp"
    return f"{own}, {about}{span_words(late_s)} after the wire's stamp"


def _short(start: datetime, end: datetime) -> str:
    seconds = max((end - start).total_seconds(), 0.0)
    return f"{seconds:.1f} s" if seconds < _MINUTE_S else span_words(seconds)


def _chip(line: DeliveryLine) -> DeliveryChip:
    tries = "" if line.attempts <= 1 else f", {line.attempts} attempts"
    why = f": {one_line(line.reason, 160)}" if line.reason and line.state != "sent" else ""
    return DeliveryChip(
        channel=one_line(line.channel, 60),
        recipient=one_line(line.recipient, 120),
        state=line.state,
        words=f"{line.state}{tries}{why}",
    )


def _pieces(release: Release, zone: Zone, fired: Sequence[Alert]) -> list[Piece]:
    """The zone's text cut at everything that matched; overlapping matches of several rules are one mark.

    A match whose offsets no longer fit the text is left out: the text changed since.
    """
    text = release.zone(zone)
    hits = sorted(
        (hit.start, hit.end)
        for alert in fired
        for hit in alert.matched
        if hit.zone is zone and text[hit.start : hit.end] == hit.text
    )
    pieces: list[Piece] = []
    at = 0
    for start, end in hits:
        if end <= at:
            continue
        pieces += [(text[at : max(start, at)], False), (text[max(start, at) : end], True)]
        at = end
    return [*pieces, (text[at:], False)]


def _zone(release: Release, zone: Zone, fired: Sequence[Alert]) -> tuple[Piece, ...]:
    return tuple((visible(text), hit) for text, hit in _pieces(release, zone, fired) if text)


def _paragraphs(release: Release, zone: Zone, fired: Sequence[Alert]) -> tuple[tuple[Piece, ...], ...]:
    return _split(_pieces(release, zone, fired), "\n\n")


def _split(pieces: Iterable[Piece], at: str) -> tuple[tuple[Piece, ...], ...]:
    """The pieces parted into paragraphs at each `at`; a mark that crosses it goes on in the next one."""
    parted: list[list[Piece]] = [[]]
    for text, hit in pieces:
        for n, part in enumerate(text.split(at)):
            if n:
                parted.append([])
            if part:
                parted[-1].append((visible(part), hit))
    return tuple(tuple(paragraph) for paragraph in parted if any(text.strip() for text, _ in paragraph))
