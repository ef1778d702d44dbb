"""Pages that stand in for a release, and releases that only speak of such things."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingest.walls import stands_in
from news.release import RejectReason

NEGATIVE = Path(__file__).resolve().parents[2].parent / "shared/real/negative/newsrooms-with-access-denied.2026-01.csv"

WALLS = [
    (
        "Access Denied",
        "Reference #18.a4ed2017.1770828343.f8733a4\nhttps://errors.edgesuite.net/18.a4ed2017.1770828343.f8733a4",
    ),
    ("Access Denied", 'Access Denied You don\'t have permission to access "http://news.example/a" on this server.'),
    ("Just a moment...", "news.example Verifying you are human. This may take a few seconds."),
    ("Attention Required! | Cloudflare", "Sorry, you have been blocked. You are unable to access news.example"),
    ("Pardon Our Interruption", "As you were browsing something about your browser made us think you were a bot."),
    ("news.example", "Please verify you are a human. Press & Hold to confirm you are a human (and not a bot)."),
    ("", "Checking your browser before accessing news.example."),
    ("Captcha", "Type the letters."),
    ("Robot Check", "Enter the characters you see below"),
    ("news.example", "Request unsuccessful. Incapsula incident ID: 1234-5678"),
]
ERRORS = [
    ("404 Not Found", "nginx"),
    ("Page not found | Acme", "The page you are looking for does not exist."),
    ("503 Service Temporarily Unavailable", ""),
    ("Acme | Error 500", "Something went wrong."),
    ("Acme", "Error 500: internal server error"),
    ("Acme", "The requested URL /news/x was not found on this server."),
]
REAL = [
    ("Acme Ends the Captcha", "Acme today released a test that asks nobody to solve a puzzle. " * 60),
    ("Acme Fixes Error 404 in Its Maps", "Acme said that the maps of Route 404 are mended. Drivers may update today."),
    ("Acme Opens a Plant", "The plant opens on Monday. No access is denied to visitors."),
    ("Blocked Arteries: A Study", "A study by Acme finds that walking helps."),
    ("Room 502 Opens in Lyon", "A theatre opens."),
    ("502 Towns Join Acme", "They do."),
    ("Acme: 500 Wells Drilled", "In ten years."),
    ("Acme Names a Treasurer", "Jane Doe is the new treasurer of Acme. She joined in 2014."),
]


@pytest.mark.parametrize(("title", "text"), WALLS)
def test_a_wall_is_blocked(title: str, text: str) -> None:
    assert stands_in(title, text) is RejectReason.BLOCKED


@pytest.mark.parametrize(("title", "text"), ERRORS)
def test_an_error_page_is_one(title: str, text: str) -> None:
    assert stands_in(title, text) is RejectReason.ERROR_PAGE


@pytest.mark.parametrize(("title", "text"), REAL)
def test_a_release_that_speaks_of_such_things_is_none(title: str, text: str) -> None:
    assert stands_in(title, text) is None


@pytest.mark.skipif(not NEGATIVE.exists(), reason="the captured newsroom texts are not beside this checkout")
def test_of_202_newsroom_texts_exactly_the_walls_are_flagged() -> None:
    with NEGATIVE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    flagged = {at for at, row in enumerate(rows) if stands_in(row["title_y"] or "", row["article_text"] or "")}
    walls = {at for at, row in enumerate(rows) if row["title_y"] == "Access Denied"}
    assert len(rows) == 202
    assert len(walls) == 7
    assert flagged == walls
