"""Digests and notices as plain text of 78 columns; matched words stand between asterisks."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.columns import columns, wrapped
from alerts.digests import DigestItem, DigestView, notice_view
from alerts.view import marked, web_address
from news.notice import Notice

WIDTH = 78


def digest_lines(view: DigestView, public_url: str | None) -> list[str]:
    lines = [*_titled(view.title), *wrapped(view.why, WIDTH), "", *wrapped(view.rules_line, WIDTH, rest="  ")]
    for item in view.items:
        lines += ["", *_item(item)]
    if view.left:
        address = web_address(public_url)
        where = address or "`wirewatch alerts list` shows all of them"
        lines += ["", *wrapped(f"… and {view.left:,} more: {where}", WIDTH)]
    return lines


def notice_lines(notice: Notice) -> list[str]:
    view = notice_view(notice)
    lines = [*_titled(view.subject), *wrapped(view.sentence, WIDTH)]
    lines += ["", *wrapped(f"What to do. {view.advice}", WIDTH)] if view.advice else []
    lines += [""] if view.rows else []
    for row in view.rows:
        lines += wrapped(f"{row.source} {row.state}", WIDTH, first="- ", rest="  ")
        lines += wrapped(row.detail, WIDTH, first="  ", rest="  ") if row.detail else []
    return lines + ([f"… and {view.left} more"] if view.left else [])


def _titled(title: str) -> list[str]:
    lines = wrapped(title, WIDTH)
    return [*lines, "-" * min(WIDTH, max(map(columns, lines)))]


def _item(item: DigestItem) -> Iterator[str]:
    label = f"{item.label.upper()}: " if item.label else ""
    yield from wrapped(f"{label}{item.headline}", WIDTH, first="* ", rest="  ")
    said = " · ".join(part for part in (item.rule, item.wire, item.issuer, item.published) if part)
    yield from wrapped(said, WIDTH, first="  ", rest="  ")
    if item.why is not None:
        words = marked(item.why.pieces, "*")
        yield from wrapped(words, WIDTH, first=f"    {item.why.zone}: ", rest="    ")
    more = f"; {item.more} more {'place' if item.more == 1 else 'places'} in it matched" if item.more else ""
    yield from wrapped(f"({item.lateness}{more})", WIDTH, first="  ", rest="  ")
    if item.url:
        yield f"  {item.url}"
