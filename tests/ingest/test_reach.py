"""Telephone numbers of many lands, and numbers that are none."""

from __future__ import annotations

import pytest

from ingest.reach import reaches

PHONES = [
    "+1 937 555 0100",
    "+1-937-555-0100",
    "1-937-555-0100",
    "(937) 555-0100",
    "937-555-0100",
    "937.555.0100",
    "937 555 0100",
    "1 (937) 555-0100",
    "555-0100",
    "+1\xa0937\xa0555\xa00100 ext. 12",
    "+49 (0)89 1234-5678",
    "+49 89 12345678",
    "089 / 1234 5678",
    "0711/1234-567",
    "+33 1 23 45 67 89",
    "01 23 45 67 89",
    "+44 (0) 20 7946 0018",
    "020 7946 0018",
    "(020) 7946 0018",
    "+34 912 34 56 78",
    "+39 02 1234567",
    "+81-3-1234-5678",
    "03-1234-5678",
    "+86 10 8888 7777",
    "010-88887777",
    "(86 10) 8888-7777",
    "13800138000",
    "400-123-4567",
    "+852 2345 6789",
    "+82-2-1234-5678",
    "+91 22 6600 0000",
    "+55 (11) 91234-5678",
    "Tel: 2345 6789",
    "Tel.: 12 34 56 78",
    "电话：2345 6789",
    "jane@halden.example",
    "j.doe+press@mail.halden.example",
    "[email\xa0protected]",
]
NONE = [
    "2015-2019",
    "2015 – 2019",
    "from 2015–2019 on",
    "2019/2020",
    "2022-09-09",
    "09.09.2022",
    "9/9/2022",
    "09-09-2022",
    "1 000 000",
    "12 500 000 euros",
    "10.000.000",
    "$1,250,000,000",
    "US$ 1250 000 000",
    "CAS 7439-93-2",
    "7439-93-2",
    "ISBN 978-3-16-148410-0",
    "978 3 16 148410 0",
    "10,000-12,000 tonnes",
    "3.1415926535",
    "100000-120000 units",
    "20 25 30 35",
    "No. 123456789",
    "Patent 10 123 456",
    "EN 60601-1-2",
    "section 12(3)(4)",
    "1) 2) 3)",
    "12.5% to 13.75%",
    "at 8:00",
    "halden.example",
    "version 2.10.3",
]


@pytest.mark.parametrize("text", PHONES)
def test_a_way_to_reach_somebody(text: str) -> None:
    assert reaches(text)
    assert reaches(f"Call Jane Doe: {text}, any day.")


@pytest.mark.parametrize("text", NONE)
def test_a_number_that_is_none(text: str) -> None:
    assert not reaches(text)
    assert not reaches(f"The company said that {text} was what it reached.")
