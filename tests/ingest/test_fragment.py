"""Readable text out of markup: what a reader of the page sees, and nothing else."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingest.clipping import Shape
from ingest.fragment import plain, read_html, read_nodes

FIGURES = (
    "<table><tr><th>&nbsp;</th><th>2020</th></tr><tr><td>Sales</td><td>$</td><td>48</td></tr>"
    "<tr><td>Loss</td><td>(</td><td>3</td><td>)</td></tr></table>"
)


def texts(markup: str) -> list[str]:
    tree = LexborHTMLParser(f"<main>{markup}</main>")
    return [block.text for block in read_nodes(tree.css("main"), drop=".chrome").blocks]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One.</p><p>Two.</p>", ["One.", "Two."]),
        ("<p>One&nbsp; \n two</p>", ["One two"]),
        ("<p>(NASDAQ: <a> IDEX</a>)</p>", ["(NASDAQ: IDEX)"]),
        ("<p><span>SEATTLE</span></span>, <span>Feb. 24</span></p>", ["SEATTLE, Feb. 24"]),
        ("<p>Jane Doe<br>Acme<br/>jane@acme.example</p>", ["Jane Doe\nAcme\njane@acme.example"]),
        ("<p>One<br><br>Two</p>", ["One", "Two"]),
        ("loose<p>inside</p>after", ["loose", "inside", "after"]),
        ("<ul><li>one</li><li><p>two</p></li></ul>", ["- one\n- two"]),
        ("<ol><li>one</li><li>two</li></ol>", ["1. one\n2. two"]),
        ("<ul><li>one<ul><li>inner</li></ul></li></ul>", ["- one\n- inner"]),
        (
            FIGURES,
            ["2020\nSales | $48\nLoss | (3)"],
        ),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", ["a b | c"]),
        (f"<table><tr><td><p>{'word ' * 400}</p><p>End.</p></td></tr></table>", [("word " * 400).strip(), "End."]),
        ('<p>seen</p><p style="display:none">hidden</p><div class="chrome"><p>menu</p></div>', ["seen"]),
        ("<p>seen</p><script>if (a<b) 'x'</script><style>p{}</style><form>Name<input></form>", ["seen"]),
        ("<p>soft\u00adhyphen zero\u200bwidth</p>", ["softhyphen zerowidth"]),
        ("<p></p><p>&nbsp;</p>", []),
        ("<pre>One line\nand the next\n\nA paragraph</pre>", ["One line\nand the next", "A paragraph"]),
    ],
)
def test_markup_becomes_what_a_reader_sees(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


def test_headings_and_bold_beginnings_are_known() -> None:
    blocks = read_html("<h3>Title</h3><p><b>All bold</b></p><p><b>About X</b><br>X is.</p><p>Then <b>bold</b></p>")
    assert [(block.shape, block.run_in) for block in blocks] == [
        (Shape.HEADING, "Title"),
        (Shape.HEADING, "All bold"),
        (Shape.PARAGRAPH, "About X"),
        (Shape.PARAGRAPH, ""),
    ]


def test_links_stay_with_their_paragraph_and_tables_keep_theirs() -> None:
    tree = LexborHTMLParser(
        '<main><p><a href="/a">a</a></p><p>b</p><table><tr><td><a href="/t">t</a></td><td>x</td></tr></table>'
        '<p><a href="javascript:void(0)" data-omniture="http://x.example/">c</a></p></main>'
    )
    assert [block.links for block in read_nodes(tree.css("main")).blocks] == [
        ("/a",),
        (),
        ("/t",),
        ("http://x.example/",),
    ]


def test_pictures_without_beacons() -> None:
    tree = LexborHTMLParser(
        '<main><img src="a.png"><img data-src="b.png" src="data:image/gif;base64,x">'
        '<img src="c.gif" width="1" height="1">'
        '<img src="d.gif" style="border:0px; width:1px; height:1px;"></main>'
    )
    assert read_nodes(tree.css("main")).images == ("a.png", "b.png")


def test_what_stands_between_two_comments_is_not_read_and_the_lists_around_it_end_where_they_do() -> None:
    tree = LexborHTMLParser(
        "<main><p>One.</p><!--off--><ul><li>menu<!--on--></li><li>two</li></ul><!--off--><table><tr><td>a<td>b</table>"
        "<!--on--><p>Three.</p></main>"
    )
    blocks = read_nodes(tree.css("main"), excluded=("off", "on")).blocks
    assert [block.text for block in blocks] == ["One.", "- two", "Three."]


def test_what_is_dropped_may_lie_in_what_is_dropped() -> None:
    tree = LexborHTMLParser(
        "<main><p>One.</p><div class='x'><p class='x'>no <b class='x'>no</b></p></div><p>Two.</p></main>"
    )
    assert [block.text for block in read_nodes(tree.css("main"), drop=".x, .x .x, b").blocks] == ["One.", "Two."]


def test_a_summary_of_a_feed_becomes_plain_text() -> None:
    assert plain("<p>One &amp; two</p><p>Three</p>") == "One & two\n\nThree"
    assert plain("no  markup") == "no markup"
