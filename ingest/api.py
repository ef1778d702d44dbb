"""JSON interfaces of newsrooms to rows.

Where the list stands in the answer and what its fields are called is configured, or guessed from an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.dates import parse_stamp
from ingest.json_text import read_json
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, guids_collide
from ingest.snippets import clipped, one_line, plain_text
from ingest.tickers import find_tickers
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import ApiFields, Listed

_FIELD_CHARS_MAX = 100_000
_TITLE_CHARS_MAX = 1_000
_SUMMARY_CHARS_MAX = 20_000
_GUID_CHARS_MAX = 2_000
_WORD_CHARS_MAX = 200
_EACH_MAX = 200
_DEEP_MAX = 6
_SEEN_MAX = 5_000
# A number above this counts milliseconds: as seconds it would lie beyond the year 5000.
_SECONDS_MAX = 10**11
_POSITION = re.compile(r"[0-9]{1,6}")

# What newsrooms call their fields, the likeliest first.
_CALLED = {
    field: tuple(names.split())
    for field, names in {
        "title": "title headline name subject",
        "url": "url link permalink releaseurl canonicalurl href detailurl linktodetailpage path uri",
        "id": "id guid uuid releaseid newsitemid identifier pressreleaseid",
        "time": "datepublished publishedat publisheddate publisheddatetime publishdate releasedatetime releasedate"
        " pubdate published pressreleasedate date adate datetime time createdat updated",
        "summary": "summary description teaser abstract excerpt shortbody subheadline",
        "content": "content body contenthtml contenttext text html",
        "issuer": "company issuer organization companyname organizationname source author",
        "language": "language lang locale",
        "topics": "topics tags categories subjects keywords",
        "tickers": "tickers ticker symbols symbol stocksymbols",
    }.items()
}


def read_api(page: Page, fields: ApiFields) -> Listing | Reject:
    """The rows of an answer, at most 5,000; what has no title, or neither address nor id, is a reject of its own."""
    data = loaded(page)
    if isinstance(data, Reject):
        return data
    rows = at(data, fields.items)
    if not isinstance(rows, list):
        there = (
            f"there is no list at {fields.items!r}" if fields.items else "the answer is no list; say where it stands"
        )
        return Reject(RejectReason.UNREADABLE, clipped(f"{there}: {page.text[:500]}"))
    read = [_row(row, fields, page.url) for row in rows[:ROWS_MAX]]
    entries = tuple(row for row in read if isinstance(row, Listed))
    rejects = tuple(row for row in read if isinstance(row, Reject))
    if len(rows) > ROWS_MAX:
        rejects += (Reject(RejectReason.TOO_LARGE, f"cut at {ROWS_MAX} rows"),)
    return Listing(entries=entries, rejects=rejects, guids_collide=guids_collide(entries))


def loaded(page: Page) -> Any | Reject:  # noqa: ANN401 - any JSON
    if not page.body.strip():
        return Reject(RejectReason.EMPTY)
    try:
        return read_json(page.text)
    except (ValueError, RecursionError):
        return Reject(RejectReason.UNREADABLE, clipped(page.text))


def at(data: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    """What stands at `data.articles.0.title`; the whole for an empty path, None where there is nothing."""
    for step in filter(None, path.split(".")):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and _POSITION.fullmatch(step):
            data = data[int(step)] if int(step) < len(data) else None
        else:
            return None
    return data


def _row(row: Any, fields: ApiFields, base: str | None) -> Listed | Reject:  # noqa: ANN401 - any JSON
    title = one_line(plain_text(_string(at(row, fields.title))))
    said = _string(at(row, fields.url)) if fields.url else ""
    url = canonical_url(said, base) if said else None
    guid = _string(at(row, fields.id)) if fields.id else ""
    if not title or (url is None and not guid):
        return Reject(RejectReason.EMPTY, clipped(f"a row without a title, or without address and id: {row}"))
    stamp = at(row, fields.time) if fields.time else None
    content = plain_text(_string(at(row, fields.content))) if fields.content else ""
    summary = plain_text(_string(at(row, fields.summary))) if fields.summary else ""
    return Listed(
        url=url,
        guid=one_line(guid)[:_GUID_CHARS_MAX] or None,
        title=title[:_TITLE_CHARS_MAX],
        summary=(summary or content)[:_SUMMARY_CHARS_MAX],
        content=content,
        stamp=_moment(stamp, fields.zone),
        stamp_text=_word(_string(stamp)) or "",
        issuer=_word(_string(at(row, fields.issuer))) if fields.issuer else None,
        language=_word(_string(at(row, fields.language))) if fields.language else None,
        topics=tuple(_words(at(row, fields.topics))) if fields.topics else (),
        tickers=_tickers(at(row, fields.tickers)) if fields.tickers else (),
    )


def _moment(said: object, zone: str) -> datetime | None:
    """The moment of a stamp in words, or in seconds or milliseconds since 1970."""
    text = _string(said)
    if text.isdigit() and len(text) >= len("1000000000"):
        seconds = int(text[:15]) / (1_000 if int(text[:15]) > _SECONDS_MAX else 1)
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, OSError, ValueError):
            return None
    stamp = parse_stamp(text, default_zone=zone)
    return stamp.at if stamp is not None and stamp.precision is not Precision.DAY else None


def _string(value: object) -> str:
    """A text or a number; of an object what it is called."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "title", "rendered", "value", "code") if key in value), "")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:_FIELD_CHARS_MAX].strip()


def _words(value: object) -> Iterator[str]:
    """The words of a list, or of a text split by commas."""
    parts: Sequence[object] = value if isinstance(value, list) else _string(value).split(",")
    found = (_word(_string(part)) for part in parts[:_EACH_MAX])
    yield from dict.fromkeys(word for word in found if word)


def _word(text: str) -> str | None:
    line = one_line(text)
    return line if line and len(line) <= _WORD_CHARS_MAX else None


def _tickers(value: object) -> tuple[str, ...]:
    terms = [word for word in _words(value) if ":" in word]
    return tuple(dict.fromkeys(ticker for term in terms for ticker in find_tickers(term) or (term.upper(),)))


# ------------------------------------------------------------------ guessing


def guess_fields(data: object) -> ApiFields | None:
    """Where an answer's releases stand and what their fields are called: the longest list whose rows have a title and
    an address; None where there is none.
    """
    best: tuple[int, ApiFields] | None = None
    for path, rows in _lists(data):
        fields = _called(path, rows)
        if fields is not None and (best is None or len(rows) > best[0]):
            best = (len(rows), fields)
    return best[1] if best else None


def _lists(data: object) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    waiting: list[tuple[str, object]] = [("", data)]
    for _ in range(_SEEN_MAX):
        if not waiting:
            return
        path, value = waiting.pop()
        if isinstance(value, list):
            rows = [row for row in value if isinstance(row, dict)]
            if rows:
                yield path, rows
        elif isinstance(value, dict) and path.count(".") < _DEEP_MAX:
            inside = [(f"{path}.{key}".lstrip("."), below) for key, below in value.items() if "." not in key]
            waiting += inside[:_EACH_MAX]


def _called(path: str, rows: list[dict[str, Any]]) -> ApiFields | None:
    names: dict[str, str] = {}
    for row in rows[:5]:
        for key in row:
            names.setdefault("".join(char for char in key.lower() if char.isalnum()), key)
    found = {field: next((names[word] for word in words if word in names), "") for field, words in _CALLED.items()}
    if not found["title"] or not (found["url"] or found["id"]):
        return None
    return replace(ApiFields(), items=path, **{field: name for field, name in found.items() if name})
