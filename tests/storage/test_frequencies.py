"""The shares of releases that hold a term, as the rule index asks for them."""

from __future__ import annotations

import pytest
from shelf import NOW, kept_as, release

from news.verdict import New
from storage import frequencies
from storage.archive import Archive
from storage.frequencies import term_shares
from storage.keeping import keep


def fill(archive: Archive, many: int) -> None:
    with archive.writing(NOW) as work:
        for number in range(many):
            body = "The plants open the mill." if number % 4 == 0 else "The batteries."
            keep(work, kept_as(release(f"Unique{number}", body)), New())


def test_a_share_counts_releases_and_not_words(archive: Archive) -> None:
    fill(archive, 200)
    shares = term_shares(archive.database)
    assert (shares["the"], shares["plant"], shares["batteri"]) == (1.0, 0.25, 0.75)
    assert not any(term.startswith("unique") for term in shares)


def test_only_the_newest_are_asked(archive: Archive) -> None:
    fill(archive, 200)
    with archive.writing(NOW) as work:
        for number in range(200):
            keep(work, kept_as(release(f"Newer {number}", "Nothing else.")), New())
    assert "plant" not in term_shares(archive.database, sample=200)


def test_too_few_releases_tell_nothing(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archive, 199)
    assert term_shares(archive.database) == {}
    monkeypatch.setattr(frequencies, "TERMS_MAX", 1)
    fill(archive, 1)
    assert list(term_shares(archive.database)) == ["the"]
