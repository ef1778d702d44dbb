"""NITF, the older of the IPTC's formats for a news agency's story: XML whose body is close to HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

from ingest.clipping import Clipping
from ingest.sheet import evened
from ingest.wires.copied import Copied, agency_claims, fragment_of

_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_HTML_OF = {"hl2": "h3", "bq": "blockquote", "fn": "p", "note": "div", "block": "div", "em": "b"}
_SAME = """p ul ol li dl dt dd table caption tr td th thead tbody tfoot pre br hr a b i strong h3 div"""
_HTML_SAME = frozenset(_SAME.split())
_VOID = frozenset({"br", "hr"})
_LEFT_OUT = frozenset({"media", "datasource", "nitf-table-metadata", "object", "tagline"})
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def read_nitf(text: str) -> Copied | None:
    """The story of an NITF document, in whatever envelope; None where there is none."""
    root = nitf_root(text)
    if root is None:
        return None
    headline = _text(root, ".//hedline/hl1") or _text(root, "./head/title") or _text(root, ".//hl1")
    content = root.find(".//body.content")
    if headline is None or content is None:
        return None
    fragment = fragment_of(markup_of(content))
    stamps = (
        _attribute(root, ".//date.release", "norm"),
        _attribute(root, ".//date.issue", "norm"),
        _attribute(root, ".//pubdata", "date.publication"),
        _attribute(root, ".//dateline/story.date", "norm"),
    )
    clipping = Clipping(
        headline=headline,
        blocks=fragment.blocks,
        subtitles=_subtitles(root, headline),
        claims=tuple(agency_claims(stamps)),
        release_number=_attribute(root, ".//doc-id", "id-string"),
        language=_language(root),
        topics=tuple(dict.fromkeys(_codes(root))),
        images=tuple(dict.fromkeys(_pictures(root))),
    )
    agency = _attribute(root, ".//doc-id", "regsrc") or _text(root, ".//distributor")
    return Copied(clipping=clipping, agency="-".join(agency.casefold().split()) if agency else None)


def nitf_root(text: str) -> etree._Element | None:
    """The document without its namespaces; nothing that it names is fetched, no entity expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True, remove_pis=True
    )
    source = _DOCTYPE.sub("", re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1), count=1)
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname.lower()
    if root.tag == "nitf":
        return root
    return root.find(".//nitf")


def markup_of(content: etree._Element) -> str:
    """The elements of NITF as those of HTML that read alike; of others only the text, of pictures nothing."""
    parts: list[str] = []
    left_out = 0
    for event, element in etree.iterwalk(content, events=("start", "end")):
        starts = event == "start"
        if element.tag in _LEFT_OUT:
            left_out += 1 if starts else -1
        elif not left_out:
            parts.append(_tag(element, starts=starts))
        if not left_out and not (starts and element.tag in _LEFT_OUT):
            text = element.text if starts else element.tail if element is not content else None
            parts.append(html.escape(text or ""))
    return "".join(parts)


def _tag(element: etree._Element, *, starts: bool) -> str:
    name = _HTML_OF.get(element.tag) or (element.tag if element.tag in _HTML_SAME else "")
    if not name or (not starts and name in _VOID):
        return ""
    if not starts:
        return f"</{name}>"
    return f'<a href="{html.escape(element.get("href") or "")}">' if name == "a" else f"<{name}>"


def _subtitles(root: etree._Element, headline: str) -> tuple[str, ...]:
    found = (evened("".join(element.itertext())) for element in root.iterfind(".//hedline/hl2"))
    return tuple(dict.fromkeys(text for text in found if text and text.casefold() != headline.casefold()))


def _codes(root: etree._Element) -> Iterator[str]:
    for element in root.iter("tobject.subject", "classifier"):
        code = element.get("tobject.subject.refnum") or element.get("value") or ""
        if code.strip():
            yield code.strip()


def _pictures(root: etree._Element) -> Iterator[str]:
    for element in root.iterfind(".//media[@media-type='image']/media-reference"):
        if (source := (element.get("source") or "").strip()).startswith("http"):
            yield source


def _language(root: etree._Element) -> str | None:
    tag = root.get(_LANGUAGE) or root.get("baselang")
    return tag or _attribute(root, ".//body.content/block", _LANGUAGE)


def _text(root: etree._Element, path: str) -> str | None:
    element = root.find(path)
    return (evened("".join(element.itertext())) or None) if element is not None else None


def _attribute(root: etree._Element, path: str, name: str) -> str | None:
    for element in root.iterfind(path):
        value = (element.get(name) or "").strip()
        if value:
            return value
    return None
