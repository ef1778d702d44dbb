"""One fetched page and its text."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import datetime

from charset_normalizer import from_bytes

_META_WINDOW_BYTES = 64 * 1024
_GUESS_WINDOW_BYTES = 16 * 1024
_UTF8_BYTES_MIN = 8

_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Browsers read a label as the superset that its pages really use (WHATWG Encoding, section 4.2).
_BROWSER_READS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "unicode": "utf-16-le",
    "utf-16": "utf-16-le",
    "utf8": "utf-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
# Only these families are text: Python also knows codecs such as `hex` and `idna` by name.
_TEXT_CODEC = re.compile(
    r"utf-?8|utf-16-?(?:le|be)|gb18030|iso-?8859-\d{1,2}|windows-(?:125\d|874)|cp(?:125\d|874|866|932|949)"
    r"|big5hkscs|euc-jp|euc_jp|iso-2022-jp|koi8-[ru]|ibm866|mac_roman"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Bytes as they came, and when. `fetched_at` is an aware UTC datetime.

    `url` is the address after redirects, None for a file of unknown origin.
    """

    url: str | None
    body: bytes
    content_type: str | None = None
    fetched_at: datetime | None = None

    @property
    def text(self) -> str:
        """The body decoded as HTTP header, BOM or meta declare, else UTF-8, else a guess.

        Nothing is guessed where a charset is declared, but a meta tag does not outweigh bytes that are UTF-8;
        undecodable bytes become U+FFFD.
        """
        return decode(self.body, self.content_type)


def decode(body: bytes, content_type: str | None = None) -> str:
    """Decode as `Page.text` promises; a leading byte order mark is not part of the text."""
    charset = declared_charset(body, content_type)
    if charset is not None:
        return body.decode(charset, "replace").removeprefix("\ufeff")
    try:
        return body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return body.decode(_guess(body, error.start), "replace")


def declared_charset(body: bytes, content_type: str | None = None) -> str | None:
    """The name of a Python codec for the declared charset; None if none is declared or it is unknown.

    A page that was saved as UTF-8 still names the charset that it came in: where its bytes are UTF-8 beyond chance,
    they outweigh its own meta tag.
    """
    if content_type and (match := _HEADER_CHARSET.search(content_type)):
        codec = _codec(match[1])
        if codec:
            return codec
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return codec
    window = body[:_META_WINDOW_BYTES]
    found = _XML_CHARSET.search(window) or _META_CHARSET.search(window)
    if found is None:
        return None
    codec = _codec(found[1].decode("ascii", "replace"))
    # A meta tag that could be read as ASCII disproves UTF-16 (HTML, "prescan a byte stream").
    if codec is None or codec == "utf-8" or codec.startswith("utf-16"):
        return "utf-8" if codec else None
    return "utf-8" if _is_utf8(body) else codec


def _is_utf8(body: bytes) -> bool:
    """Whether the bytes are UTF-8 and so many beyond ASCII that no other charset gives them by chance."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not text.isascii() and len(body) - len(text) >= _UTF8_BYTES_MIN


def _codec(label: str) -> str | None:
    name = label.strip().lower()
    name = _BROWSER_READS.get(name, name)
    if not _TEXT_CODEC.fullmatch(name):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _guess(body: bytes, first_bad: int) -> str:
    """A charset for a body that is not UTF-8, from the stretch where it stops being UTF-8."""
    start = max(0, first_bad - _GUESS_WINDOW_BYTES // 4)
    best = from_bytes(body[start : start + _GUESS_WINDOW_BYTES]).best()
    codec = _codec(best.encoding.replace("_", "-")) if best else None
    return codec or "cp1252"
