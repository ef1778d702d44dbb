"""Releases as IPTC ninjs 3.0 (News in JSON), one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from uuid import UUID, uuid5

from news.release import Completeness, Kind, Release
from storage.archive import Stored
from storage.columns import storable

STANDARD = {"name": "ninjs", "version": "3.0", "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json#"}
_MEDIA_TOPIC = "http://cv.iptc.org/newscodes/mediatopic/"


def write_ninjs(releases: Iterable[Stored], archive: str, out: BinaryIO) -> int:
    """Write each as a line; returns how many. `archive` is the archive's uuid."""
    n = 0
    for n, stored in enumerate(releases, 1):  # noqa: B007 - the last number is the count
        out.write(json.dumps(ninjs(stored, archive), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return n


def ninjs(stored: Stored, archive: str) -> dict[str, Any]:
    """The news object of a release. Versions of one release have the same `uri`."""
    of = stored.release
    created = (of.published_at or stored.first_seen_at).strftime("%Y-%m-%dT%H:%M:%SZ")
    known: dict[str, Any] = {
        "uri": uuid5(UUID(archive), f"release {stored.revises or stored.id}").urn,
        "standard": STANDARD,
        "type": "text",
        "representationType": "full" if of.completeness is Completeness.FULL else "partial",
        "version": str(stored.id),
        "firstCreated": None if stored.revises else created,
        "versionCreated": created,
        "pubStatus": "canceled" if of.kind is Kind.WITHDRAWAL else "usable",
        "language": None if of.language == "und" else of.language,
        "headlines": [{"role": "main", "value": of.headline}, *_values("subtitle", *of.subtitles)],
        "bodies": _values("main", of.body) + _values("boilerplate", of.boilerplate) + _values("contact", of.contact),
        "located": (of.dateline.place or of.dateline.text) if of.dateline else None,
        "organisations": list(_organisations(of)),
        "subjects": list(_subjects(of)),
        "infoSources": [{"role": "distributor", "literal": of.wire}],
        "altIds": list(_other_ids(of)),
        "edNote": None if of.kind is Kind.RELEASE else of.kind.value,
    }
    return {name: _clean(value) for name, value in known.items() if value not in (None, [], "")}


def _values(role: str, *texts: str) -> list[dict[str, str]]:
    plain = {"contentType": "text/plain"} if role != "subtitle" else {}
    return [{"role": role, **plain, "value": text} for text in texts if text]


def _organisations(of: Release) -> Iterator[dict[str, Any]]:
    symbols: list[dict[str, str]] = []
    for ticker in of.tickers:
        exchange, _, symbol = ticker.rpartition(":")
        symbols.append({"exchange": exchange, "symbol": symbol} if exchange else {"symbol": symbol})
    symbols += [{"symbol": isin} for isin in of.isins]
    if of.issuer or symbols:
        name = {"name": of.issuer, "rel": "issuer"} if of.issuer else {}
        yield {**name, **({"symbols": symbols} if symbols else {})}


def _subjects(of: Release) -> Iterator[dict[str, str]]:
    yield from ({"name": name} for name in of.topics.raw)
    yield from ({"uri": f"{_MEDIA_TOPIC}{code.removeprefix('medtop:')}"} for code in of.topics.medtop)


def _other_ids(of: Release) -> Iterator[dict[str, str]]:
    for role, value in (("url", of.url), ("releaseNumber", of.release_number), ("guid", of.guid)):
        if value:
            yield {"role": role, "value": value}


def _clean(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    match value:
        case str():
            return storable(value)
        case list():
            return [_clean(each) for each in value]
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case _:
            return value
