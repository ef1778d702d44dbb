"""What passes for a selector the reader of pages takes, and the caret stands where one goes wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from config import number_patterns, time_formats
from config.problems import MisspeltError
from config.selectors import SELECTOR_CHARS_MAX, Pick, checked, read_pick

TREE = LexborHTMLParser("<html lang=en><body><div class='a b' id=x><p title='t'>one<p>two</div></body></html>")

names = st.sampled_from(["p", "div", "*", "h1", "header", "über"])
_COUNTED = (":first-child", ":nth-child(2n+1)", ":nth-of-type(odd)", ":empty", ":root")
_HOLDING = (":not(.b)", ":is(p, .a)", ":has(> p)", ":where(div p)")
_NAMED = (".a", "#x", "[href]", "[href*='/n/']", "[title=t i]", ".md\\:flex", '[data-x="a]b"]')
marks = st.sampled_from((*_NAMED, *_COUNTED, *_HOLDING))
compounds = st.builds(lambda name, more: name + "".join(more), names, st.lists(marks, max_size=3))
selectors = st.builds(
    lambda first, rest: first + "".join(joint + one for joint, one in rest),
    compounds,
    st.lists(st.tuples(st.sampled_from([" ", " > ", "+", " ~ ", ", "]), compounds), max_size=4),
)


@given(selectors)
def test_every_selector_of_the_grammar_passes_and_is_taken_by_the_reader(selector: str) -> None:
    assert checked(selector) == selector
    TREE.css(selector)


@given(st.text(alphabet="ap.#[]='\":()>+~, *n1-\\é@<", max_size=25))
def test_whatever_passes_is_taken_by_the_reader(text: str) -> None:
    try:
        selector = checked(text)
    except MisspeltError as fault:
        shown, caret = fault.excerpt.split("\n")
        assert caret.endswith("^")
        assert len(caret) <= len(shown) + 1
    else:
        TREE.css(selector)


@pytest.mark.parametrize(
    ("text", "at"),
    [("div..x", 4), ("div >", 5), ("a,,b", 2), ("p:contains(x)", 1), ("a[href*=/x/]", 1), ("p:nth-child(x)", 12)],
)
def test_the_caret_stands_where_it_goes_wrong(text: str, at: int) -> None:
    with pytest.raises(MisspeltError) as caught:
        checked(text)
    assert caught.value.excerpt == f"{text}\n{' ' * at}^"


def test_a_pick_is_a_text_an_attribute_or_a_comment() -> None:
    assert read_pick("h1 a") == Pick("h1 a")
    assert read_pick("time @datetime") == Pick("time", "datetime")
    assert read_pick("a[href*='x@y']") == Pick("a[href*='x@y']")
    assert read_pick("<!-- ITEMDATE: -->") == Pick("", comment="ITEMDATE")
    with pytest.raises(MisspeltError, match="more than"):
        checked("a" * (SELECTOR_CHARS_MAX + 1))


@pytest.mark.parametrize(
    "pattern", [r"(\d+)+", r"(a*a*a*)", r"(a)\1", r"(?=a)(b)", r"(?:ab){2,}(c)", r"(a)(b)", "x", "(", "a(?i)"]
)
def test_a_pattern_that_could_take_long_or_finds_no_number_is_refused(pattern: str) -> None:
    with pytest.raises(MisspeltError):
        number_patterns.checked(pattern)


def test_a_pattern_that_passes_takes_little_time_on_the_worst_address() -> None:
    worst = number_patterns.checked(r"([a/]*)[a/]*!")
    assert re.search(worst, "a" * 300) is None
    assert number_patterns.checked(r"/(\d{4,9})-[^/?]+\.html?") == r"/(\d{4,9})-[^/?]+\.html?"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("DD.MM.YYYY HH:mm", "am 03.07.2026  14:30 Uhr"),
        ("D. MMMM YYYY, HH:mm 'Uhr'", "3. Juli 2026, 14:30 Uhr"),
        ("MM/DD/YYYY h:mm A Z", "07/03/2026 2:30 p.m. ET"),
        ("dddd, MMMM D YYYY", "Friday, July 3 2026"),
    ],
)
def test_a_format_finds_its_time_in_a_text(form: str, text: str) -> None:
    assert time_formats.compiled(form).search(text)


@pytest.mark.parametrize(
    "form", ["HH:mm", "DD.MM.YYYY HH", "DD.MM.YYYY Uhr", "DD.DD.YYYY", "", "DD.MM.YYYY mm", "D" * 99]
)
def test_a_format_that_says_no_day_or_no_minute_is_refused(form: str) -> None:
    with pytest.raises(MisspeltError):
        time_formats.compiled(form)
