"""Rows of the database to the nouns and back. Pure: no statement is executed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from news.alert import Rule, Telling
from news.notice import Notice, NoticeType, Trouble
from news.release import (
    Completeness,
    Origin,
    Precision,
    Release,
    Zone,
    iso,
    release_from_json,
    release_to_json,
)
from news.source import (
    ApiFields,
    Entry,
    EntryState,
    IncidentKind,
    Listed,
    Move,
    PollState,
    Source,
    SourceKind,
    Visited,
    Ways,
)
from storage.columns import storable

# The parts of a release that no query asks for live in one JSON column.
DATA_FIELDS = (
    "subtitles",
    "dateline",
    "published_at_source",
    "tickers",
    "isins",
    "topics",
    "links",
    "images",
    "documents",
    "translations",
)
_NO_TOPICS: dict[str, Any] = {"raw": [], "medtop": []}


def release_columns(release: Release) -> dict[str, Any]:
    """The columns that hold the release as it was read (not what became of it)."""
    told = release_to_json(release)
    return {
        **{zone.value: release.zone(zone) for zone in Zone},
        "wire": release.wire,
        "release_number": release.release_number,
        "url": release.url,
        "guid": release.guid,
        "issuer": release.issuer,
        "language": release.language,
        "kind": release.kind.value,
        "completeness": release.completeness.value,
        "published_at": release.published_at,
        "time_precision": release.time_precision.value,
        "data": {name: told[name] for name in DATA_FIELDS if told[name] and told[name] != _NO_TOPICS}
        | ({"lead_span": release.lead_span} if release.lead_span else {}),
    }


def release_of(row: Row[Any] | SimpleNamespace) -> Release:
    """The release of a row of the `release` table."""
    data: dict[str, Any] = row.data
    lead = data.get("lead_span")
    base = release_from_json({name: data.get(name) for name in DATA_FIELDS})
    return Release(
        wire=row.wire,
        headline=row.headline,
        url=row.url,
        release_number=row.release_number,
        guid=row.guid,
        subtitles=base.subtitles,
        dateline=base.dateline,
        published_at=row.published_at,
        published_at_source=base.published_at_source,
        time_precision=Precision(row.time_precision),
        issuer=row.issuer,
        tickers=base.tickers,
        isins=base.isins,
        language=row.language,
        topics=base.topics,
        body=row.body,
        lead_span=(lead[0], lead[1]) if lead else None,
        boilerplate=row.boilerplate,
        contact=row.contact,
        kind=type(base.kind)(row.kind),
        completeness=Completeness(row.completeness),
        links=base.links,
        images=base.images,
        documents=base.documents,
        translations=base.translations,
    )


def as_stored(release: Release) -> Release:
    """The release as its row gives it back: texts that no database holds are made storable."""
    columns = release_columns(release)
    held = {name: storable(value) if isinstance(value, str) else value for name, value in columns.items()}
    return release_of(SimpleNamespace(**{**held, "data": json.loads(json.dumps(columns["data"]))}))


def listed_to_json(listed: Listed) -> dict[str, Any]:
    """What the source said beyond the columns of an entry."""
    told: dict[str, Any] = {
        "stamp_text": listed.stamp_text,
        "issuer": listed.issuer,
        "language": listed.language,
        "tickers": list(listed.tickers),
        "topics": list(listed.topics),
    }
    seldom = {
        "content": listed.content,
        "updated": iso(listed.updated),
        "author": listed.author,
        "isins": list(listed.isins),
        "identifier": listed.identifier,
        "enclosures": list(listed.enclosures),
    }
    return told | {name: value for name, value in seldom.items() if value}


def _listed_of(more: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row that `listed_to_json` wrote down, but for its time."""
    updated = more.get("updated")
    return {
        "issuer": more.get("issuer"),
        "language": more.get("language"),
        "tickers": tuple(more.get("tickers", ())),
        "topics": tuple(more.get("topics", ())),
        "content": more.get("content", ""),
        "updated": datetime.fromisoformat(updated) if updated else None,
        "author": more.get("author"),
        "isins": tuple(more.get("isins", ())),
        "identifier": more.get("identifier"),
        "enclosures": tuple(more.get("enclosures", ())),
    }


def read_with(release: Release, wire: str | None, listed: Listed | None) -> dict[str, Any]:
    """What the parser was given beside the page, as far as the release does not say it."""
    told: dict[str, Any] = {} if wire == release.wire else {"wire": wire}
    if listed is not None:
        told_twice = {"stamp_text", "content", "updated", "enclosures"}
        said = {name: value for name, value in listed_to_json(listed).items() if value and name not in told_twice}
        if listed.title != release.headline:
            said["title"] = listed.title
        if listed.stamp is not None:
            said["stamp"] = iso(listed.stamp)
        told["listed"] = said
    return told


def listing_read_with(release: Release, said: dict[str, Any]) -> Listed:
    stamp = said.get("stamp")
    return Listed(
        url=None,
        guid=release.guid,
        title=said.get("title", release.headline),
        stamp=datetime.fromisoformat(stamp) if stamp else None,
        **_listed_of(said),
    )


def listed_digest(listed: Listed) -> str:
    """What changes when the source says something else about a known entry."""
    return json.dumps([listed.title, listed.summary, listed.stamp_text], ensure_ascii=False)


def entry_of(row: Row[Any]) -> Entry:
    """An entry of a row joined with its source (`storage.revisits.SOURCE_KNOWN`)."""
    more: dict[str, Any] = row.listed
    return Entry(
        id=row.id,
        source_id=row.source_id,
        wire=row.source_wire,
        listed=Listed(
            url=row.url,
            guid=row.guid,
            title=row.title,
            summary=row.summary,
            stamp=row.stamp,
            stamp_text=more.get("stamp_text", ""),
            **_listed_of(more),
        ),
        state=EntryState(row.state),
        origin=Origin(row.origin),
        attempts=row.attempts,
        first_seen_at=row.first_seen_at,
        release_id=row.release_id,
        trusted=bool(row.source_trusted),
        dedupe=bool(row.source_dedupe),
        page_etag=row.page_etag,
        page_last_modified=row.page_last_modified,
        alert=bool(row.alert),
        visited=_visited(row),
    )


def _visited(row: Row[Any]) -> Visited | None:
    """What is known of the page where the row is joined with its release (`storage.revisits.PAGE_KNOWN`)."""
    if getattr(row, "page_completeness", None) != Completeness.FULL.value:
        return None
    return Visited(row.page_filed_at, bodied=bool(row.page_bodied), missing_since=row.missing_since)


def ways_to_json(ways: Ways, fields: ApiFields | None = None) -> dict[str, Any] | None:
    """None where there are none; else what is said, and nothing more. A JSON interface's fields stand with them."""
    said = {"listing": ways.listing, "feeds": list(ways.feeds), "sitemaps": list(ways.sitemaps)}
    told: dict[str, Any] = {name: value for name, value in said.items() if value}
    if fields is not None:
        told["fields"] = {name: path for name, path in asdict(fields).items() if path}
    return told or None


def fields_of(data: Mapping[str, Any] | None) -> ApiFields | None:
    told = (data or {}).get("fields")
    # What was empty when it was written must stay so, whatever is the default.
    return None if told is None else ApiFields(**{name: told.get(name, "") for name in asdict(ApiFields())})


def ways_of(data: Mapping[str, Any] | None) -> Ways:
    told = data or {}
    feeds, sitemaps = tuple(told.get("feeds", ())), tuple(told.get("sitemaps", ()))
    return Ways(listing=told.get("listing"), feeds=feeds, sitemaps=sitemaps)


def source_of(row: Row[Any]) -> Source:
    return Source(
        id=row.id,
        name=row.name,
        wire=row.wire,
        kind=SourceKind(row.kind),
        url=row.url,
        interval_s=row.interval_s,
        alert_seed=bool(row.alert_seed),
        trusted=bool(row.trusted),
        fixed=bool(row.fixed),
        weight=row.weight,
        objective_s=row.objective_s,
        ways=ways_of(row.ways),
        fields=fields_of(row.ways),
        dedupe=bool(row.dedupe),
        state=PollState(
            etag=row.etag,
            last_modified=row.last_modified,
            next_poll_at=row.next_poll_at,
            last_polled_at=row.last_polled_at,
            last_good_at=row.last_good_at,
            failures=row.failures,
            last_outcome=row.last_outcome,
            seeded=bool(row.seeded),
            guids_collide=bool(row.guids_collide),
            pace=row.pace or {},
            move=Move(row.moved_to, row.moved_polls),
        ),
    )


def rule_of(row: Row[Any]) -> Rule:
    return Rule(
        id=row.id,
        uid=row.uid,
        name=row.name,
        query=row.query,
        channels=tuple(row.channels),
        paused=bool(row.paused),
        generation=row.generation,
        origin=row.origin,
        telling=Telling(**row.telling or {}),
        silenced_until=row.silenced_until,
        silence_reason=row.silence_reason or "",
    )


def notice_to_json(notice: Notice) -> dict[str, Any]:
    troubles = [
        {
            **asdict(trouble),
            "since": trouble.since.isoformat(),
            "until": trouble.until.isoformat() if trouble.until else None,
        }
        for trouble in notice.troubles
    ]
    return {**asdict(notice), "troubles": troubles}


def notice_from_json(told: Mapping[str, Any]) -> Notice:
    troubles = tuple(
        Trouble(
            source=row["source"],
            kind=IncidentKind(row["kind"]),
            since=datetime.fromisoformat(row["since"]),
            until=datetime.fromisoformat(row["until"]) if row["until"] else None,
            detail=row["detail"],
        )
        for row in told["troubles"]
    )
    texts = {name: told[name] for name in ("subject", "sentence", "advice")}
    return Notice(type=NoticeType(told["type"]), troubles=troubles, **texts)
