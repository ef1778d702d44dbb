"""What other programs read: CSV, Parquet, ninjs, JSON Lines, OPML and TOML."""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.release import Completeness, Dateline, Kind, Release, Topics, release_from_json
from storage.archive import Stored
from wirewatch.exports.chosen import COLUMNS
from wirewatch.exports.ninjs import ninjs, write_ninjs
from wirewatch.exports.parquet import write_parquet
from wirewatch.exports.release_lines import write_lines
from wirewatch.exports.settings_file import _key, _value
from wirewatch.exports.spreadsheet import harmless, write_csv
from wirewatch.faults import FailedError

NOW = datetime(2026, 3, 2, 14, 30, 5, 123, tzinfo=UTC)
UUID_OF_ARCHIVE = "37eb96e2-8de7-4f33-9521-8281e104c96a"
# The names that ninjs 3.0 has for a news object; it allows no others.
NINJS = """
    uri type representationType profile version firstCreated versionCreated contentCreated embargoedUntil pubStatus
    urgency copyrightHolder copyrightNotice usageTerms edNote language descriptions bodies headlines people
    organisations places subjects events eventDetails plannedCoverage objects infoSources title by slugline located
    renditions associations altIds trustIndicators standard genres expires rightsInfo
"""


def stored(id_: int = 7, *, revises: int | None = None, **more: Any) -> Stored:
    wanted = {"wire": "acme", "headline": "Acme opens a plant", "body": "One.\n\nTwo.", "lead_span": (0, 4), **more}
    return Stored(
        id=id_,
        story_id=7,
        release=Release(**wanted),
        origin="live",
        revises=revises,
        superseded_by=None,
        first_seen_at=NOW,
        stored_at=NOW,
        verdict="new",
    )


def read_csv(releases: Sequence[Stored], *, bom: bool = False) -> list[dict[str, str]]:
    out = io.BytesIO()
    assert write_csv(releases, out, bom=bom) == len(releases)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig" if bom else "utf-8"), newline="")))


def test_a_row_says_what_the_release_says() -> None:
    (row,) = read_csv([stored(published_at=NOW, tickers=("NASDAQ:ACME", "LSE:ACM"), issuer='Acme, "Inc."')])
    assert list(row) == list(COLUMNS)
    assert (row["id"], row["lead"], row["body"]) == ("7", "One.", "One.\n\nTwo.")
    assert (row["published_at"], row["tickers"], row["issuer"]) == (
        "2026-03-02T14:30:05Z",
        "NASDAQ:ACME LSE:ACM",
        'Acme, "Inc."',
    )
    assert (row["url"], row["revises"]) == ("", "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_run_as_a_formula(sign: str) -> None:
    text = f'{sign}HYPERLINK("http://evil.example","x")'
    (row,) = read_csv([stored(headline=text, issuer=text, body=text, lead_span=None, tickers=(text,), url=text)])
    assert {row[name] for name in ("headline", "issuer", "body", "tickers", "url")} == {f"'{text}"}


@given(st.text())
def test_text_is_text_whatever_it_is(text: str) -> None:
    assert harmless(text).removeprefix("'") == text.removeprefix("'")
    (row,) = read_csv([stored(headline=text)])
    assert not row["headline"].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_mark_stands_before_utf_8_only_if_asked_for() -> None:
    for bom in (False, True):
        out = io.BytesIO()
        write_csv([stored(headline="刀片电池 \ud83d \x00")], out, bom=bom)
        assert out.getvalue().startswith(b"\xef\xbb\xbf") is bom
        assert "刀片电池 \ufffd \ufffd" in out.getvalue().decode("utf-8-sig")


def test_parquet_has_types() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    releases = [stored(n, published_at=NOW if n else None, tickers=("NASDAQ:ACME",) * n) for n in range(3)]
    assert write_parquet(iter(releases), out) == 3
    table = parquet.read_table(io.BytesIO(out.getvalue())).to_pylist()
    assert [row["id"] for row in table] == [0, 1, 2]
    assert [row["published_at"] for row in table] == [None, NOW, NOW]
    assert [row["tickers"] for row in table] == [[], ["NASDAQ:ACME"], ["NASDAQ:ACME"] * 2]
    assert table[0]["headline"] == "Acme opens a plant"
    assert set(table[0]) == set(COLUMNS)


def test_without_pyarrow_the_mend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FailedError, match=r"pip install 'wirewatch\[parquet\]'"):
        write_parquet([], io.BytesIO())


def test_ninjs_says_it_in_the_words_of_the_standard() -> None:
    told = ninjs(
        stored(
            published_at=NOW,
            subtitles=("A second line",),
            dateline=Dateline(text="SPRINGFIELD, March 2 --", place="SPRINGFIELD"),
            issuer="Acme, Inc.",
            tickers=("NASDAQ:ACME", "XYZ"),
            isins=("US0000000000",),
            topics=Topics(raw=("AUT",), medtop=("medtop:20000225",)),
            language="en",
            boilerplate="About Acme.",
            url="https://acme.example/1",
            release_number="309",
            guid="g1",
        ),
        UUID_OF_ARCHIVE,
    )
    assert set(told) <= set(NINJS.split())
    assert UUID(told["uri"].removeprefix("urn:uuid:")).version == 5
    assert told["headlines"] == [
        {"role": "main", "value": "Acme opens a plant"},
        {"role": "subtitle", "value": "A second line"},
    ]
    assert [(body["role"], body["value"]) for body in told["bodies"]] == [
        ("main", "One.\n\nTwo."),
        ("boilerplate", "About Acme."),
    ]
    assert told["organisations"] == [
        {
            "name": "Acme, Inc.",
            "rel": "issuer",
            "symbols": [{"exchange": "NASDAQ", "symbol": "ACME"}, {"symbol": "XYZ"}, {"symbol": "US0000000000"}],
        }
    ]
    assert told["subjects"] == [{"name": "AUT"}, {"uri": "http://cv.iptc.org/newscodes/mediatopic/20000225"}]
    assert told["altIds"][1] == {"role": "releaseNumber", "value": "309"}
    assert (told["versionCreated"], told["pubStatus"], told["located"]) == (
        "2026-03-02T14:30:05Z",
        "usable",
        "SPRINGFIELD",
    )


def test_versions_of_one_release_share_their_uri_and_a_withdrawal_cancels() -> None:
    first, gone = stored(7), stored(9, revises=7, kind=Kind.WITHDRAWAL, completeness=Completeness.TEASER)
    told, last = ninjs(first, UUID_OF_ARCHIVE), ninjs(gone, UUID_OF_ARCHIVE)
    assert told["uri"] == last["uri"] != ninjs(stored(8), UUID_OF_ARCHIVE)["uri"]
    assert told["uri"] != ninjs(first, str(UUID(int=1)))["uri"]
    assert (told["pubStatus"], last["pubStatus"]) == ("usable", "canceled")
    assert (told["version"], last["version"]) == ("7", "9")
    assert (told["representationType"], last["representationType"]) == ("full", "partial")
    assert "firstCreated" not in last
    assert "language" not in told
    assert last["edNote"] == "withdrawal"


def test_lines_are_read_back_as_the_same_releases() -> None:
    out = io.BytesIO()
    releases = [stored(n, headline=f"刀片电池 {n}", issuer="Acme") for n in range(3)]
    assert write_lines(releases, out) == 3
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["id"] for row in rows] == ["0", "1", "2"]
    assert [release_from_json(row).headline for row in rows] == [each.release.headline for each in releases]


def test_half_a_character_spoils_no_line() -> None:
    for write in (write_lines, lambda some, out: write_ninjs(some, UUID_OF_ARCHIVE, out)):
        out = io.BytesIO()
        write([stored(headline="x \ud83d"), stored(headline="y")], out)
        assert len([json.loads(line) for line in out.getvalue().decode("utf-8").splitlines()]) == 2


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
        | st.booleans()
        | st.integers(-(2**60), 2**60)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii"), min_size=1), inner),
        max_leaves=10,
    )
)
def test_any_value_is_read_back_from_toml(value: object) -> None:
    if isinstance(value, dict):
        value = {key.replace("\x00", "x"): one for key, one in value.items()}
    assert tomllib.loads(f"{_key('a b')} = {_value(value)}") == {"a b": _plain(value)}


def _plain(value: object) -> object:
    match value:
        case dict():
            return {key.replace("\x00", "\ufffd"): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case _:
            return value
