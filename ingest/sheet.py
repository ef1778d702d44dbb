"""A decoded page as a tree that selectors cut."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.json_text import read_json
from news.release import Reject, RejectReason

_TAGS_MAX = 150_000
_DEPTH_MAX = 400
_CLONES_MAX = 500_000
_TAGS_HARMLESS = 1_000
_TAGS_SHALLOW = 10_000
_JSON_LD_CHARS_MAX = 200_000
_JSON_LD_OBJECTS_MAX = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_CLOSED_BY_OTHERS = """area base br col embed hr img input link meta param source track wbr p li dd dt tr td th tbody
thead tfoot option optgroup colgroup path g rect circle line polygon polyline ellipse stop use defs html head body a"""
# Elements that close themselves, or that the next of their kind closes.
_NO_DEPTH = frozenset(_CLOSED_BY_OTHERS.split())
_FORMATTING = "b big code em font i nobr s small strike strong tt u"
# The parser clones these into every later block while they stay open (HTML, "adoption agency").
_CLONED = frozenset(_FORMATTING.split())
_CLONED_TAG = re.compile(rf"<(?=[bcefinstu])(?:{_FORMATTING.replace(' ', '|')})\b", re.IGNORECASE)
# `NewsArticle`, `OpinionNewsArticle`, `LiveBlogPosting` and so on.
_ARTICLE_TYPES = ("article", "blogposting", "pressrelease", "report")


class Sheet:
    """One parsed page. Texts come with their white space evened out; nothing here changes the page."""

    __slots__ = ("_metas", "source", "tree", "url")

    def __init__(self, source: str, url: str | None) -> None:
        self.source = source
        self.url = url
        self.tree = LexborHTMLParser(source)
        self._metas: dict[str, str] | None = None

    def text(self, selector: str) -> str | None:
        """The text of the first match that has any."""
        first = self.tree.css_first(selector)
        if first is None:
            return None
        return evened(first.text()) or next(self.texts(selector), None)

    def texts(self, selector: str) -> Iterator[str]:
        for node in self.tree.css(selector):
            text = evened(node.text())
            if text:
                yield text

    def attribute(self, selector: str, name: str) -> str | None:
        """The attribute of the first match that has it, stripped; None if there is none or it is empty."""
        first = self.tree.css_first(selector)
        if first is None:
            return None
        value = (first.attributes.get(name) or "").strip()
        if value:
            return value
        values = ((node.attributes.get(name) or "").strip() for node in self.tree.css(selector))
        return next((value for value in values if value), None)

    def meta(self, *names: str) -> str | None:
        """The content of the first meta tag with one of these names, properties or itemprops, in their order."""
        if self._metas is None:
            self._metas = _metas(self.tree)
        found = next((self._metas[name] for name in names if name in self._metas), None)
        return (evened(found) or None) if found else None

    @property
    def canonical(self) -> str | None:
        """The page's own word for its address, as written."""
        return self.attribute('link[rel="canonical"]', "href") or self.meta("og:url")

    def article_data(self) -> Mapping[str, Any]:
        """The first JSON-LD object that is an article; empty if there is none or it cannot be read."""
        for script in self.tree.css('script[type="application/ld+json"]'):
            for item in _objects(script.text()):
                kinds = item.get("@type")
                kinds = kinds if isinstance(kinds, list) else [kinds]
                if any(isinstance(kind, str) and kind.lower().endswith(_ARTICLE_TYPES) for kind in kinds):
                    return item
        return {}

    def visible_text(self, chars_max: int) -> str:
        """The page's text without scripts and styles, evened out and cut off."""
        body: LexborNode | None = self.tree.css_first("body")
        if body is None:
            return ""
        parts: list[str] = []
        left = chars_max
        for node in body.traverse(include_text=True):
            if node.tag != "-text" or (node.parent is not None and node.parent.tag in {"script", "style", "noscript"}):
                continue
            text = evened(node.text())
            if text:
                parts.append(text)
                left -= len(text) + 1
            if left <= 0:
                break
        return " ".join(parts)[:chars_max]


def open_sheet(source: str, url: str | None) -> Sheet | Reject:
    """Parse a decoded page, unless it was built to make parsers choke."""
    tags = source.count("<")
    if tags > _TAGS_MAX:
        return Reject(RejectReason.TOO_LARGE, "more tags than any release has")
    if _is_bomb(source, tags):
        return Reject(RejectReason.UNREADABLE, "tags are nested deeper than any release nests them")
    return Sheet(source, url)


def evened(text: str) -> str:
    """`text` on one line: every run of white space, no-break spaces too, is one space; invisible marks go."""
    if not text.isascii() or "\x00" in text:
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


_INVISIBLE = re.compile("[\u200b\u200c\u2060\ufeff\u00ad\x00]")


def _is_bomb(source: str, number: int) -> bool:
    """Whether open elements times tags would cost a parser of HTML5 seconds or gigabytes. `number` counts `<`."""
    if number < _TAGS_HARMLESS:
        return False
    # Most pages have too few tags to do harm by depth, and too few that are cloned; counting those is cheap.
    if number < _TAGS_SHALLOW and len(_CLONED_TAG.findall(source)) * number < _CLONES_MAX:
        return False
    tags = _TAG.findall(source)
    open_now: Counter[str] = Counter()
    depth = cloned = cloned_most = 0
    for slash, written in tags:
        tag = written.lower()
        if tag in _NO_DEPTH or (slash and not open_now[tag]):
            continue
        step = -1 if slash else 1
        open_now[tag] += step
        depth += step
        if depth > _DEPTH_MAX:
            return True
        if tag in _CLONED:
            cloned += step
            cloned_most = max(cloned_most, cloned)
    return cloned_most * len(tags) > _CLONES_MAX


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        content = attributes["content"]
        if not content or content.isspace():
            continue
        for key in ("name", "property", "itemprop"):
            name = attributes.get(key)
            if name:
                found.setdefault(name.strip().lower(), content)
    return found


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every object of a JSON-LD script that stands at the top, in a list or in a graph."""
    if len(text) > _JSON_LD_CHARS_MAX:
        return
    try:
        data = read_json(text)
    except (ValueError, RecursionError):
        return
    waiting = [data]
    for _ in range(_JSON_LD_OBJECTS_MAX):
        if not waiting:
            return
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting.extend(item[:_JSON_LD_OBJECTS_MAX])
        elif isinstance(item, dict):
            yield item
            waiting.append(item.get("@graph"))


def data_text(data: Mapping[str, Any], key: str) -> str | None:
    """A string out of JSON-LD, where publishers put strings, lists and objects with a `name`."""
    value = data.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    return evened(html.unescape(value)) or None if isinstance(value, str) else None
