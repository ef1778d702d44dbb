"""Datelines in every shape that the wires use, and sentences that only resemble one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.datelines import dated, split_dateline, wire_of
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
SHAPES_IN_OTHER_LANGUAGES = [
    ("新华社北京7月8日电", "北京", None, "新华社"),
    ("北京2017年9月15日电 /美通社/ -- ", "北京", "2017-09-15", "美通社"),
    ("纽约 2021 年 12 月 6 日电/美通社/--", "纽约", "2021-12-06", "美通社"),
    ("洛杉磯2026年10月8日 /美通社/ — ", "洛杉磯", "2026-10-08", "美通社"),
    ("【東京、2020年7月14日】", "東京", "2020-07-14", None),
    ("（2020年7月14日・東京）", "東京", "2020-07-14", None),
    ("【シンガポール2020年7月14日PR Newswire＝何通信】", "シンガポール", "2020-07-14", "PR Newswire＝何通信"),
    ("東京--(BUSINESS WIRE)--(何ワイヤ)--", "東京", None, "BUSINESS WIRE"),
    ("東京 – 2020年7月14日 – ", "東京", "2020-07-14", None),
    ("서울, 대한민국, 2020년 7월 14일 /PRNewswire/ -- ", "서울, 대한민국", "2020-07-14", "PRNewswire"),
    ("(서울=어느통신)", "서울", None, "어느통신"),
    ("München (ots) - ", "München", None, "ots"),
    ("Hamburg (ots/PRNewswire) - ", "Hamburg", None, "ots/PRNewswire"),
    ("Frankfurt am Main, den 8. Juli 2020 – ", "Frankfurt am Main", "2020-07-08", None),
    ("Bonn, 08.07.2020. ", "Bonn", "2020-07-08", None),
    ("Köln/Bonn, 8. Juli 2020: ", "Köln/Bonn", "2020-07-08", None),
    ("Paris, le 7 janvier 2026 – 17h45 – ", "Paris", "2026-01-07", None),
    ("Paris, January 7, 2026, 7:30 a.m. CET – ", "Paris", "2026-01-07", None),
    ("Ciudad de México, a 5 de mayo de 2024.- ", "Ciudad de México", "2024-05-05", None),
    (
        "NUEVA YORK, 26 de octubre de 2011 /PRNewswire-HISPANIC PR WIRE/ --",
        "NUEVA YORK",
        "2011-10-26",
        "PRNewswire-HISPANIC PR WIRE",
    ),
    ("SÃO PAULO, 11 de junho de 2020 /PRNewswire/ -- ", "SÃO PAULO", "2020-06-11", "PRNewswire"),
    ("Milano, 6 gennaio 2026 – ", "Milano", "2026-01-06", None),
    ("AMSTERDAM, the Netherlands, 7 januari 2026 – ", "AMSTERDAM, the Netherlands", "2026-01-07", None),
]
SHAPES_OF_OTHER_WIRES = [
    ("ERIE, PA, August 10, 2026 /9-to-5PressRelease/ -- ", "ERIE, PA", "2026-08-10", "9-to-5PressRelease"),
    ("Miami, FL – May, 7 2025 /Some Newswire/ – ", "Miami, FL", "2025-05-07", "Some Newswire"),
    ("NEW YORK, NY / Some Direct/ June 20th, 2024 /", "NEW YORK, NY", "2024-06-20", "Some Direct"),
    ("NEW YORK, NY/ NOVEMBER 11, 2024 /", "NEW YORK, NY", "2024-11-11", None),
    ("Oslo, Norway - November 3, 2025 / Halden Labs /", "Oslo, Norway", "2025-11-03", "Halden Labs"),
    ("Miami (Worth.example) Friday Apr 3, 2026 @ 7:00 AM US/Eastern —", "Miami", "2026-04-03", "Worth.example"),
    ("San Diego, CA (PRWEB) March 13, 2015. ", "San Diego, CA", "2015-03-13", "PRWEB"),
    ("HONG KONG, Mar 25, 2021 - (AB Newswire) - ", "HONG KONG", "2021-03-25", "AB Newswire"),
    ("LOS ANGELES, CA — June 11, 2025 — (OTRO NEWSWIRE) —", "LOS ANGELES, CA", "2025-06-11", "OTRO NEWSWIRE"),
    ("OAKLAND, CALIF.--(Marketwire -08/11/09)- ", "OAKLAND, CALIF.", "2009-08-11", "Marketwire"),
    ("SAN FRANCISCO & TEL AVIV, Israel--(BUSINESS WIRE)--", "SAN FRANCISCO & TEL AVIV, Israel", None, "BUSINESS WIRE"),
    ("BOSTON--(BUSINESS WIRE)--#AI #Cloud--", "BOSTON", None, "BUSINESS WIRE"),
    ("WASHINGTON (AP) — ", "WASHINGTON", None, "AP"),
    ("LONDON — ", "LONDON", None, None),
    ("STAMFORD, Conn. — ", "STAMFORD, Conn.", None, None),
    ("September 25th, 2025- Boca Raton, Florida- ", "Boca Raton, Florida", "2025-09-25", None),
    ("7 January 2026 – London, UK – ", "London, UK", "2026-01-07", None),
    ("March 27, 2025 -- ", None, "2025-03-27", None),
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


@pytest.mark.parametrize(("opening", "place", "day", "tag"), [*SHAPES_IN_OTHER_LANGUAGES, *SHAPES_OF_OTHER_WIRES])
def test_shapes_of_other_languages_and_of_wires_that_nobody_named(
    opening: str, place: str | None, day: str | None, tag: str | None
) -> None:
    found = split_dateline(opening + TEXT)
    assert found is not None
    dateline, rest = found
    assert rest == TEXT
    assert (dateline.text, dateline.place, dateline.wire) == (opening.strip(), place, tag)
    assert (dateline.date.isoformat() if dateline.date else None) == day


@pytest.mark.parametrize(
    "line", ["Dallas, Texas - February 5, 2026", "DALLAS, TX -- February 5th, 2026", "LONDON, 5 February 2026"]
)
def test_a_dateline_may_stand_on_a_line_of_its_own(line: str) -> None:
    found = split_dateline(line)
    assert found is not None
    assert found[0].date == date(2026, 2, 5)
    assert found[1] == ""


@pytest.mark.parametrize(
    ("opening", "near", "day"),
    [
        ("新华社北京7月8日电", date(2020, 7, 8), date(2020, 7, 8)),
        ("BEIJING, July 8 (Xinhua) -- ", date(2020, 7, 9), date(2020, 7, 8)),
        ("NEW YORK, Dec. 31 /PRNewswire-FirstCall/ -- ", date(2008, 1, 2), date(2007, 12, 31)),
        ("OSLO, Jan. 1 /PRNewswire/ -- ", date(2007, 12, 31), date(2008, 1, 1)),
        ("PARIS, 29 février (Agence Press) - ", date(2021, 1, 4), date(2020, 2, 29)),
    ],
)
def test_a_day_without_a_year_is_the_one_closest_to_publication(opening: str, near: date, day: date) -> None:
    found = split_dateline(opening + TEXT)
    assert found is not None
    assert found[0].date is None
    assert dated(found[0], near).date == day


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
        "In Paris, January 7, 2026. The board met.",
        "Since March 2, 2026 - and not before - things went well.",
        "Thursday, June 11, 2020 - a day to remember.",
        "Third Quarter ended September 30, 2025 – Highlights",
        "Acme Corp. (NASDAQ: ACME) – a maker of probes – said so.",
        "Acme, Inc. — the maker of probes — said so.",
        "Acme and the Beta Group, June 3, 2020 – a merger",
        "FOR IMMEDIATE RELEASE - JUNE 17, 2026",
        "AB1326 – 1/15/26",
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
        ("SINGAPORE", ("SINGAPORE", None, None)),
        ("United States", (None, None, "United States")),
        ("Köln/Bonn", ("Köln", None, None)),
        ("MADRID, España", ("MADRID", None, "España")),
        ("中国深圳", ("深圳", None, "中国")),
        ("加利福尼亚州圣何塞", ("圣何塞", "加利福尼亚州", None)),
        ("中國香港", ("香港", None, "中國")),
        ("伦敦、纽约", ("伦敦", None, None)),
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
