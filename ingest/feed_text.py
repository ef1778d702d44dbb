"""The bytes of an XML feed to text that an XML parser takes.

What is wrong with real feeds is mostly not their structure: another charset than was said, names of HTML
characters that XML does not know, `&` that stands for itself, something before the beginning, control
characters. All that is mended here, so that the structure can be read as it is.
"""

from __future__ import annotations

import codecs
import re
import sys
from html.entities import html5

from ingest.page import Page, decode

_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    # Without a mark, by what `<?xm` or `<rss` look like (XML 1.0, appendix F).
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_SAID = re.compile(rb"""^\s{0,100}<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})""")
_START = re.compile(
    r"<(?:\?xml|!DOCTYPE|!--|rss\b|feed\b|rdf:RDF\b|channel\b|opml\b|[\w-]{1,20}:(?:rss|feed|RDF)\b)", re.IGNORECASE
)
_DECLARATION = re.compile(r"\s{0,100}<\?xml\b.{0,500}?\?>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,2000}(?:\[(?P<subset>.{0,20000}?)\]\s{0,100})?>", re.DOTALL | re.IGNORECASE)
_DECLARED = re.compile(r"""<!ENTITY\s+(\w{1,40})\s+(?:"([^"%&]{0,500})"|'([^'%&]{0,500})')\s*>""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:#(?P<number>x[0-9a-f]{1,8}|[0-9]{1,9});?|(?P<name>\w{1,40});|)",
    re.DOTALL | re.IGNORECASE,
)
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_WINDOWS = range(0x80, 0xA0)
_SURROGATES = range(0xD800, 0xE000)
_LOOKED_AT = 20_000


def feed_text(page: Page) -> str:
    """The text as declared, save that UTF-8 is believed before a header that contradicts it.

    Text beyond ASCII that decodes as UTF-8 is UTF-8, and servers that say ISO 8859-1 of every
    `text/xml` are common.
    """
    body = page.body
    for mark, codec in _WIDE:
        if body.startswith(mark):
            return body.decode(codec, "replace")
    if not body.isascii():
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
        return _not_utf8(page)
    return page.text


def _not_utf8(page: Page) -> str:
    """By the header where what it says can be, else by the document's own word."""
    said = _SAID.match(page.body)
    if said is not None:
        codec = said[1].decode("ascii")
        try:
            return page.body.decode(codec)
        except (LookupError, UnicodeError, ValueError):
            pass
    if page.content_type and "utf-8" in page.content_type.lower():
        # It is not, as was just tried.
        return decode(page.body)
    return page.text


def mended(text: str) -> str:
    """The document from where it begins, as an XML parser bears it; nothing that it declares is fetched."""
    begins = _START.search(text[:_LOOKED_AT])
    text = text[begins.start() :] if begins else text
    text = _DECLARATION.sub("", text, count=1)
    own: dict[str, str] = {}
    doctype = _DOCTYPE.search(text[: 2 * _LOOKED_AT])
    if doctype is not None:
        own = {name: double or single for name, double, single in _DECLARED.findall(doctype["subset"] or "")}
        text = text[: doctype.start()] + text[doctype.end() :]
    if _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("", text)
    return _AMPERSAND.sub(lambda found: _reference(found, own), text) if "&" in text else text


def _reference(found: re.Match[str], own: dict[str, str]) -> str:
    whole, number, name = found[0], found["number"], found["name"]
    if whole[0] == "<":
        return whole
    if number is not None:
        return _escaped(_numbered(number))
    if name is None:
        return "&amp;"
    if name in _XML_NAMES:
        return whole
    char = own.get(name) or html5.get(f"{name};")
    return f"&amp;{name};" if char is None else _escaped(char)


def _escaped(text: str) -> str:
    """As it may stand in an attribute, too."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;")


def _numbered(number: str) -> str:
    """The character; in the range that HTML reads as Windows 1252 that one."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    if code in _WINDOWS:
        return bytes([code]).decode("cp1252", "ignore")
    if code > sys.maxunicode or code in _SURROGATES:
        return "\ufffd"
    char = chr(code)
    return "" if _FORBIDDEN.match(char) else char
