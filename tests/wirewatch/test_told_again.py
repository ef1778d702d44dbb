"""What comes after an alert: corrections, withdrawals and copies, and to whom they are told."""

from __future__ import annotations

from typing import Any

import pytest
from command_line import CommandLine

from news.kinds import kind_of

TITLE = "Acme Kites Opens a Test Field on the Edge of Town"
BODY = (
    "Acme Kites, maker of kites for calm days, opened a test field for its solar kite on the edge of town today. "
    "The field measures forty hectares and has room for 90 kites at once, the company said in the morning.\n\n"
    "Acme Kites expects 4,000 visitors in the first season and plans a second field near the coast. The mayor "
    "brought a ribbon of silk."
)
RULES = """
[[rule]]
name = 'silk'
query = 'silk'

[[rule]]
name = 'kites'
query = 'kites'
"""


def release(headline: str, body: str, *, hour: int = 8, number: int = 1) -> dict[str, object]:
    at = f"2026-03-02T{hour:02}:00:00Z"
    url = f"https://acme.example/{number}"
    told = {"headline": headline, "body": body, "published_at": at, "release_number": str(number), "url": url}
    return {**told, "issuer": "Acme Kites", "kind": kind_of(headline, body).value}


ORIGINAL = release(TITLE, BODY)


@pytest.fixture
def desk(cli: CommandLine) -> CommandLine:
    cli.configure(RULES)
    cli("ingest", cli.releases(ORIGINAL))
    assert occasions(cli) == [("kites", "first"), ("silk", "first")]
    return cli


def occasions(cli: CommandLine) -> list[tuple[str, str]]:
    """Rule and kind of occasion of every alert, sorted."""
    return sorted((row["rule"]["name"], row["occasion"].partition(":")[0]) for row in rows(cli))


def rows(cli: CommandLine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.done("alerts", "list", "--json").json
    return found


def test_a_correction_under_another_number_is_told_as_one(desk: CommandLine) -> None:
    text = BODY.replace("of silk", "of silk, and a drum")
    mended = release(f"CORRECTING and REPLACING {TITLE}", text, hour=9, number=2)
    desk("ingest", desk.releases(mended))
    assert occasions(desk) == [("kites", "first"), ("silk", "first"), ("silk", "revision")]
    [told] = [row for row in rows(desk) if row["occasion"].startswith("revision:")]
    assert ["added", "silk, and a drum."] in told["correction"]["changes"][-1]["words"]


def test_a_correction_that_takes_the_words_out_is_told_to_who_was_told_of_them(desk: CommandLine) -> None:
    mended = release(f"CORRECTION: {TITLE}", BODY.replace("silk", "wool"), hour=9, number=2)
    desk("ingest", desk.releases(mended))
    assert occasions(desk) == [("kites", "first"), ("silk", "first"), ("silk", "revision")]
    [told] = [row for row in rows(desk) if row["occasion"].startswith("revision:")]
    assert (told["matches"], told["correction"]["still_matches"]) == ([], False)
    shown = desk("alerts", "show", told["id"]).out
    assert "no longer true of this one" in shown
    assert "[-silk.-]{+wool.+}" in shown
    assert shown.startswith(f"CORRECTION: {TITLE}\n")
    assert "Also on" not in shown
    again = release(f"CORRECTION: {TITLE}", BODY.replace("silk", "linen"), hour=10, number=3)
    desk("ingest", desk.releases(again))
    assert occasions(desk) == [("kites", "first"), ("silk", "first"), ("silk", "revision")]


def test_a_figure_that_was_wrong_is_told_to_all_who_read_it(desk: CommandLine) -> None:
    mended = release(f"CORRECTION: {TITLE}", BODY.replace("4,000", "40,000"), hour=9, number=2)
    desk("ingest", desk.releases(mended))
    assert occasions(desk) == [("kites", "first"), ("kites", "revision"), ("silk", "first"), ("silk", "revision")]


def test_a_repetition_is_no_news(desk: CommandLine) -> None:
    desk("ingest", desk.releases(release(f"RETRANSMISSION: {TITLE}", BODY, hour=9, number=2)))
    desk("ingest", desk.releases(release(f"ADDING MULTIMEDIA {TITLE}", BODY, hour=10, number=3)))
    assert occasions(desk) == [("kites", "first"), ("silk", "first")]
    [story] = desk.done("stories", "list", "--json").json
    assert story["members"] == 3


def test_a_withdrawal_finds_all_who_were_told_also_of_rules_that_rest(cli: CommandLine) -> None:
    cli.configure("")
    for name in ("silk", "kites", "ribbon", "mayor"):
        cli.done("rules", "add", name, name)
    cli("ingest", cli.releases(ORIGINAL))
    cli.done("rules", "pause", "silk")
    cli.done("rules", "silence", "ribbon", "--for", "2h")
    cli.done("rules", "remove", "mayor")
    said = f"Readers should please disregard the press release “{TITLE}”."
    cli("ingest", cli.releases(release("DISREGARD RELEASE: Acme Kites", said, hour=11, number=6)))
    told = [rule for rule, occasion in occasions(cli) if occasion == "withdrawal"]
    assert told == ["kites", "ribbon", "silk"]


def test_who_wants_every_copy_is_told_of_each(cli: CommandLine) -> None:
    cli.configure(RULES.replace("query = 'silk'", "query = 'silk'\nevery_copy = true"))
    copies = [{**ORIGINAL, "wire": f"wire-{n}", "url": f"https://wire{n}.example/1"} for n in range(2)]
    cli("ingest", cli.releases(ORIGINAL, *copies))
    assert occasions(cli) == [("kites", "first"), ("silk", "copy"), ("silk", "copy"), ("silk", "first")]
    assert len({row["id"] for row in rows(cli)}) == 4
    cli("ingest", cli.releases(ORIGINAL, *copies))
    assert len(rows(cli)) == 4
