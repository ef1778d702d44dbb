"""The lines that a site leaves under a text that was copied from it.

No list of such lines can be complete, so they are known by what they are: short lines after the last
full paragraph that call for something which is not there (`Watch the video:` and nothing after it), or
that speak of the page, its browser, its cookies or its copyright instead of the news.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from news.patterns import any_of

_CLOSING_CHARS_MAX = 400
_CALL_WORDS_MAX = 16
_FRAGMENT_WORDS_MAX = 6
_FULL_WORDS = 12
_FULL_CHARS = 90

_BROWSER = r"(?:chrome|firefox|safari|microsoft edge|internet explorer)"
_SITE = any_of(
    r"\bthis (?:web ?site|web ?page|page|portal|browser)\b",
    r"\b(?:this|the|our) (?:web ?site|site|web ?page|page|portal|video player|content|feature)"
    r" (?:is|was|uses?|requires?|works?|may|will|has|are|looks?|can)\b"
    r"(?=.{0,200}\b(?:view|brows|cookie|version|optimi[sz]|javascript|updat|copyright|screen|desktop|mobile|device|resolution|compatib|support|enabl|experience|load|require|last))",
    r"\byour (?:web )?browsers?\b",
    r"\b(?:latest|modern|current|recent|newer|supported|different|another) (?:versions? of )?"
    r"(?:(?:your|all|major|most|common|popular) )*(?:web )?browsers?\b",
    rf"\b{_BROWSER}\b.{{0,100}}(?:\b{_BROWSER}\b|\bedge\b|\bversion\b|\bbrowser|\blater\b|\bhigher\b)",
    r"\bcookies? (?:settings?|polic(?:y|ies)|preferences?|notice|consent)\b",
    r"\b(?:we|this site|this website) uses? cookies\b",
    r"\b(?:accept|reject|manage|enable) (?:all )?cookies\b",
    r"\bjava ?script\b",
    r"©|\(c\) ?\d{4}\b|\bcopyright\b|\ball rights reserved\b",
    r"\bterms (?:of (?:use|service)|and conditions|& conditions)\b|\bdo not sell\b|\blegal notice\b",
    r"\bprivacy (?:policy|notice|statement)\b|\bsite ?map\b|\baccessibility(?: statement)?\b",
    r"\b(?:follow|like|find|join|connect with|add) us\b",
    r"\b(?:share|print|e-?mail|bookmark|save|rate|like|comment on) this (?:article|page|story|post|release|news|on)\b",
    r"\b(?:subscribe|sign up|register|log ?in|sign in) (?:to|for|now|here|today)\b|\bnewsletter\b",
    r"\b(?:back to|return to|go to) (?:the )?(?:top|home|homepage|main)\b|\bskip to\b|\bpage \d+ of \d+\b",
    r"\bscan (?:the|this) (?:qr )?code\b|\bdownload (?:the|our) app\b|\bpowered by\b|\bweb ?(?:master|design)\b",
    r"\blast (?:updated|modified)\b|\bvideo (?:tag|playback)\b",
    r"\bbest (?:viewed|experienced|seen)\b|\bbest (?:viewing |browsing )?experience\b",
)
_CALL = re.compile(
    r"(?:please |you can |to |for )?"
    r"(?:click|tap|press|watch|view|see|read|visit|check|scan|play|listen|follow|share|download|learn|discover|explore"
    r"|find out|open|hit|swipe|join|subscribe|register|enjoy|stream)\b",
    re.IGNORECASE,
)
_MENU = re.compile(
    r"(?:home|menu|search|print|share|tweet|comments?|tags?|loading|advertisement|sponsored"
    r"|related (?:links|articles|stories|news|posts)|more (?:news|stories|articles|from .{1,40})|read more|see more"
    r"|show more|next|previous|top|close|subscribe|log ?in|sign (?:in|up)|contact us|about us|help|faqs?|feedback"
    r"|share this|you may also like|most (?:read|popular)|latest news|trending)"
    r"(?:\s*[|/·•>»-]\s*.{0,80})?[.:…]{0,3}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|org|net|info|io|co|cn|gov|edu|de|uk)\b|@\w", re.IGNORECASE)


def without_closing_lines(paragraphs: Sequence[str], protected: Sequence[bool]) -> list[bool]:
    """For each paragraph, whether it stays.

    `protected` marks what belongs to the release by its form (a contact, the wire's closing line): it
    stays, and what follows it is judged anew.
    """
    keep = [True] * len(paragraphs)
    in_closing = False
    for at in range(_after_last_full(paragraphs, protected), len(paragraphs)):
        if protected[at]:
            in_closing = False
        elif _closes(paragraphs, protected, at):
            keep[at], in_closing = False, True
        elif in_closing and _is_scrap(paragraphs[at]):
            keep[at] = False
    return keep


def _after_last_full(paragraphs: Sequence[str], protected: Sequence[bool]) -> int:
    for at in range(len(paragraphs) - 1, -1, -1):
        text = paragraphs[at]
        full = len(text.split()) >= _FULL_WORDS or len(text) >= _FULL_CHARS
        if full and not protected[at] and not _speaks_of_site(text) and not _is_call(text):
            return at + 1
    return min(1, len(paragraphs))


def _closes(paragraphs: Sequence[str], protected: Sequence[bool], at: int) -> bool:
    text = paragraphs[at]
    if _speaks_of_site(text):
        return True
    if not _is_call(text):
        return False
    following = paragraphs[at + 1] if at + 1 < len(paragraphs) else None
    # With an address or a list after it, the call has what it calls for.
    if following is None or protected[at + 1]:
        return True
    return not _ADDRESS.search(following[:_CLOSING_CHARS_MAX]) and not following.startswith(("- ", "• ", "* "))


def _is_scrap(text: str) -> bool:
    """A few words without an address, as menus leave them between other closing lines."""
    if len(text) > _CLOSING_CHARS_MAX or len(text.split()) > _FRAGMENT_WORDS_MAX:
        return False
    return not _ADDRESS.search(text)


def _speaks_of_site(text: str) -> bool:
    if len(text) > _CLOSING_CHARS_MAX:
        return False
    return bool(_SITE.search(text)) or bool(_MENU.fullmatch(text))


def _is_call(text: str) -> bool:
    """A short line without an address that ends in a colon, or that begins by telling the reader what to do."""
    if len(text) > _CLOSING_CHARS_MAX or len(text.split()) > _CALL_WORDS_MAX or _ADDRESS.search(text):
        return False
    return text.endswith((":", "：")) or bool(_CALL.match(text))
