"""`sources add URL`: what an address is, told and tried before it is polled."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from command_line import CommandLine
from newsroom import RELEASE, Newsroom, item, rss

SITEMAP = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)
ALLOWED = '[network]\nallow = ["127.0.0.0/8"]\n[polling]\nper_host_gap_s = 0\n'


@pytest.fixture
def room(cli: CommandLine) -> Iterator[Newsroom]:
    cli.configure(ALLOWED)
    found = Newsroom()
    with found.server:
        yield found


def news_sitemap(base: str) -> bytes:
    rows = "".join(
        f"<url><loc>{base}/releases/halden-opens-plant-{n}.html</loc><news:news><news:publication_date>"
        f"2026-11-0{n}T14:30:00Z</news:publication_date><news:title>Halden Opens Plant {n}</news:title></news:news>"
        "</url>"
        for n in range(1, 8)
    )
    return f"<urlset {SITEMAP}>{rows}</urlset>".encode()


def sources(cli: CommandLine) -> list[tuple[str, str]]:
    return [(row["url"], row["kind"]) for row in cli.done("sources", "list", "--json").json]


def test_a_feed_is_tried_shown_and_added(cli: CommandLine, room: Newsroom) -> None:
    ran = cli.done("sources", "add", room.base + "/feed.xml", "--name", "halden")
    assert f"{room.base}/feed.xml is a feed of 'Halden News' with 7 rows" in ran.out
    assert "Halden Opens Plant 7" in ran.out
    assert "Halden Opens Plant 3" in ran.out
    assert "Halden Opens Plant 2" not in ran.out, "five are shown"
    assert "its page (" in ran.out
    assert ran.lines[-1].startswith("source 'halden' (web, feed) will be polled every ")
    told = cli.done("sources", "add", room.base + "/feed.xml", "--name", "again", "--json").json
    assert [row["headline"] for row in told["releases"]] == [f"Halden Opens Plant {n}" for n in (7, 6, 5, 4, 3)]
    first = told["releases"][0]
    assert (first["published_at"], first["issuer"]) == ("2026-11-07T14:30:00Z", "Halden Instruments")
    assert told["added"]["name"] == "again"


def test_a_page_leads_to_the_feed_that_it_names(cli: CommandLine, room: Newsroom) -> None:
    home = room.put(
        "/",
        "<html><head><title>Halden</title>"
        "<link rel='alternate' type='application/rss+xml' href='/feed.xml' title='News'>"
        "<link rel='alternate' type='application/rss+xml' href='/comments/feed' title='Comments'></head><body>Home",
    )
    ran = cli.done("sources", "add", home)
    assert "is a web page ('Halden')" in ran.out
    assert sources(cli) == [(room.base + "/feed.xml", "feed")]
    assert "/comments/feed" not in room.asked


def test_of_several_feeds_the_user_chooses(cli: CommandLine, room: Newsroom) -> None:
    for topic in ("energy", "health"):
        room.put(f"/rss/{topic}.rss", rss(topic.title(), item(room.base, 1)))
    index = room.put(
        "/rss", "<html><title>Feeds</title><body><a href='/rss/energy.rss'>Energy</a> <a href=/rss/health.rss>H</a>"
    )
    ran = cli("sources", "add", index)
    assert ran.code == 2
    assert "/rss/energy.rss" in ran.out
    assert "--pick N" in ran.out
    assert sources(cli) == []
    cli.done("sources", "add", index, "--pick", "2")
    assert sources(cli) == [(room.base + "/rss/health.rss", "feed")]
    assert "there are 2 choices" in cli.refused("sources", "add", index, "--pick", "3")


def test_robots_and_well_known_places_are_tried_where_a_page_names_nothing(cli: CommandLine, room: Newsroom) -> None:
    home = room.put("/", "<html><title>Halden</title><body>Home")
    room.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {room.base}/news.xml.gz\n")
    room.put("/news.xml.gz", gzip.compress(news_sitemap(room.base)))
    cli.done("sources", "add", home)
    assert sources(cli) == [(room.base + "/news.xml.gz", "sitemap")]
    assert len(set(room.asked)) < 16
    cli.done("poll")
    assert cli.done("search", "batteries", "--json").json["releases"]


def test_an_index_of_sitemaps_leads_to_that_of_the_news(cli: CommandLine, room: Newsroom) -> None:
    room.put("/pages.xml", f"<urlset {SITEMAP}><url><loc>{room.base}/about</loc></url></urlset>")
    room.put("/news.xml", news_sitemap(room.base))
    index = room.put(
        "/sitemap.xml",
        f"<sitemapindex {SITEMAP}><sitemap><loc>{room.base}/pages.xml</loc></sitemap>"
        f"<sitemap><loc>{room.base}/news.xml</loc></sitemap></sitemapindex>",
    )
    cli.done("sources", "add", index)
    assert sources(cli) == [(room.base + "/news.xml", "sitemap")]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (
            rss("Wire", "", "The RSS channel you requested was deactivated by the administrator."),
            200,
            "a feed without items that is dead by its own word: 'The RSS channel you requested was deactivated",
        ),
        (rss("Wire", ""), 200, "a feed without a single item: 'Wire'"),
        (b"no", 403, "is blocked: it answers programs with HTTP 403, which Wirewatch does not evade"),
        (b"no", 404, "cannot be read now: not-found"),
        (
            (
                b"<html><title>Access Denied</title><body><h1>Access Denied</h1>You don't have permission to access "
                b'"http://x.example/" on this server.<p>Reference #18.2f.1700000000.1a2b3c'
            ),
            200,
            "a wall against programs",
        ),
        (b'{"data": {"count": 3}}', 200, "JSON in which no list of releases is to be seen"),
        (b"<html><title>Halden</title><body>Home", 200, "names no feed or sitemap that could be polled"),
        (b"hello", 200, "nothing that can be polled: 'hello'"),
    ],
)
def test_what_cannot_be_polled_is_said_in_a_sentence(
    cli: CommandLine, room: Newsroom, body: bytes, status: int, told: str
) -> None:
    room.put("/robots.txt", "User-agent: *\nAllow: /\n")
    del room.pages["/feed.xml"]
    said = cli.refused("sources", "add", room.put("/odd", body, status))
    assert told in said
    assert "nothing was added" in said
    assert sources(cli) == []


def test_a_single_releases_page_is_told_from_a_source(cli: CommandLine, room: Newsroom) -> None:
    said = cli.refused("sources", "add", room.base + "/releases/halden-opens-plant-2.html")
    assert "is the page of a single release ('Halden Opens Plant 2', 2026-11-02)" in said


def test_a_private_address_is_refused_with_the_way_to_allow_it(cli: CommandLine, room: Newsroom) -> None:
    cli.configure()
    said = cli.refused("sources", "add", room.base + "/feed.xml")
    assert "is a private address" in said
    assert '[network] allow = ["127.0.0.1"]' in said
    assert room.asked == []


def test_looking_adds_nothing(cli: CommandLine, room: Newsroom) -> None:
    assert "Halden Opens Plant 7" in cli.done("sources", "add", room.base + "/feed.xml", "--look").out
    assert sources(cli) == []


def test_the_catalogue_is_searched_and_mistakes_are_forgiven(cli: CommandLine) -> None:
    cli.configure()
    rows = cli.done("sources", "catalogue", "energy", "--json").json
    assert "prnewswire/energy" in {row["entry"] for row in rows}
    assert {row["state"] for row in cli.done("sources", "catalogue", "--json").json} >= {"unproved", "blocked"}
    assert "prnewswire/energy" in cli.done("sources", "catalogue", "enregy").out
    ran = cli("sources", "catalogue", "zzzzqqq")
    assert ran.code == 1
    assert "nothing in the catalogue has 'zzzzqqq'" in ran.out
    assert "did you mean prnewswire/energy?" in cli.refused("sources", "add", "prnewswire/enrgy")
    assert "never read by us" in cli.done("sources", "add", "prnewswire/energy").out


def test_an_index_is_polled_by_its_newest_sitemaps_though_it_stays_as_it_is(cli: CommandLine, room: Newsroom) -> None:
    index = room.put(
        "/sitemap.xml",
        f"<sitemapindex {SITEMAP}><sitemap><loc>{room.base}/2026-10.xml</loc></sitemap>"
        f"<sitemap><loc>{room.base}/2026-11.xml.gz</loc></sitemap><sitemap><loc>{room.base}/2020-01.xml</loc></sitemap>"
        "</sitemapindex>",
    )
    room.put("/2026-10.xml", f"<urlset {SITEMAP}></urlset>")
    room.put("/2026-11.xml.gz", gzip.compress(news_sitemap(room.base)))
    assert "is a sitemap index with 7 rows" in cli.done("sources", "add", index, "--name", "all").out
    assert sources(cli) == [(index, "sitemap")]
    assert "7 releases stored" in cli.done("poll").out
    assert "/2020-01.xml" not in room.asked
    room.put("/2026-11.xml.gz", gzip.compress(news_sitemap(room.base).replace(b"plant-1.html", b"plant-8.html")))
    room.pages["/releases/halden-opens-plant-8.html"] = (200, RELEASE.format(title="Halden Opens 8", n=8).encode())
    cli.done("poll")
    assert len(cli.done("search", "batteries", "--json").json["releases"]) == 8


def test_a_json_interface_is_polled_by_fields_that_are_guessed_or_told(cli: CommandLine, room: Newsroom) -> None:
    rows = [
        {
            "id": n,
            "headline": f"Halden Opens Plant {n}",
            "releaseUrl": f"/releases/halden-opens-plant-{n}.html",
            "publishedAt": f"2026-11-0{n}T14:30:00Z",
            "company": {"name": "Halden Instruments"},
            "tags": ["Batteries"],
        }
        for n in (7, 6)
    ]
    url = room.put("/api/releases", json.dumps({"data": {"count": 2, "articles": rows}}))
    ran = cli.done("sources", "add", url, "--name", "guessed")
    assert "items = 'data.articles', title = 'headline', url = 'releaseUrl', id = 'id', time = 'publishedAt'" in ran.out
    assert "2 releases stored" in cli.done("poll").out
    out = cli.folder / "out.toml"
    cli.done("export", out)
    assert 'items = "data.articles"' in out.read_text()
    cli.configure(
        ALLOWED
        + f"""
[[source]]
name = "told"
wire = "web"
kind = "api"
url = "{url}"
items = "data.articles"
[source.fields]
title = "headline"
url = "releaseUrl"
issuer = "company.name"
"""
    )
    assert "0 releases stored, 0 known" in cli.done("poll", "told").out
    listed = {row["name"]: row for row in cli.done("sources", "list", "--json").json}
    assert listed["told"]["last_outcome"] == "ok: 2 listed, 0 new"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("prnewswire", "name one of its feeds, as in prnewswire/all: wirewatch sources catalogue prnewswire"),
        ("accesswire", "of ACCESS Newswire no feed is known: No public feed"),
        ("prnewswire/japan", "did you mean prnewswire/jp?"),
        ("energy", "there are prnewswire/energy, globenewswire/energy"),
        ("businesswire/home", "it is closed to programs, or dead. Deactivated by the wire in 2026"),
        ("kyodo/all", "Answers 404 since the middle of 2026"),
        ("htp://x.example/feed", "it must begin with https:// or http://"),
        ("nowhere.invalid/feed", "https://nowhere.invalid/feed cannot be reached: there is no nowhere.invalid"),
        ("localhost:9/feed", "is no address"),
        ("two words", "is no address"),
    ],
)
def test_what_is_typed_with_mistakes_is_answered_with_what_may_be_meant(
    cli: CommandLine, typed: str, told: str
) -> None:
    cli.configure()
    assert told in cli.refused("sources", "add", typed)
    assert sources(cli) == []
