"""Times as wires write them. Each expectation is a fact about a format, none is what a library says."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import YEAR_MAX, YEAR_MIN, find_stamps, parse_day, parse_stamp, zone
from news.release import Precision

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("Jun 11, 2020, 16:25 ET", "2020-06-11T20:25:00Z", "minute"),
        ("Jan 11, 2020, 16:25 ET", "2020-01-11T21:25:00Z", "minute"),
        ("25 Apr, 2016, 03:39 ET", "2016-04-25T07:39:00Z", "minute"),
        ("April 06, 2016 12:00 ET", "2016-04-06T16:00:00Z", "minute"),
        ("Sep 1, 2025 at 6:19 PM ET", "2025-09-01T22:19:00Z", "minute"),
        ("March 07, 2019 05:30 PM Eastern Standard Time", "2019-03-07T22:30:00Z", "minute"),
        ("July 07, 2019 05:30 PM Eastern Daylight Time", "2019-07-07T21:30:00Z", "minute"),
        ("July 7, 2019 5:30 PM EST", "2019-07-07T21:30:00Z", "minute"),
        ("September 4, 2026 7:00 AM", "2026-09-04T11:00:00Z", "minute"),
        ("12/05/2024 06:00 AM", "2024-12-05T11:00:00Z", "minute"),
        ("Sept. 9, 2022", "2022-09-09T00:00:00Z", "day"),
        ("Thursday, June 11, 2020", "2020-06-11T00:00:00Z", "day"),
        ("9 September 2022", "2022-09-09T00:00:00Z", "day"),
        ("le 1er juin 2020", "2020-06-01T00:00:00Z", "day"),
        ("11. Juni 2020", "2020-06-11T00:00:00Z", "day"),
        ("3 de junio de 2020", "2020-06-03T00:00:00Z", "day"),
        ("2020年7月14日", "2020-07-14T00:00:00Z", "day"),
        ("4/6/2016", "2016-04-06T00:00:00Z", "day"),
        ("2016-04-25T03:39:00-04:00", "2016-04-25T07:39:00Z", "second"),
        ("2016-04-25T15:39:00Z", "2016-04-25T15:39:00Z", "second"),
        ("2016-04-25T15:39:00.123Z", "2016-04-25T15:39:00Z", "second"),
        ("2016-04-25 15:39", "2016-04-25T19:39:00Z", "minute"),
        ("201604251539", "2016-04-25T19:39:00Z", "minute"),
        ("20160425T153900Z", "2016-04-25T15:39:00Z", "second"),
        ("Thu, 16 Jul 2026 15:46:00 +0000", "2026-07-16T15:46:00Z", "second"),
        ("Fri, 02 Oct 2026 18:06 GMT", "2026-10-02T18:06:00Z", "minute"),
        ("Thu, 16 Jul 98 15:46:00 EST", "1998-07-16T19:46:00Z", "second"),
        ("July 4, 2026, 12:00 a.m. ET", "2026-07-04T04:00:00Z", "minute"),
        ("July 4, 2026, 12:00 p.m. ET", "2026-07-04T16:00:00Z", "minute"),
        ("  July\u00a04,\u00a02026,  9:05\u00a0ET ", "2026-07-04T13:05:00Z", "minute"),
    ],
)
def test_the_formats_of_the_wires(text: str, at: str, precision: str) -> None:
    stamp = parse_stamp(text, default_zone=NEW_YORK)
    assert stamp is not None
    assert stamp.at == datetime.fromisoformat(at)
    assert stamp.precision is Precision(precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "6 p.m.",
        "Feb 30, 2020",
        "June 11, 1980",
        "June 11, 2120",
        "Jun 11, 2020, 16:25 XYZ",
        "Jun 11, 2020, 25:10 ET",
        "Jun 11, 2020, 13:10 PM ET",
        "Jun 11, 2020, 16",
        "Junk 11, 2020",
        "0000-00-00",
        "99999999999999",
        "2020-06-11T10:00:00+99:00",
        "Jun 11, 2020 and Jun 12, 2020",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_stamp(text, default_zone=NEW_YORK) is None


@pytest.mark.parametrize(
    ("name", "january", "july"),
    [
        ("ET", -5, -4),
        ("EST", -5, -4),
        ("EDT", -5, -4),
        ("CT", -6, -5),
        ("PT", -8, -7),
        ("GMT", 0, 0),
        ("UTC", 0, 0),
        ("BST", 0, 1),
        ("CET", 1, 2),
        ("CEST", 1, 2),
        ("JST", 9, 9),
        ("HKT", 8, 8),
        ("AEST", 11, 10),
        ("Eastern Time", -5, -4),
        ("+05:30", 5.5, 5.5),
    ],
)
def test_zone_names_mean_the_clock_on_the_wall(name: str, january: float, july: float) -> None:
    where = zone(name)
    for month, hours in ((1, january), (7, july)):
        offset = datetime(2021, month, 15, 12, tzinfo=where).utcoffset()
        assert offset is not None
        assert offset.total_seconds() == hours * 3_600


def test_cst_is_chinese_on_a_chinese_wire() -> None:
    assert zone("CST", default_zone="Asia/Shanghai") == ZoneInfo("Asia/Shanghai")
    assert zone("CST", default_zone=NEW_YORK) == ZoneInfo("America/Chicago")


def test_a_slashed_day_is_read_in_europe_only_where_it_leaves_no_choice() -> None:
    assert parse_stamp("4/6/2016", default_zone="Europe/London") is None
    stamp = parse_stamp("25/4/2016", default_zone="Europe/London")
    assert stamp is not None
    assert stamp.at == datetime(2016, 4, 25, tzinfo=UTC)


def test_a_day_is_no_time_and_a_time_no_day() -> None:
    assert parse_day("Sept. 9, 2022") == datetime(2022, 9, 9, tzinfo=UTC).date()
    assert parse_day("Sept. 9, 2022, 10:00 ET") is None


def test_stamps_are_found_inside_a_line() -> None:
    found = list(find_stamps("Apr 25, 2016, 15:39 ET from Halden Instruments", default_zone="UTC"))
    assert [stamp.at for stamp in found] == [datetime(2016, 4, 25, 19, 39, tzinfo=UTC)]


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    stamp = parse_stamp(text, default_zone=NEW_YORK)
    assert stamp is None or YEAR_MIN - 1 <= stamp.at.year <= YEAR_MAX + 1


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2100, 12, 30)))
def test_iso_times_come_back_as_they_were(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC, microsecond=0)
    stamp = parse_stamp(aware.isoformat(), default_zone=NEW_YORK)
    assert stamp is not None
    assert stamp.at == aware
