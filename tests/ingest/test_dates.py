"""Times as wires write them. Each expectation is a fact about a format, none is what a library says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clocks import zone
from ingest.dates import YEAR_MAX, YEAR_MIN, Stamp, find_stamps, lies_ahead, parse_day, parse_stamp
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
        ("MEZ", 1, 2),
        ("MESZ", 1, 2),
        ("北京时间", 8, 8),
        ("北京時間", 8, 8),
        ("日本時間", 9, 9),
        ("香港時間", 8, 8),
        ("美東時間", -5, -4),
        ("한국시간", 9, 9),
        ("heure de Paris", 1, 2),
        ("heure de l’Est", -5, -4),
        ("hora de Madrid", 1, 2),
        ("hora del este", -5, -4),
        ("deutscher Zeit", 1, 2),
        ("Japan Standard Time", 9, 9),
        ("E.T.", -5, -4),
        ("Eastern Time (US & Canada)", -5, -4),
        ("US/Eastern", -5, -4),
        ("UTC+8", 8, 8),
        ("GMT-3", -3, -3),
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


@pytest.mark.parametrize(
    "name", ["", "XYZ", "time", "Standard Time", "Bogus/Nowhere", "../../etc/passwd", "UTC+99", "+05:75"]
)
def test_a_name_of_no_zone_is_none(name: str) -> None:
    assert zone(name) is None


def test_cst_is_chinese_on_a_chinese_wire() -> None:
    assert zone("CST", default_zone="Asia/Shanghai") == ZoneInfo("Asia/Shanghai")
    assert zone("CST", default_zone=NEW_YORK) == ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "zone_name", "language", "day"),
    [
        ("4/6/2016", NEW_YORK, None, "2016-04-06"),
        ("4/6/2016", NEW_YORK, "en", "2016-04-06"),
        ("4/6/2016", "America/Toronto", "fr", "2016-06-04"),
        ("4/6/2016", "Europe/London", "en", "2016-06-04"),
        ("4/6/2016", "Asia/Hong_Kong", None, "2016-06-04"),
        ("4/6/2016", "UTC", "de", "2016-06-04"),
        ("4/6/2016", "UTC", "en", None),
        ("4/6/2016", "Asia/Shanghai", "zh", None),
        ("25/4/2016", "UTC", None, "2016-04-25"),
        ("4/25/2016", "UTC", None, "2016-04-25"),
        ("25/4/2016", NEW_YORK, None, None),
        ("2016/4/6", "Asia/Tokyo", "ja", "2016-04-06"),
    ],
)
def test_the_order_of_day_and_month_is_that_of_the_language_then_of_the_wire(
    text: str, zone_name: str, language: str | None, day: str | None
) -> None:
    found = parse_day(text, default_zone=zone_name, language=language)
    assert (found.isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("text", "default_zone", "at"),
    [
        ("2020年7月14日 10:30", "Asia/Shanghai", "2020-07-14T02:30:00Z"),
        ("2020-7-8 18:00:55", "Asia/Shanghai", "2020-07-08T10:00:55Z"),
        ("2020年7月14日上午10:30", "Asia/Shanghai", "2020-07-14T02:30:00Z"),
        ("2020年7月14日 下午3:05", "Asia/Shanghai", "2020-07-14T07:05:00Z"),
        ("2020年7月14日 下午13:30", "Asia/Shanghai", "2020-07-14T05:30:00Z"),
        ("2020年7月14日星期二 凌晨12:30", "Asia/Shanghai", "2020-07-13T16:30:00Z"),
        ("2020年7月14日北京时间10:30", "UTC", "2020-07-14T02:30:00Z"),
        ("2020年7月14日 10:30（北京时间）", "UTC", "2020-07-14T02:30:00Z"),
        ("2020年7月14日（火）16時30分", "Asia/Tokyo", "2020-07-14T07:30:00Z"),
        ("2020年7月14日 午後4時", "Asia/Tokyo", "2020-07-14T07:00:00Z"),
        ("2020년 7월 14일 오후 3시 30분", "Asia/Seoul", "2020-07-14T06:30:00Z"),
        ("2020. 7. 14. 15:30", "Asia/Seoul", "2020-07-14T06:30:00Z"),
        ("08.07.2020 17.45 Uhr", "Europe/Berlin", "2020-07-08T15:45:00Z"),
        ("8. Juli 2020, 17:45 Uhr MESZ", "UTC", "2020-07-08T15:45:00Z"),
        ("Mittwoch, 8. Januar 2020 um 09:00 Uhr", "Europe/Berlin", "2020-01-08T08:00:00Z"),
        ("le 7 janvier 2026 à 17h45", "Europe/Paris", "2026-01-07T16:45:00Z"),
        ("mercredi 8 juillet 2020 - 17 h 45 (heure de Paris)", "UTC", "2020-07-08T15:45:00Z"),
        ("23 sept. 2026, 17:00 HE", "America/Toronto", None),
        ("23 sept. 2026, 17:00 HAE", "UTC", "2026-09-23T21:00:00Z"),
        ("26 de octubre de 2011 a las 10:15 ET", "UTC", "2011-10-26T14:15:00Z"),
        ("3 de março de 2021 às 10h30 (horário de Brasília)", "UTC", None),
        ("3 de março de 2021 às 10h30", "America/Sao_Paulo", "2021-03-03T13:30:00Z"),
        ("6 gennaio 2026 alle ore 12:00", "Europe/Rome", "2026-01-06T11:00:00Z"),
        ("6 januari 2026 om 12:00 uur", "Europe/Amsterdam", "2026-01-06T11:00:00Z"),
        ("7:30 a.m. CET, January 7, 2026", "UTC", "2026-01-07T06:30:00Z"),
        ("16:05 ET | Nov 25, 2024", "UTC", "2024-11-25T21:05:00Z"),
        ("March 7, 2019 at 5:30 p.m. Eastern Daylight Time", "UTC", "2019-03-07T22:30:00Z"),
        ("Jan 7, 2026 | 08:00 Central European Time", "UTC", "2026-01-07T07:00:00Z"),
        ("July 7, 2026 08:00 British Summer Time", "UTC", "2026-07-07T07:00:00Z"),
        ("July 7, 2026 08:00 Hong Kong Time", "UTC", "2026-07-07T00:00:00Z"),
        ("July 7, 2026 08:00 UTC+8", "UTC", "2026-07-07T00:00:00Z"),
        ("July 7, 2026 08:00 GMT +0530", "UTC", "2026-07-07T02:30:00Z"),
        ("Jul 7, 2026 8:00 AM US/Eastern", "UTC", "2026-07-07T12:00:00Z"),
        ("2026-07-07 08:00:00 Asia/Tokyo", "UTC", "2026-07-06T23:00:00Z"),
        ("2025-09-30 08:30:00 EDT", "UTC", "2025-09-30T12:30:00Z"),
        ("Friday, 04 September 2026 05:00 PM", NEW_YORK, "2026-09-04T21:00:00Z"),
        ("Jan. 7, 2026 12:00 noon ET", "UTC", "2026-01-07T17:00:00Z"),
    ],
)
def test_times_in_ten_languages(text: str, default_zone: str, at: str | None) -> None:
    stamp = parse_stamp(text, default_zone=default_zone)
    assert (stamp.at if stamp else None) == (datetime.fromisoformat(at) if at else None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Mar 8, 2020, 1:59 AM ET", "2020-03-08T06:59:00Z"),
        ("Mar 8, 2020, 3:00 AM ET", "2020-03-08T07:00:00Z"),
        ("Mar 8, 2020, 2:30 AM ET", "2020-03-08T07:30:00Z"),
        ("Mar 8, 2020, 2:30 AM EST", "2020-03-08T07:30:00Z"),
        ("Nov 1, 2020, 12:59 AM ET", "2020-11-01T04:59:00Z"),
        ("Nov 1, 2020, 1:30 AM ET", "2020-11-01T05:30:00Z"),
        ("Nov 1, 2020, 1:30 AM EDT", "2020-11-01T05:30:00Z"),
        ("Nov 1, 2020, 1:30 AM EST", "2020-11-01T06:30:00Z"),
        ("Nov 1, 2020, 1:30 AM Eastern Standard Time", "2020-11-01T06:30:00Z"),
        ("Nov 1, 2020, 2:00 AM ET", "2020-11-01T07:00:00Z"),
        ("25 Oct 2020, 02:30 CEST", "2020-10-25T00:30:00Z"),
        ("25 Oct 2020, 02:30 CET", "2020-10-25T01:30:00Z"),
        ("29 Mar 2020, 01:30 BST", "2020-03-29T01:30:00Z"),
    ],
)
def test_both_sides_of_the_change_of_clocks_and_the_hours_left_out_and_repeated(text: str, at: str) -> None:
    stamp = parse_stamp(text, default_zone="UTC")
    assert stamp is not None
    assert stamp.at == datetime.fromisoformat(at)


def test_a_day_lies_ahead_by_the_calendar_of_the_wire() -> None:
    now = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
    tomorrow = Stamp(datetime(2026, 11, 27, tzinfo=UTC), Precision.DAY)
    assert lies_ahead(tomorrow, now=now, default_zone=NEW_YORK)
    assert not lies_ahead(tomorrow, now=now, default_zone="Asia/Hong_Kong")
    assert lies_ahead(Stamp(now + timedelta(hours=1), Precision.MINUTE), now=now, default_zone=NEW_YORK)
    assert not lies_ahead(Stamp(now + timedelta(minutes=5), Precision.MINUTE), now=now, default_zone=NEW_YORK)


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


_ZONES_ON_WIRES = {
    "ET": NEW_YORK,
    "CET": "Europe/Paris",
    "BST": "Europe/London",
    "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong",
}


@given(
    st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2037, 12, 30)),
    st.sampled_from(sorted(_ZONES_ON_WIRES)),
)
def test_a_clock_on_the_wall_is_read_back_in_every_order(at: datetime, name: str) -> None:
    """What a wire shows of a moment, in twelve or twenty-four hours, day or month first, is that moment."""
    moment = at.replace(second=0, microsecond=0, tzinfo=UTC)
    wall = moment.astimezone(ZoneInfo(_ZONES_ON_WIRES[name]))
    for shown in (
        f"{wall:%b} {wall.day}, {wall.year}, {wall:%H:%M} {name}",
        f"{wall.day} {wall:%B} {wall.year} {wall:%I:%M %p} {name}",
        f"{wall:%A, %B %d, %Y at %I:%M %p} {name}",
        f"{wall:%H:%M} {name} | {wall:%b %d, %Y}",
    ):
        stamp = parse_stamp(shown, default_zone="UTC")
        assert stamp is not None, shown
        assert stamp.precision is Precision.MINUTE
        # An hour that autumn repeats is shown alike: its first passing is read.
        assert stamp.at == moment or (wall.fold and stamp.at == moment - timedelta(hours=1)), shown


_MONTHS_IN = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}


@given(
    st.dates(min_value=datetime(1990, 1, 1).date(), max_value=datetime(2100, 12, 31).date()),
    st.sampled_from(sorted(_MONTHS_IN)),
)
def test_days_written_in_words_come_back(day: date, language: str) -> None:
    shown = f"{day.day} {_MONTHS_IN[language].split()[day.month - 1]} {day.year}"
    assert parse_day(shown) == day
    assert parse_day(f"{day:%Y}年{day.month}月{day.day}日") == day
    assert parse_day(f"{day.day:02}/{day.month:02}/{day.year}", language=language if language != "en" else "de") == day
