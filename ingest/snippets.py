"""Markup in rows and excerpts to plain text. Pure."""

from __future__ import annotations

import re

from ingest.sheet import open_sheet
from news.release import Reject

EXCERPT_CHARS_MAX = 200

_BLOCK_END = re.compile(r"<(?:/(?:p|div|li|h[1-6]|tr|blockquote)|br\s*/?)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>?")
_PARAGRAPH = "\x1e"
_UNSEEN = ("script", "style", "noscript", "template", "head")


def one_line(text: str) -> str:
    """All runs of white space, no-break spaces too, as one blank."""
    return " ".join(text.split())


def clipped(text: str, chars_max: int = EXCERPT_CHARS_MAX) -> str:
    """The beginning of the text in one line of at most so many characters."""
    # Collapsing a whole page for its beginning would cost more than the beginning is worth.
    line = one_line(text[: chars_max * 20])
    return line if len(line) <= chars_max else line[: chars_max - 1].rstrip() + "…"


def plain_text(markup: str) -> str:
    """The text of a piece of HTML, its paragraphs split by blank lines, scripts and styles left out."""
    if "<" not in markup and "&" not in markup:
        return one_line(markup)
    sheet = open_sheet(_BLOCK_END.sub(rf"\g<0>{_PARAGRAPH}", markup), None)
    if isinstance(sheet, Reject):
        # Built to make parsers choke: whoever wrote it wants no paragraphs.
        return one_line(_TAG.sub(" ", markup))
    sheet.tree.strip_tags(list(_UNSEEN))
    body = sheet.tree.body
    text = body.text() if body is not None else ""
    paragraphs = (one_line(part) for part in text.split(_PARAGRAPH))
    return "\n\n".join(part for part in paragraphs if part)
