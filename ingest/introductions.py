"""Paragraphs that only introduce: `A news report from X:`."""

from __future__ import annotations

import re

_CHARS_MAX = 200
_WORDS_MAX = 20
_COLON_WORDS_MAX = 14
_PROSE_WORDS = 10
_PROSE_CHARS = 60
_NAME_WORDS_MAX = 10

_NOUN = (
    r"(?:report|news|release|story|statement|article|dispatch|feature|update|letter|message|announcement|bulletin|brief"
    r"|notice|commentary|item|piece|communiqué|communique|account)"
)
_FROM = re.compile(
    r"(?:(?:(?:here|below|following|the following|this)\s+(?:is|was|comes)\s+)?(?:an?|the|this)\s+|"
    r"(?:here|below|following|the following|this)\s+(?:is|was|comes)\s+)?"
    rf"(?:[\w-]+\s+){{0,3}}?{_NOUN}(?:\s+(?:was|is|has been))?"
    r"(?:\s+(?:issued|released|provided|published|written|made|distributed|sent|reported))?(?:\s+today)?"
    r"\s+(?:from|by|on behalf of)\s+(?:the\s+)?(?P<issuer>[^:：\n]{2,120}?)\s*(?P<end>[:：]|\.?$)",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"(?P<issuer>[^:：\n]{2,100}?)\s+(?:today\s+)?(?:has\s+)?(?:reports?|reported|announced\s+the\s+following"
    r"|(?:issue[sd]|release[sd]|publishe[sd]|made)\s+(?:today\s+)?the\s+following\b[^:：]{0,80})\s*[:：]$",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"(?:by|from|source)\s*[:：]?\s+(?P<issuer>[^:：.\n]{2,80})\s*[:：]?$", re.IGNORECASE)
_CHINESE = re.compile(r"(?P<issuer>[^:：\n]{2,30}?)(?:的?(?:新闻)?报道|讯|消息|訊)\s*[:：]$")
_JOINTS = "of the and for & de la le du der von van in at on"
_NAME_JOINTS = frozenset(_JOINTS.split())


def introduces(paragraph: str, following: str | None) -> bool:
    """Whether `paragraph` only says who tells what `following` then tells."""
    words = len(paragraph.split())
    if following is None or len(paragraph) > _CHARS_MAX or words > _WORDS_MAX:
        return False
    match = _FROM.match(paragraph)
    if match and match.end() == len(paragraph) and _is_name(match["issuer"]):
        return True
    if not paragraph.endswith((":", "：")) or words > _COLON_WORDS_MAX:
        return False
    # A colon may also open a list, which then belongs to what was said before it.
    return not following.startswith("- ") and _is_prose(following)


def introduced_issuer(paragraph: str) -> str | None:
    """Who is named at the beginning of a paragraph as the one who tells."""
    match = _FROM.match(paragraph)
    runs_on = match is not None and match["end"] not in {":", "："} and match.end() != len(paragraph)
    if match is None and len(paragraph) <= _CHARS_MAX:
        match = _SAYS.match(paragraph) or _CHINESE.match(paragraph) or _BYLINE.fullmatch(paragraph)
    if match is None or runs_on:
        return None
    issuer = match["issuer"].strip(" ,;.\"“”'")
    return issuer if _is_name(issuer) else None


def _is_name(text: str) -> bool:
    """A name's words begin with a capital, or hold one (`iPhone`), save for those that join them."""
    words = text.split(maxsplit=_NAME_WORDS_MAX)
    if not words or len(words) > _NAME_WORDS_MAX:
        return False
    return all(word in _NAME_JOINTS or not word[0].islower() or any(map(str.isupper, word)) for word in words)


def _is_prose(text: str) -> bool:
    return len(text.split()) >= _PROSE_WORDS or len(text) >= _PROSE_CHARS
