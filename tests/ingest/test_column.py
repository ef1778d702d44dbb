"""Where the text stands on pages of unknown sites: whole, and alone."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingest import column
from ingest.fragment import read_nodes

HEADLINE = "Halden Opens a Plant"
FIRST = "Halden Instruments, a maker of probes for wells of every depth, opened a plant in Dayton on Monday morning."
SECOND = "The plant has three halls, two of which are heated by the third, and will employ four hundred people."
THIRD = "“Nobody should have to guess how deep a well is,” said Ada Quill, who founded the company in 1987."
OTHER = "Corvane Metals, whose foundry stands next door, said on Tuesday that it casts rings for the same wells."
PART = "<section class='body'>"
LINKS = "<ul><li><a href='/1'>Corvane casts rings</a></li><li><a href='/2'>A bridge to Port Elder</a></li></ul>"
MENU = "<nav>" + "".join(f"<a href='/{n}'>A link of the menu that is long enough {n}</a>" for n in range(9)) + "</nav>"


def texts(body: str, *, opens: str = "\0") -> list[str]:
    tree = LexborHTMLParser(f"<body>{MENU}{body}</body>")
    assert tree.body is not None
    found = column.find(tree.body, HEADLINE, opens=lambda text: text.startswith(opens))
    return [block.text for block in read_nodes(found.cut_out()).blocks] if found else []


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>{HEADLINE}</h1><div><p>{FIRST}</p><p>{SECOND}</p></div>",
        f"<h1>{HEADLINE}</h1><div>{FIRST}<br><br>{SECOND}</div>",
        f"<h1>{HEADLINE}</h1><section><div>{FIRST}</div><div>{SECOND}</div></section>",
        f"<table><tr><td><h1>{HEADLINE}</h1></td></tr><tr><td><p>{FIRST}</p><p>{SECOND}</p></td></tr></table>",
        f"<h1>{HEADLINE}</h1>{PART}<p>{FIRST}</p></section><figure><p>{OTHER}</p></figure>{PART}<p>{SECOND}</p></section>",
        f"<h1>{HEADLINE}</h1><div class='intro'><p>{FIRST}</p></div><div class='text'><p>{SECOND}</p></div>",
    ],
    ids=["p", "br br", "divs", "table", "in two parts", "intro apart"],
)
def test_the_text_is_found_however_its_paragraphs_are_marked(body: str) -> None:
    assert texts(body) == [FIRST, SECOND]


def test_of_several_articles_the_one_under_the_headline_is_read() -> None:
    one = f"<article><h1>{HEADLINE}</h1><p>{FIRST}</p></article>"
    other = f"<article><h1>Corvane Casts Rings</h1>{f'<p>{OTHER}</p>' * 6}</article>"
    assert texts(f"<main>{one}{other}</main>") == [FIRST]
    assert texts(f"<main>{other}{one}</main>") == [FIRST]


@pytest.mark.parametrize(
    "stranger",
    [
        f"<div class='comments-area'>{f'<p>{OTHER}</p>' * 9}</div>",
        f"<aside><p>{OTHER}</p></aside>",
        f"<div id='relatedStories'><h3>Corvane Casts Rings</h3><p>{OTHER}</p></div>",
        f"<div class='newsletter-signup'><p>{OTHER}</p></div>",
        f"<div role='dialog'><p>{OTHER}</p></div>",
        f"<div style='display: none'><p>{OTHER}</p></div>",
        LINKS,
        "<p>Lesen Sie auch: <a href='/1'>Corvane gießt Ringe für dieselben Brunnen</a></p>",
        f"<div class='hidden'><p>{OTHER}</p></div>",
        "<p><a href='/1'>CORVANE CASTS RINGS FOR THE SAME WELLS</a></p>",
        "<p>Read more: <a href='/1'>Corvane casts rings for the same wells</a></p>",
        "<div>The new hall from the air. (Image: Halden)</div>",
        "<h3>More stories</h3><p>Our rules: <a href='/rules'>What we print, and what we do not print</a></p>",
    ],
)
def test_what_stands_behind_the_text_is_left_out(stranger: str) -> None:
    assert texts(f"<h1>{HEADLINE}</h1><main><div><p>{FIRST}</p><p>{SECOND}</p>{stranger}</div></main>") == [
        FIRST,
        SECOND,
    ]


@pytest.mark.parametrize(
    ("inside", "read"),
    [
        ("<ul><li>Three halls</li><li>Two furnaces</li></ul>", "- Three halls\n- Two furnaces"),
        (
            "<table><tr><td>Halls</td><td>3</td></tr><tr><td>People</td><td>400</td></tr></table>",
            "Halls | 3\nPeople | 400",
        ),
        (f"<blockquote>{THIRD}</blockquote>", THIRD),
        ("<figure class='wp-block-table'><table><tr><td>Halls</td><td>3</td></tr></table></figure>", "Halls | 3"),
        (f"<div class='hidden-xs'><p>{THIRD}</p></div>", THIRD),
        ("<h2>What the plant makes</h2>", "What the plant makes"),
        (
            f"<p>DAYTON, <time class='dateline'>May 5</time> <span class='author'>Halden</span> {THIRD}</p>",
            f"DAYTON, May 5 Halden {THIRD}",
        ),
        ("<p><a href='mailto:press@halden.example'>Ada Quill, press office</a></p>", "Ada Quill, press office"),
        (
            "<p><a href='https://halden.example/wells'>https://halden.example/wells</a></p>",
            "https://halden.example/wells",
        ),
    ],
)
def test_what_stands_among_the_prose_stays(inside: str, read: str) -> None:
    page = f"<h1>{HEADLINE}</h1><main><div><p>{FIRST}</p>{inside}<p>{SECOND}</p></div></main>"
    assert texts(page) == [FIRST, read, SECOND]


@pytest.mark.parametrize("tag", ["div", "aside"])
def test_a_contact_beside_the_text_belongs_to_it(tag: str) -> None:
    contact = f"<{tag} class='press-contact'><p>Media contact</p><p>Ada Quill, press@halden.example</p></{tag}>"
    page = f"<h1>{HEADLINE}</h1><main><div class='text'><p>{FIRST}</p><p>{SECOND}</p></div>{contact}</main>"
    assert texts(page) == [FIRST, SECOND, "Media contact", "Ada Quill, press@halden.example"]


def test_names_of_the_whole_page_leave_nothing_out() -> None:
    text = f"<div id='content-share'><p>{FIRST}</p><p>{SECOND}</p></div>"
    assert texts(f"<div class='has-sidebar no-ads'><h1>{HEADLINE}</h1>{text}</div>") == [FIRST, SECOND]
    paragraphs = "".join(f"<p class='subscribers'>{text}</p>" for text in (FIRST, SECOND, THIRD))
    assert texts(f"<h1>{HEADLINE}</h1><div>{paragraphs}</div>") == [FIRST, SECOND, THIRD]


def test_a_paragraph_that_opens_a_release_outweighs_longer_texts() -> None:
    release = f"<div><p>DAYTON, May 5 /Some Wire/ -- {FIRST}</p><p>{SECOND}</p></div>"
    page = f"<table><tr><td>{release}</td></tr></table><div>{f'<p>{OTHER}</p>' * 20}</div>"
    assert texts(page, opens="DAYTON") == [f"DAYTON, May 5 /Some Wire/ -- {FIRST}", SECOND]


def test_chinese_needs_fewer_signs() -> None:
    one, two = "示例仪器公司五日在示例市开设新厂。", "新厂有三个车间，将雇用四百人。"
    links = "<div class='list'><a href='/1'>示例市的另一条很长的新闻标题</a></div>"
    assert texts(f"<h1>示例</h1>{links}<div><p>{one}</p><p>{two}</p></div>") == [one, two]


def test_a_page_without_words_has_no_column() -> None:
    assert texts("<div><img src='a.png'></div>") == []
