"""What an element of a feed holds: a text, or markup, in one of the ways in which the formats say so."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from html import escape

from lxml import etree

from ingest.feed_items import NO_TEXT, Text

_XML = "{http://www.w3.org/XML/1998/namespace}"
_PLAIN = frozenset(("text", "plain", "text/plain"))
_ESCAPED = frozenset(("html", "text/html"))
_XHTML = frozenset(("xhtml", "xhtml+xml", "application/xhtml+xml"))
# As a browser would take it for markup: an end tag, an empty element, or a character by name or number.
_LOOKS_LIKE_MARKUP = re.compile(
    r"</[a-zA-Z][\w:-]{0,30}\s*>|<(?:br|hr|img|p|a)\b[^<>]{0,2000}>|&(?:[a-zA-Z]{2,10}|#\d{1,6}|#x[0-9a-fA-F]{1,6});"
)
_DEPTH_MAX = 200


def text_of(element: etree._Element) -> Text:
    """By what the element says that it holds; what says nothing is markup where it looks like it."""
    value, markup = _value(element)
    return Text(value, markup, language_of(element)) if value else NO_TEXT


def _value(element: etree._Element) -> tuple[str, bool]:
    """The text of an element, and whether it is markup."""
    said = (element.get("type") or "").strip().lower()
    mode = (element.get("mode") or "").strip().lower()
    if len(element):
        return _inner(element, escaped=said in _ESCAPED).strip(), True
    value = (element.text or "").strip()
    if mode == "base64" or _is_binary(said):
        value = _of_base64(value)
        return value, said in _ESCAPED or looks_like_markup(value)
    if said in _XHTML:
        return escape(value, quote=False), True
    if said in _ESCAPED or (said and said not in _PLAIN and mode == "escaped"):
        return value, True
    return value, said not in _PLAIN and looks_like_markup(value)


def looks_like_markup(text: str) -> bool:
    return ("<" in text or "&" in text) and _LOOKS_LIKE_MARKUP.search(text) is not None


def _is_binary(said: str) -> bool:
    """Whether it stands in Base64, as Atom says of what is neither text nor XML."""
    if "/" not in said or said in _PLAIN | _ESCAPED | _XHTML:
        return False
    return not said.startswith("text/") and not said.endswith(("+xml", "/xml"))


def _of_base64(text: str) -> str:
    try:
        return b64decode("".join(text.split()), validate=True).decode("utf-8").strip()
    except (binascii.Error, ValueError):
        return text


def _inner(element: etree._Element, *, escaped: bool) -> str:
    """What stands inside as HTML: tags without prefixes or namespaces. `escaped`: its texts are markup, too."""
    told = str if escaped else _as_text
    parts: list[str] = [told(element.text or "")]
    for child in element:
        _write(child, parts, told, 0)
    return "".join(parts)


def _as_text(text: str) -> str:
    return escape(text, quote=False)


def _write(element: etree._Element, parts: list[str], told: Callable[[str], str], depth: int) -> None:
    if isinstance(element.tag, str) and depth <= _DEPTH_MAX:
        name = element.tag.rpartition("}")[2].rpartition(":")[2]
        given = "".join(f' {key.rpartition("}")[2]}="{escape(value)}"' for key, value in element.attrib.items())
        inside = len(element) or element.text
        parts.append(f"<{name}{given}>" if inside else f"<{name}{given} />")
        if inside:
            parts.append(told(element.text or ""))
            for child in element:
                _write(child, parts, told, depth + 1)
            parts.append(f"</{name}>")
    parts.append(told(element.tail or ""))


def language_of(element: etree._Element) -> str:
    """The nearest `xml:lang`; an empty one says that there is none."""
    at: etree._Element | None = element
    while at is not None:
        said: str | None = at.get(f"{_XML}lang")
        if said is not None:
            return said.strip().replace("_", "-")
        at = at.getparent()
    return ""
