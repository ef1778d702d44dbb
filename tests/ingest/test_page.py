"""Decoding: what is declared counts, in this order: HTTP header, BOM, meta; then UTF-8, then a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.page import Page, declared_charset, decode

CHINESE = "重庆刀片电池"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode("cp1252"), "text/html; charset=ISO-8859-1", "é"),
        (b"\x93quoted\x94 \x96", "text/html; charset=iso-8859-1", "“quoted” –"),
        (CHINESE.encode("gb18030"), 'text/html; charset="gb2312"', CHINESE),
        ("é".encode(), "text/html; charset=utf-8", "é"),
        (b"\xef\xbb\xbf\xc3\xa9", None, "é"),
        ("é".encode("utf-16"), None, "é"),
        (b'<meta charset="gb2312">' + CHINESE.encode("gb18030"), None, f'<meta charset="gb2312">{CHINESE}'),
        (b"<meta charset=utf-16>\xc3\xa9", None, "<meta charset=utf-16>é"),
        (b'<?xml version="1.0" encoding="windows-1252"?>\x80', None, '<?xml version="1.0" encoding="windows-1252"?>€'),
        ("é 重".encode(), None, "é 重"),
        ("é".encode(), "text/html; charset=hex", "é"),
        ("é".encode(), "text/html; charset=no-such-thing", "é"),
    ],
)
def test_declared_charsets_are_read_as_browsers_read_them(body: bytes, content_type: str | None, text: str) -> None:
    assert decode(body, content_type) == text


def test_the_header_outweighs_the_meta_tag() -> None:
    body = b'<meta charset="utf-8">\xe9'
    assert decode(body, "text/html; charset=windows-1252").endswith("é")


def test_a_meta_tag_behind_kilobytes_of_white_space_is_found() -> None:
    assert (
        declared_charset(b" " * 9_000 + b'<meta http-equiv="Content-Type" content="text/html; charset=Big5">')
        == "big5hkscs"
    )


@pytest.mark.parametrize("charset", ["gb2312", "big5", "iso-8859-1", "windows-1252", "shift_jis"])
def test_a_page_saved_as_utf8_is_utf8_whatever_charset_it_still_names(charset: str) -> None:
    page = f'<meta charset="{charset}"><p>{CHINESE}是一种很安全的电池。</p>'
    assert decode(page.encode()) == page
    assert decode(page.encode(), f"text/html; charset={charset}") != page


@pytest.mark.parametrize(("charset", "text"), [("gb2312", "联通"), ("windows-1252", "Ã©")])
def test_a_few_bytes_that_could_be_utf8_are_not(charset: str, text: str) -> None:
    page = f'<meta charset="{charset}"><p>{text}</p>'
    assert decode(page.encode("gb18030" if charset == "gb2312" else charset)) == page


def test_nothing_is_guessed_where_a_charset_is_declared() -> None:
    assert decode("日本".encode("shift_jis"), "text/html; charset=utf-8").count("\ufffd") > 0


def test_an_undeclared_legacy_charset_is_guessed_from_enough_text() -> None:
    text = f"{CHINESE}是一种很安全的电池，重庆市人民政府宣布了新的计划。" * 20
    assert decode(text.encode("gb18030")) == text


@given(st.binary(max_size=4_000), st.none() | st.text(max_size=40))
def test_every_body_decodes(body: bytes, content_type: str | None) -> None:
    assert isinstance(Page("https://news.example/a", body, content_type).text, str)
