"""Releases as JSON are taken as given; only a missing language is looked for."""

from __future__ import annotations

import pytest

from news.release import ReleaseFormatError
from wirewatch.given import release_given

GERMAN = "In der Stadt werden in diesem Jahr viele neue Häuser gebaut, sagte die Ministerin gestern Abend."


@pytest.mark.parametrize(
    ("row", "language"),
    [
        ({"headline": "x", "body": GERMAN}, "de"),
        ({"headline": "x", "body": GERMAN, "language": ""}, "de"),
        ({"headline": "x", "body": GERMAN, "language": "en"}, "en"),
        ({"headline": "x", "body": GERMAN, "language": "und"}, "und"),
        ({"headline": "在重庆举行的新能源汽车大会今天开幕"}, "zh"),
        ({"headline": "x"}, "und"),
    ],
)
def test_a_language_that_is_not_stated_is_detected(row: dict[str, str], language: str) -> None:
    assert release_given(row).language == language


def test_what_is_no_release_is_named() -> None:
    with pytest.raises(ReleaseFormatError, match="body: expected a string"):
        release_given({"body": 3})
