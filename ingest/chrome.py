"""What on a page is no part of its text: menus, share bars, related stories, captions, comments, sign-ups.

Told by tags, by the words in class and id, by styles that hide, and by links. Each element is looked at once. What
holds the headline or a good part of the page's sentences is never left out for its names alone: publishers give their
whole page names such as `has-sidebar` and `no-ads`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ingest.outline import INLINE, Part

# An element with more of the page's sentences than this is left out only where it is a frame.
_KEPT_SHARE = 0.4
_FRAME_KEPT_SHARE = 0.5
_LISTED_LINK_SHARE = 0.5
_LISTED_PROSE_SHARE = 0.2
_WHOLE_LINK_SHARE = 0.9
_TEASER_CHARS_MAX = 100
_CREDIT_CHARS_MAX = 250
_SENTENCE_MIN = 25

_FRAME_TAGS = frozenset({"nav", "footer", "aside"})
_CHROME_TAGS = frozenset({"form", "dialog", "button", "menu", "figcaption", "label", "header", "h1", "time", "figure"})
# What a figure may hold for its text.
_HOLDING = frozenset({"table", "blockquote", "pre"})
_ROLE_NAMES = "navigation complementary banner contentinfo dialog alertdialog search menu menubar toolbar"
_ROLES = frozenset(_ROLE_NAMES.split())
_WORDS = r"""
nav navbar navigation menu breadcrumbs? share sharing shares sharebar socials addthis sharedaddy related recommend\w*
recirc\w* newsletters? subscri\w+ signup comments? disqus promos? promoted adverts? advertis\w+ ads? sponsor\w* footer
bylines? authors? captions? credits? cookies? consent gdpr modal popup overlay tags toolbar lightbox placeholder
trending popular outbrain taboola teasers? carousel gallery slideshow pagination pager toc timestamp dateline pubdate
copyright disclosure tooltip login player video audio podcast gat(?:ing|ed) kommentare? commentaires comentarios
werbung anzeigen? publicit[eé] publicidad relacionad[ao]s? bildunterschrift
"""
_PHRASES = (
    r"most (?:read|popular|viewed)|more (?:stories|from|on|news|like)|read (?:more|next|also)|see also|sign up"
    r"|follow us|up next|you may|skip (?:link|to)\w*|code block \d+|social(?! media embed)"
    r"|(?:img|image|photo|picture) (?:description|text|info)|sidebar(?! (?:grid|layout))"
    r"|(?<!article )(?<!elementor )widgets?"
)
_CHROME_NAMES = re.compile(f" (?:{'|'.join(_WORDS.split())}|{_PHRASES}) ")
# `hidden-xs` and `hidden md:block` hide from small screens only.
_HIDDEN_NAMES = re.compile(
    r" (?:visually hidden|sr only|screen reader\w*|print only|no ?print"
    r"|(?:hidden|hide)(?! (?:xs|sm|md|small|mobile|phones?|tablets?|on|for|\S+:))) "
)
# These stand beside the text or behind it, and may hold more sentences than it has.
_FRAME_NAMES = re.compile(
    r" (?:comments?|disqus|respond|sidebar(?! (?:grid|layout))|widget area|foot(?:er)?|modal|popup|cookies?|consent) "
)
# What a newsroom sets beside its release, and belongs to it.
_PRESS_CONTACT = re.compile(r" (?:press|media|news|pr|release|article) contacts? ")
_CONTENT_NAMES = re.compile(r" (?:content|article|main|story|post|entry|wrap\w*|page|container|body) ")
_HIDING = re.compile(
    r"display:\s*none|visibility:\s*hidden|clip-path:\s*inset\(50%|clip:\s*rect\((?:0|1px)", re.IGNORECASE
)
_ADDRESS = re.compile(r"@|https?:|www\.|[\w-]\.(?:com|org|net|gov|edu|io|cn|de|fr|uk|jp|eu)\b", re.IGNORECASE)
_REACHING = 'a[href^="mailto:"], a[href^="tel:"]'
_SEE_ALSO = re.compile(
    r"(?:see (?:also|more)|also (?:read|see)|read (?:more|also|next)|related|more(?: on this)?|watch|listen"
    r"|recommended|siehe auch|lesen sie|mehr zum|lire aussi|[àa] lire|voir aussi|lea tambi[eé]n|leia (?:mais|tamb[eé]m)"
    r"|leggi anche|lees ook|関連記事|相关阅读|延伸阅读|延伸閱讀)[^:：]{0,40}[:：]",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:image|photo|slide) \d+ of \d+"
    r"|.*[\[(](?:image|photo|picture|credit)s?(?: (?:by|credit|source))?\s*:[^)\]]{1,80}[)\]]",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")


def left_out(parts: Sequence[Part], kept: Sequence[int]) -> list[bool]:
    """Of each part whether it is left out, with all that is in it. What holds a part of `kept` is not."""
    whole = parts[0].prose
    most = _KEPT_SHARE * whole
    named = _named(parts, most)
    cut = [False] * len(parts)
    at = 1
    while at < len(parts):
        part = parts[at]
        if any(at < place < part.end for place in kept):
            strange = False
        elif part.tag in INLINE and _is_in_sentence(part, parts[part.home]):
            strange = _is_hidden(part)
        else:
            strange = _is_frame(part, whole) or (part.prose <= most and (at in named or _is_chrome(part)))
            strange = strange and not (part.tag == "figure" and _holds_text(parts[at : part.end]))
        if strange:
            cut[at : part.end] = [True] * (part.end - at)
            at = part.end
        else:
            at += 1
    return cut


def _holds_text(figure: Sequence[Part]) -> bool:
    """Whether a figure is a table or a quotation, and no picture."""
    return any(part.tag in _HOLDING for part in figure)


def is_link_alone(part: Part) -> bool:
    """A line that is a link to another story; no address to write to or to look at, no sentence."""
    length = len(part.own)
    if not length or part.own_linked * 2 < length or _ADDRESS.search(part.own):
        return False
    if part.own_linked < _WHOLE_LINK_SHARE * length:
        return _SEE_ALSO.match(part.own) is not None
    told = length > _TEASER_CHARS_MAX and _SENTENCE_END.search(part.own)
    return not told and part.node.css_first(_REACHING) is None


def is_mostly_link(part: Part) -> bool:
    """A line that points elsewhere, other than to somebody's address."""
    return (
        part.own_linked * 2 >= len(part.own) > 0
        and _ADDRESS.search(part.own) is None
        and part.node.css_first(_REACHING) is None
    )


def _is_frame(part: Part, whole: float) -> bool:
    if part.tag in _FRAME_TAGS:
        return part.tag == "nav" or _PRESS_CONTACT.search(part.names) is None
    word = _frame_word(part.names) if part.names else ""
    if not word or "comment" in word:
        return bool(word)
    return part.prose <= _FRAME_KEPT_SHARE * whole or _CONTENT_NAMES.search(part.names) is None


def _is_in_sentence(part: Part, block: Part) -> bool:
    """Whether an element stands in a line that tells something without it, as a day in a dateline does."""
    return block.own_prose >= _SENTENCE_MIN and len(block.own) - part.text >= _SENTENCE_MIN


def _named(parts: Sequence[Part], most: float) -> set[int]:
    """The parts that are named as chrome is, by words that do not name a good part of the page's sentences."""
    found: dict[int, str] = {}
    held: dict[str, float] = {}
    ends: dict[str, int] = {}
    for at, part in enumerate(parts):
        word = _chrome_word(part.names) if part.names and part.prose <= most else ""
        if not word:
            continue
        found[at] = word
        if at >= ends.get(word, 0):
            ends[word] = part.end
            held[word] = held.get(word, 0.0) + part.prose
    return {at for at, word in found.items() if held[word] <= most}


def _is_chrome(part: Part) -> bool:
    if part.tag in _CHROME_TAGS or _is_hidden(part):
        return True
    # A block of one paragraph.
    if part.own and part.text <= len(part.own):
        return is_link_alone(part) or (len(part.own) <= _CREDIT_CHARS_MAX and _CREDIT.fullmatch(part.own) is not None)
    return (
        part.tag not in INLINE
        and part.linked > _LISTED_LINK_SHARE * part.text
        and part.prose < _LISTED_PROSE_SHARE * part.text
    )


def _is_hidden(part: Part) -> bool:
    marks = part.marks
    if marks is not None:
        if "hidden" in marks or marks.get("aria-hidden") == "true" or marks.get("role") in _ROLES:
            return True
        style = marks.get("style")
        if style is not None and _HIDING.search(style):
            return True
    return bool(part.names) and _hides(part.names)


# A page has few names, and each many times.
@lru_cache(maxsize=2_048)
def _frame_word(names: str) -> str:
    found = _FRAME_NAMES.search(names)
    return found[0] if found else ""


@lru_cache(maxsize=2_048)
def _chrome_word(names: str) -> str:
    found = _CHROME_NAMES.search(names)
    return found[0] if found else ""


@lru_cache(maxsize=2_048)
def _hides(names: str) -> bool:
    return _HIDDEN_NAMES.search(names) is not None
