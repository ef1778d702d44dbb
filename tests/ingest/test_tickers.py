from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tickers import find_isins, find_tickers


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("Acme (NASDAQ: IDEX) said", ("NASDAQ:IDEX",)),
        ("Acme (Nasdaq GS: IDEX) and [NYSE: BA]", ("NASDAQ:IDEX", "NYSE:BA")),
        ("(NYSE: BRK.B, BRK.A; TSX: ABC)", ("NYSE:BRK.B", "NYSE:BRK.A", "TSX:ABC")),
        ("(TSX-V: ABC, OTCQB: ABCDF, FSE: 1A2)", ("TSXV:ABC", "OTCQB:ABCDF", "FRA:1A2")),
        ("(NYSE and TSX: RY)", ("NYSE:RY", "TSX:RY")),
        ("(NASDAQ: GOOG and GOOGL)", ("NASDAQ:GOOG", "NASDAQ:GOOGL")),
        ("（SZSE：002594；HKEX：1211）", ("SZSE:002594", "HKEX:1211")),
        ("TSX Venture Exchange:ABC, Other OTC:ABCCF", ("TSXV:ABC", "OTC:ABCCF")),
        ("(NYSE: T) and again (NYSE: T)", ("NYSE:T",)),
        ("It is listed on the NYSE: a first. The time: 10:00 ET. Ratio: 3.", ()),
        ("OTC: Pink sheets", ()),
        ("someone@nyse:ABC@x", ()),
    ],
)
def test_symbols_stand_after_an_exchange_and_a_colon(text: str, tickers: tuple[str, ...]) -> None:
    assert find_tickers(text) == tickers


def test_an_isin_has_a_right_check_digit() -> None:
    assert find_isins("ISIN US0378331005, not US0378331006; DE000BAY0017 twice DE000BAY0017; XUS0378331005") == (
        "US0378331005",
        "DE000BAY0017",
    )


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert all(":" in ticker for ticker in find_tickers(text))
    assert isinstance(find_isins(text), tuple)
