"""Pages of unknown sites: the article is found, and a page without one is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.page import Page
from ingest.parse import parse, read
from news.release import Reject, RejectReason, Release, StampSource

SENTENCE = "Halden Instruments makes probes for wells of every depth, and it sells them in forty countries. "
MENU = (
    "<nav>"
    + "".join(f"<p><a href='/{n}'>A link of the menu that is long enough to be text {n}</a></p>" for n in range(20))
    + "</nav>"
)
ARTICLE = (
    "<html lang='en'><head><title>Halden Opens a Plant | Halden Newsroom</title>"
    "<meta property='og:title' content='Halden Opens a Plant'>"
    "<meta property='article:published_time' content='2024-05-05T09:15:00-04:00'>"
    "<link rel='canonical' href='/news/halden-opens-a-plant'></head>"
    f"<body>{MENU}<h1>Halden Opens a Plant</h1><main><div class='c'>"
    f"<p>DAYTON, Ohio, May 5, 2024 -- {SENTENCE}</p><p>{SENTENCE}</p><p><b>About Halden</b></p><p>{SENTENCE}</p></div>"
    f"</main><aside><p>{SENTENCE * 9}</p></aside><footer><p>© Halden. {SENTENCE * 3}</p></footer></body></html>"
)


def read_at(url: str, html: str) -> Release | Reject:
    return read(Page(url, html.encode()))


def test_an_article_of_an_unknown_site() -> None:
    release = read_at("https://www.halden.example/news/halden-opens-a-plant?utm_source=x", ARTICLE)
    assert isinstance(release, Release)
    assert release.wire == "halden.example"
    assert release.url == "https://www.halden.example/news/halden-opens-a-plant"
    assert release.headline == "Halden Opens a Plant"
    assert release.published_at == datetime(2024, 5, 5, 13, 15, tzinfo=UTC)
    assert release.published_at_source is StampSource.META
    assert release.dateline is not None
    assert release.body == f"{SENTENCE.strip()}\n\n{SENTENCE.strip()}"
    assert release.boilerplate == f"About Halden\n\n{SENTENCE.strip()}"


def test_json_ld_outweighs_what_the_page_shows() -> None:
    data = (
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite"}, {"@type": ["NewsArticle"], '
        '"headline": "Halden &amp; Sons Open a Plant", "datePublished": "2024-05-05T09:16:00-04:00"}]}</script>'
    )
    release = read_at("https://www.halden.example/news/x", ARTICLE.replace("<body>", data + "<body>"))
    assert isinstance(release, Release)
    assert release.headline == "Halden & Sons Open a Plant"
    assert release.published_at_source is StampSource.JSON_LD


def test_broken_json_ld_is_passed_over() -> None:
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script>'
    release = read_at("https://www.halden.example/news/x", ARTICLE.replace("<body>", data + "<body>"))
    assert isinstance(release, Release)
    assert release.headline == "Halden Opens a Plant"


def test_home_and_section_pages_are_no_releases() -> None:
    told = f"<div><p>{SENTENCE}</p><p>{SENTENCE * 3}</p></div>"
    home = f"<html><head><title>Halden</title></head><body>{MENU}<h1>Welcome</h1>{told}</body></html>"
    teasers = "".join(f"<p><a href='/n/{n}'>{SENTENCE}</a></p>" for n in range(12))
    section = f"<html><head><title>News</title></head><body><h1>News</h1><div>{teasers}</div></body></html>"
    for url, html in (
        ("https://www.halden.example/", home),
        ("https://www.halden.example/newsroom/", home),
        ("https://www.halden.example/archive/2024", section),
    ):
        reject = parse(Page(url, html.encode()))
        assert isinstance(reject, Reject)
        assert reject.reason is RejectReason.NOT_A_RELEASE
        assert len(reject.excerpt) <= 200


def test_a_page_that_lists_articles_is_no_release_whatever_its_consent_banner_says() -> None:
    cards = "".join(
        f'<li><a href="/news/{n}"><h2>Company {n} Opens a Plant</h2></a><p>Teaser {n}.</p></li>' for n in range(10)
    )
    banner = "<p>These cookies are necessary for the website to function and cannot be switched off.</p>" * 9
    page = (
        f'<html><body><h1>Newsroom</h1><ul>{cards}</ul><div id="cookie-banner"><div>{banner}</div></div></body></html>'
    )
    found = parse(Page("https://wire.example/latest-stories", page.encode()))
    assert isinstance(found, Reject)
    assert found.reason is RejectReason.NOT_A_RELEASE


def test_lines_about_the_text_are_no_part_of_it() -> None:
    lines = "<p>Published May 5, 2024 9:15 AM</p><p>3 min read</p><p>Share this</p>"
    release = read_at(
        "https://www.halden.example/news/x", ARTICLE.replace("<div class='c'>", f"<div class='c'>{lines}")
    )
    assert isinstance(release, Release)
    assert release.body == f"{SENTENCE.strip()}\n\n{SENTENCE.strip()}"


def test_a_chinese_page_with_its_source_above_and_its_editor_below() -> None:
    told = "示例仪器公司五日在示例市开设新厂，新厂有三个车间，将雇用四百人，其中一百人来自本市的技工学校。"
    page = (
        "<html><body><div id='all'><div class='left'><h1>示例开设新厂</h1><p>来源： 示例网</p><p>2024-05-05 09:15</p>"
        f"<div class='article-content'>{f'<p>{told}</p>' * 4}<p>（编辑：张三 李四）</p></div></div>"
        f"<div class='dibu'><div>版权说明：{told * 3}</div></div></div></body></html>"
    )
    release = read_at("https://cn.halden.example/a/1.html", page)
    assert isinstance(release, Release)
    assert (release.headline, release.language) == ("示例开设新厂", "zh")
    assert release.body == "\n\n".join([told] * 4)


def test_a_stream_of_other_stories_is_not_the_text_however_long() -> None:
    story = f"<li><div><h3><a href='/1'>Corvane Casts Rings</a></h3><p>{SENTENCE * 3}</p></div></li>"
    page = ARTICLE.replace("</main>", f"</main><ul>{story * 12}</ul>")
    release = read_at("https://www.halden.example/news/x", page)
    assert isinstance(release, Release)
    assert release.body == f"{SENTENCE.strip()}\n\n{SENTENCE.strip()}"
    listing = f"<html><head><title>News</title></head><body><h1>News</h1><ul>{story * 12}</ul></body></html>"
    assert isinstance(parse(Page("https://www.halden.example/archive/2024", listing.encode())), Reject)


def test_the_heading_of_a_section_is_no_headline() -> None:
    page = ARTICLE.replace("<h1>Halden Opens a Plant</h1>", "<h1>Press Releases</h1><h2>Halden Opens a Plant</h2>")
    release = read_at("https://www.halden.example/news/x", page)
    assert isinstance(release, Release)
    assert release.headline == "Halden Opens a Plant"


def test_a_time_that_only_a_line_by_the_headline_states() -> None:
    bare = ARTICLE.replace("<meta property='article:published_time' content='2024-05-05T09:15:00-04:00'>", "")
    bare = bare.replace("DAYTON, Ohio, May 5, 2024 -- ", "")
    lines = "<h1>Halden Opens a Plant</h1><div><span>Last updated May 9, 2024</span></div>"
    for line, at in (
        ("By Ada Quill | May 5, 2024", datetime(2024, 5, 5, tzinfo=UTC)),
        ("May 5, 2024 9:15 AM", datetime(2024, 5, 5, tzinfo=UTC)),  # of which zone, nobody says
        ("Published May 5, 2024 9:15 AM ET &bull; 3 min read", datetime(2024, 5, 5, 13, 15, tzinfo=UTC)),
    ):
        page = bare.replace("<h1>Halden Opens a Plant</h1>", f"{lines}<div>{line}</div>")
        release = read_at("https://www.halden.example/news/x", page)
        assert isinstance(release, Release)
        assert (release.published_at, release.published_at_source) == (at, StampSource.VISIBLE)


@pytest.mark.parametrize("kind", ["OpinionNewsArticle", "LiveBlogPosting", "https://schema.org/NewsArticle"])
def test_every_kind_of_article_counts_and_the_site_name_is_no_part_of_its_headline(kind: str) -> None:
    data = (
        f'<script type="application/ld+json">{{"@type": "{kind}", "headline": "Halden Opens a Plant - Halden.example", '
        '"datePublished": "2024-05-05T09:16:00-04:00"}</script>'
    )
    release = read_at("https://www.halden.example/news/x", ARTICLE.replace("<body>", data + "<body>"))
    assert isinstance(release, Release)
    assert release.headline == "Halden Opens a Plant"
    assert release.published_at_source is StampSource.JSON_LD


@pytest.mark.parametrize("site", ["<meta property='og:site_name' content='Halden Newsroom'>", ""])
@pytest.mark.parametrize("heading", ["h1", "h2"])
def test_the_name_of_the_site_is_no_headline_though_it_is_set_as_one(site: str, heading: str) -> None:
    page = ARTICLE.replace("<h1>Halden Opens a Plant</h1>", f"<{heading}>Halden Opens a Plant</{heading}>")
    page = page.replace("</head>", f"{site}</head>").replace("<main>", "<main><h1>Halden Newsroom</h1>")
    release = read_at("https://www.halden.example/news/x", page)
    assert isinstance(release, Release)
    assert release.headline == "Halden Opens a Plant"
