"""Text of strangers made safe to show: on one line, without what reorders, hides or ends it."""

from __future__ import annotations

import re

# Overrides, embeddings, isolates and marks that reorder what follows; invisible spaces and joiners; soft hyphens; tags.
_HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
# Joiners are letters' business in Persian, Hindi and emoji; between Latin letters they only hide.
_IDLE_JOINER = re.compile("(?<![^\x00-\u024f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u024f])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(r"\s+")
ELLIPSIS = "…"


def visible(text: str) -> str:
    """`text` with line ends and controls as spaces, and without characters that reorder or hide others.

    Spaces at the ends stay: pieces of a sentence are cleaned one by one and joined again.
    """
    text = _SURROGATE.sub("\ufffd", text)
    text = _CONTROL.sub(" ", text)
    text = _HIDDEN.sub("", text)
    return _SPACES.sub(" ", _IDLE_JOINER.sub("", text))


def one_line(text: str, limit: int) -> str:
    """`visible` and stripped, at most `limit` characters; what is cut ends in an ellipsis."""
    # The slice keeps a megabyte of blanks from being cleaned for the sake of one line.
    return cut(visible(text[: limit * 8]).strip(), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a space where one is near, the cut marked by an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ", limit * 3 // 4)
    return (head[:space] if space > 0 else head).rstrip() + ELLIPSIS


def unbroken(text: str) -> str:
    """`text` as UTF-8 can carry it: half a surrogate pair becomes the replacement character."""
    return _SURROGATE.sub("\ufffd", text)
