"""A press release as it was read.

All times are aware UTC datetimes. All spans are half-open code-point offsets into one zone's string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar, overload

_M = TypeVar("_M", bound=StrEnum)


class Zone(StrEnum):
    """A part of a release. Zones are disjoint and always come in this order."""

    HEADLINE = "headline"
    SUBTITLE = "subtitle"
    DATELINE = "dateline"
    BODY = "body"
    BOILERPLATE = "boilerplate"
    CONTACT = "contact"


class Span(NamedTuple):
    """Half-open code-point offsets into the string of one zone."""

    zone: Zone
    start: int
    end: int


class Kind(StrEnum):
    RELEASE = "release"
    CORRECTION = "correction"
    UPDATE = "update"
    WITHDRAWAL = "withdrawal"
    RETRANSMISSION = "retransmission"
    ADVISORY = "advisory"


class Completeness(StrEnum):
    """`teaser`: stored from its entry because the page could not be read yet."""

    FULL = "full"
    TEASER = "teaser"


class Precision(StrEnum):
    """How exact `published_at` is. A `day` stands as that day 00:00Z and has no lateness."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class StampSource(StrEnum):
    """Which statement of the page or feed `published_at` was taken from."""

    TRANSMISSION_ID = "transmission-id"
    JSON_LD = "json-ld"
    META = "meta"
    TIME = "time"
    VISIBLE = "visible"
    FEED = "feed"
    DATELINE = "dateline"
    FIRST_SEEN = "first-seen"


class Origin(StrEnum):
    """How a release came to us. `live`, `gap` and `file` alert; the others only when asked to."""

    LIVE = "live"
    GAP = "gap"
    FILE = "file"
    SEED = "seed"
    HISTORY = "history"
    IMPORT = "import"
    REPARSE = "reparse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """`SPRINGFIELD, Ill., March 2, 2026 /Wire/ --`, taken apart."""

    text: str
    place: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    date: date | None = None
    wire: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Subject codes: `raw` as the wire wrote them, `medtop` mapped to IPTC Media Topics."""

    raw: tuple[str, ...] = ()
    medtop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One press release, in disjoint zones, as its wire published it.

    `body` holds all paragraphs, split by blank lines, without dateline, boilerplate and contact.
    The lead is one paragraph of the body, kept as `lead_span`, offsets into `body`.
    `language` is a BCP 47 tag, `und` where undetected or of low confidence.
    `links`, `images`, `documents`, `translations` are absolute URLs, trackers unwrapped.
    """

    wire: str
    headline: str
    url: str | None = None
    release_number: str | None = None
    guid: str | None = None
    subtitles: tuple[str, ...] = ()
    dateline: Dateline | None = None
    published_at: datetime | None = None
    published_at_source: StampSource = StampSource.FIRST_SEEN
    time_precision: Precision = Precision.SECOND
    issuer: str | None = None
    tickers: tuple[str, ...] = ()
    isins: tuple[str, ...] = ()
    language: str = "und"
    topics: Topics = Topics()
    body: str = ""
    lead_span: tuple[int, int] | None = None
    boilerplate: str = ""
    contact: str = ""
    kind: Kind = Kind.RELEASE
    completeness: Completeness = Completeness.FULL
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()

    @property
    def lead(self) -> str:
        """The paragraph that tells the news; empty if the body is."""
        if self.lead_span is None:
            return ""
        start, end = self.lead_span
        return self.body[start:end]

    def zone(self, zone: Zone) -> str:
        """The one string that offsets into `zone` refer to."""
        match zone:
            case Zone.HEADLINE:
                return self.headline
            case Zone.SUBTITLE:
                return "\n".join(self.subtitles)
            case Zone.DATELINE:
                return self.dateline.text if self.dateline else ""
            case Zone.BODY:
                return self.body
            case Zone.BOILERPLATE:
                return self.boilerplate
            case Zone.CONTACT:
                return self.contact


def first_paragraph(body: str) -> tuple[int, int] | None:
    """The offsets of the first paragraph of `body` (paragraphs are split by blank lines)."""
    if not body:
        return None
    end = body.find("\n\n")
    return (0, len(body) if end < 0 else end)


@overload
def iso(at: datetime) -> str: ...


@overload
def iso(at: None) -> None: ...


def iso(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, seconds or (where there are any) microseconds, ending in `Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def release_to_json(release: Release) -> dict[str, Any]:
    """The release as the object that `wirewatch parse` prints and JSON Lines carry."""
    dateline = release.dateline
    return {
        "wire": release.wire,
        "release_number": release.release_number,
        "url": release.url,
        "headline": release.headline,
        "subtitles": list(release.subtitles),
        "completeness": release.completeness.value,
        "dateline": None
        if dateline is None
        else {
            "place": dateline.place,
            "city": dateline.city,
            "region": dateline.region,
            "country": dateline.country,
            "date": dateline.date.isoformat() if dateline.date else None,
            "wire": dateline.wire,
            "text": dateline.text,
        },
        "published_at": iso(release.published_at),
        "published_at_source": release.published_at_source.value,
        "time_precision": release.time_precision.value,
        "issuer": release.issuer,
        "tickers": list(release.tickers),
        "isins": list(release.isins),
        "language": release.language,
        "topics": {"raw": list(release.topics.raw), "medtop": list(release.topics.medtop)},
        "lead": release.lead,
        "body": release.body,
        "boilerplate": release.boilerplate,
        "contact": release.contact,
        "kind": release.kind.value,
        "links": list(release.links),
        "images": list(release.images),
        "documents": list(release.documents),
        "translations": list(release.translations),
    }


class ReleaseFormatError(ValueError):
    """A JSON object is not a release; the message names the field and what was expected."""


def release_from_json(row: Mapping[str, Any]) -> Release:
    """Read the object of `release_to_json`, taken as given.

    Missing zones are empty and a missing lead is the body's first paragraph. An `id` from outside
    is opaque: it is kept as `guid`, never as a release id.

    Raises:
        ReleaseFormatError: a field has the wrong type or value; the message names it.
    """
    body = _text(row, "body")
    lead = _text(row, "lead")
    at = body.find(lead) if lead else -1
    outside_id = row.get("guid", row.get("id"))
    return Release(
        wire=_text(row, "wire") or "file",
        headline=_text(row, "headline"),
        url=_text(row, "url") or None,
        release_number=_text(row, "release_number") or None,
        guid=None if outside_id is None else str(outside_id),
        subtitles=_texts(row, "subtitles"),
        dateline=_dateline(row.get("dateline")),
        published_at=_instant(row, "published_at"),
        published_at_source=_member(row, "published_at_source", StampSource, StampSource.FIRST_SEEN),
        time_precision=_member(row, "time_precision", Precision, Precision.SECOND),
        issuer=_text(row, "issuer") or None,
        tickers=_texts(row, "tickers"),
        isins=_texts(row, "isins"),
        language=_text(row, "language") or "und",
        topics=_topics(row.get("topics")),
        body=body,
        lead_span=(at, at + len(lead)) if at >= 0 else first_paragraph(body),
        boilerplate=_text(row, "boilerplate"),
        contact=_text(row, "contact"),
        kind=_member(row, "kind", Kind, Kind.RELEASE),
        completeness=_member(row, "completeness", Completeness, Completeness.FULL),
        links=_texts(row, "links"),
        images=_texts(row, "images"),
        documents=_texts(row, "documents"),
        translations=_texts(row, "translations"),
    )


def _text(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ReleaseFormatError(f"{field}: expected a string, got {type(value).__name__}")
    return value


def _texts(row: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = row.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ReleaseFormatError(f"{field}: expected a list of strings")
    return tuple(value)


def _instant(row: Mapping[str, Any], field: str) -> datetime | None:
    value = _text(row, field)
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ReleaseFormatError(f"{field}: {value!r} is no ISO 8601 time") from None
    if at.tzinfo is None:
        raise ReleaseFormatError(f"{field}: {value!r} has no time zone; write Z or an offset")
    return at.astimezone(UTC)


def _member(row: Mapping[str, Any], field: str, members: type[_M], default: _M) -> _M:
    value = _text(row, field)
    if not value:
        return default
    try:
        return members(value)
    except ValueError:
        raise ReleaseFormatError(f"{field}: {value!r} is none of {', '.join(members)}") from None


def _dateline(value: object) -> Dateline | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Dateline(text=value)
    if not isinstance(value, Mapping):
        raise ReleaseFormatError(f"dateline: expected an object, got {type(value).__name__}")
    day = _text(value, "date")
    try:
        parsed = date.fromisoformat(day) if day else None
    except ValueError:
        raise ReleaseFormatError(f"dateline.date: {day!r} is no ISO 8601 date") from None
    return Dateline(
        text=_text(value, "text"),
        place=_text(value, "place") or None,
        city=_text(value, "city") or None,
        region=_text(value, "region") or None,
        country=_text(value, "country") or None,
        date=parsed,
        wire=_text(value, "wire") or None,
    )


def _topics(value: object) -> Topics:
    if value is None:
        return Topics()
    if not isinstance(value, Mapping):
        raise ReleaseFormatError(f"topics: expected an object, got {type(value).__name__}")
    return Topics(raw=_texts(value, "raw"), medtop=_texts(value, "medtop"))


class RejectReason(StrEnum):
    """Why bytes that were fetched are no release."""

    BLOCKED = "blocked"
    NOT_A_RELEASE = "not-a-release"
    EMPTY = "empty"
    ERROR_PAGE = "error-page"
    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Reject:
    """A page that is not a release. `excerpt` is at most 200 characters of its text."""

    reason: RejectReason
    excerpt: str = ""
