"""What an answer says of its own age."""

from __future__ import annotations

import pytest

from ingest.freshness import age_s


@pytest.mark.parametrize(
    ("told", "read"),
    [(b"0", 0.0), (b" 86400 ", 86_400.0), (b"-5", None), (b"1.5", None), (b"a day", None), (b"9" * 12, None)],
)
def test_the_age_is_read_without_trust(told: bytes, read: float | None) -> None:
    assert age_s([(b"Age", told)]) == read


def test_most_answers_say_nothing() -> None:
    assert age_s([(b"date", b"Mon, 02 Mar 2026 14:30:00 GMT")]) is None
