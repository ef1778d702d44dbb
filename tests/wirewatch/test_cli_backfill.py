"""`wirewatch backfill` as a newcomer types it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from command_line import CommandLine

from wirewatch import clock


@pytest.fixture
def bare(cli: CommandLine) -> CommandLine:
    """A source of which no other address is known."""
    cli.configure()
    cli.done("sources", "add", "https://acme.example/feed.xml", "--name", "acme", "--unseen")
    return cli


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("acmee", "--since", "2026-03-02"), "there is no source 'acmee'; did you mean acme?"),
        (("acme",), "--since is missing"),
        (("acme", "--since", "last week"), "--since 'last week' is no day, such as 2026-03-02"),
        (("acme", "--since", "2026-02-30"), "--since '2026-02-30' is no day"),
        (("acme", "--since", "2026-03-02", "--until", "soon"), "--until 'soon' is no day"),
        (("acme", "--since", "2026-03-02", "--until", "2026-03-01"), "--until 2026-03-01 is before --since 2026-03-02"),
        (("acme", "--since", "2026-03-02"), "no other address of 'acme' is known to look at"),
        (("acme", "--stop"), "no back-fill of 'acme' is under way"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(bare: CommandLine, words: tuple[str, ...], told: str) -> None:
    assert told in bare.refused("backfill", *words)


def test_a_day_to_come_is_refused(bare: CommandLine) -> None:
    coming = str((clock.now() + timedelta(days=2)).date())
    assert f"--since {coming} is in the future" in bare.refused("backfill", "acme", "--since", coming)
