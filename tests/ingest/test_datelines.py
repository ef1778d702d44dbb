"""Datelines in every shape that the wires use, and sentences that only resemble one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.datelines import split_dateline, wire_of
from ingest.places import split_place

SHAPES = [
    (
        "SPRINGFIELD, Ill., March 2, 2026 /PRNewswire/ -- ",
        "SPRINGFIELD, Ill.",
        "2026-03-02",
        "PRNewswire",
        "prnewswire",
    ),
    ("CHONGQING, China, Sept. 9, 2022 /PRNewswire/ -- ", "CHONGQING, China", "2022-09-09", "PRNewswire", "prnewswire"),
    (
        "NEW YORK and LONDON, June 1, 2020 /PRNewswire/ — ",
        "NEW YORK and LONDON",
        "2020-06-01",
        "PRNewswire",
        "prnewswire",
    ),
    ("DUBAI, UAE, 12 June 2024 /PRNewswire/--", "DUBAI, UAE", "2024-06-12", "PRNewswire", "prnewswire"),
    ("DENVER, May 5, 2014 /PRNewswire-iReach/ -- ", "DENVER", "2014-05-05", "PRNewswire-iReach", "prnewswire"),
    ("DENVER, May 5, 2009 /PRNewswire-FirstCall/ -- ", "DENVER", "2009-05-05", "PRNewswire-FirstCall", "prnewswire"),
    ("DENVER, May 5, 2024 /PRNewswire-PRWeb/ -- ", "DENVER", "2024-05-05", "PRNewswire-PRWeb", "prweb"),
    ("北京2020年7月14日 /美通社/ -- ", "北京", "2020-07-14", "美通社", "prnewswire"),
    ("/PRNewswire/ -- ", None, None, "PRNewswire", "prnewswire"),
    ("TORONTO, June 1, 2020 /CNW/ - ", "TORONTO", "2020-06-01", "CNW", "cnw"),
    ("MONTRÉAL, le 11 juin 2020 /CNW Telbec/ - ", "MONTRÉAL", "2020-06-11", "CNW Telbec", "cnw"),
    ("BOSTON--(BUSINESS WIRE)--", "BOSTON", None, "BUSINESS WIRE", "businesswire"),
    ("BOSTON--(BUSINESS WIRE)--#probes--", "BOSTON", None, "BUSINESS WIRE", "businesswire"),
    ("BOSTON--(BUSINESS WIRE)--Jun. 3, 2020-- ", "BOSTON", "2020-06-03", "BUSINESS WIRE", "businesswire"),
    ("LEEDS, U.K., Apr. 06, 2016 (GLOBE NEWSWIRE) -- ", "LEEDS, U.K.", "2016-04-06", "GLOBE NEWSWIRE", "globenewswire"),
    ("OMAHA, NE--(Marketwired - April 06, 2016) - ", "OMAHA, NE", "2016-04-06", "Marketwired", "marketwired"),
    ("VANCOUVER, BC / ACCESSWIRE / March 4, 2020 / ", "VANCOUVER, BC", "2020-03-04", "ACCESSWIRE", "accesswire"),
    ("AUSTIN, TX / ACCESS Newswire / March 4, 2025 / ", "AUSTIN, TX", "2025-03-04", "ACCESS Newswire", "accesswire"),
    (
        "Calgary, Alberta--(Newsfile Corp. - May 1, 2021) - ",
        "Calgary, Alberta",
        "2021-05-01",
        "Newsfile Corp.",
        "newsfile",
    ),
    ("Miami (NewMediaWire) - June 1, 2021 - ", "Miami", "2021-06-01", "NewMediaWire", "newmediawire"),
    (
        "HONG KONG SAR - Media OutReach Newswire - 12 June 2024 - ",
        "HONG KONG SAR",
        "2024-06-12",
        "Media OutReach Newswire",
        "media-outreach",
    ),
    ("New York, NY — January 8, 2026 — ", "New York, NY", "2026-01-08", None, None),
    ("SPRING HOUSE, Pa., (January 6, 2026) – ", "SPRING HOUSE, Pa.", "2026-01-06", None, None),
]
TEXT = "Halden Instruments (NYSE: HLDN) today opened a plant."


@pytest.mark.parametrize(("opening", "place", "day", "tag", "slug"), SHAPES)
def test_every_shape_is_taken_apart(
    opening: str, place: str | None, day: str | None, tag: str | None, slug: str | None
) -> None:
    found = split_dateline(opening + TEXT)
    assert found is not None
    dateline, rest = found
    assert rest == TEXT
    assert dateline.text == opening.strip()
    assert dateline.place == place
    assert (dateline.date.isoformat() if dateline.date else None) == day
    assert dateline.wire == tag
    assert (wire_of(dateline.wire) if dateline.wire else None) == slug


@pytest.mark.parametrize("dash", ["--", "—", "–", "-", "――"])
@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "  "])
def test_dashes_and_spaces_of_every_kind(dash: str, space: str) -> None:
    found = split_dateline(
        f"SPRINGFIELD,{space}Ill.,{space}March{space}2,{space}2026{space}/PRNewswire/{space}{dash}{space}{TEXT}"
    )
    assert found is not None
    assert found[0].place == "SPRINGFIELD, Ill."
    assert found[0].date is not None
    assert found[1] == TEXT


@pytest.mark.parametrize(
    "sentence",
    [
        TEXT,
        "On September 8, 2022, the city announced new plans - at last.",
        "Acme said in May 2020 that things on (GLOBE NEWSWIRE) were late.",
        "In the news release, A Jam, issued 13-Jan-2016 by Osier over PR Newswire, a word was wrong.",
        "the results of June 3, 2020 - the best so far",
        "",
        "--",
    ],
)
def test_a_sentence_is_no_dateline(sentence: str) -> None:
    assert split_dateline(sentence) is None


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("SPRINGFIELD, Ill.", ("SPRINGFIELD", "Ill.", None)),
        ("CHONGQING, China", ("CHONGQING", None, "China")),
        ("SHENZHEN, Guangdong, China", ("SHENZHEN", "Guangdong", "China")),
        ("VANCOUVER, British Columbia", ("VANCOUVER", "British Columbia", None)),
        ("WASHINGTON, D.C.", ("WASHINGTON", "D.C.", None)),
        ("NEW YORK and LONDON", ("NEW YORK", None, None)),
        ("PARIS, France and BOSTON", ("PARIS", None, "France")),
        ("PORT OF SPAIN, Trinidad and Tobago", ("PORT OF SPAIN", None, "Trinidad and Tobago")),
        ("SEATTLE", ("SEATTLE", None, None)),
    ],
)
def test_places_are_taken_apart(place: str, parts: tuple[str | None, str | None, str | None]) -> None:
    assert split_place(place) == parts


@given(st.text(max_size=400))
def test_what_is_split_off_stood_there(text: str) -> None:
    found = split_dateline(text)
    if found is not None:
        dateline, rest = found
        assert text.endswith(rest)
        assert text.split()[: len(dateline.text.split())] == dateline.text.split()
