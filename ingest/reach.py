"""Ways to reach somebody in a text: mail addresses and telephone numbers, and not the many numbers that look alike.

A number is one by how its digits are grouped, or by the word before it; years, dates, amounts, ISBNs and
substances' registry numbers are written with the same signs.
"""

from __future__ import annotations

import re

_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w|\[email[\s\xa0]protected\]", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,$€£¥/])\+?[(（]?\d(?:[\d\s().（）/–—‑-]{5,24})\d(?![\w%])")
_SAID = re.compile(
    r"(?:\b(?:tel(?:e(?:ph|f)on[eo]?)?|phone|ph|fon|mobile?|mob|cell|fax|hotline|call|t|m|p|d|o)|电话|電話|手机|传真|热线|전화|연락처)"
    r"[\s.:：)]{0,4}$",
    re.IGNORECASE,
)
_OTHER = re.compile(r"(?:\b(?:isbn|issn|cas|ein|no|nr|patent|id|art|din|iso|en)|[$€£¥#№])\s*[.:#]?\s*$", re.IGNORECASE)
_SPACE = re.compile(r"[\s\xa0]+")

_DASH = r"[–—‑-]"
_NO_PHONE = re.compile(
    rf"(?:1[89]|20)\d\d\s*(?:{_DASH}|/)\s*(?:(?:1[89]|20)\d\d|\d\d)"  # years
    rf"|(?:1[89]|20)\d\d\s*[./{_DASH[1:-1]}]\s*\d{{1,2}}\s*[./{_DASH[1:-1]}]\s*\d{{1,2}}"  # 2022-09-09
    rf"|\d{{1,2}}\s*[./{_DASH[1:-1]}]\s*\d{{1,2}}\s*[./{_DASH[1:-1]}]\s*(?:1[89]|20)\d\d"  # 09.09.2022
    r"|\d{1,3}(?:[ .]\d{3})+"  # 1 000 000
    rf"|\d{{2,7}}{_DASH}\d\d{_DASH}\d"  # a substance: 7439-93-2
    rf"|97[89][ -]?\d{{1,5}}[ -]\d{{1,7}}[ -]\d{{1,7}}[ -]\d"  # a book
    rf"|\d+\s*{_DASH}\s*\d+"  # a range, where it has no more than two groups and is no local number
)
_PHONE = re.compile(
    r"\+\d[\d .()/–‑-]{6,}\d"  # with the country
    r"|[(（]\+?\d[\d ]{0,6}[)）][\d .()/–‑-]{5,}\d"  # an area in brackets
    r"|1?[ .‑-]?[2-9]\d\d[ .‑-][2-9]\d\d[ .‑-]\d{4}"  # North America
    r"|1?[ .‑-]?[(（][2-9]\d\d[)）] ?[2-9]\d\d[ .‑-]\d{4}"
    r"|\d{3}[‑-]\d{4}"  # without its area
    r"|0\d{1,4}[ /().–‑-]{1,3}\d[\d /.–‑-]{4,}\d"  # with the zero of long distance
    r"|0[\d ]{8,13}\d"
    r"|1[3-9]\d{9}|[48]00[ ‑-]?\d{3}[ ‑-]?\d{4}|0?\d{2,3}[‑-]\d{7,8}"  # China: mobile, service, city
)
_DIGITS_MIN, _DIGITS_MAX = 7, 15


def reaches(text: str) -> bool:
    """Whether a mail address or a telephone number stands in `text`."""
    return _MAIL.search(text) is not None or any(_is_phone(text, number) for number in _NUMBER.finditer(text))


def _is_phone(text: str, number: re.Match[str]) -> bool:
    shown = _SPACE.sub(" ", number.group()).strip()
    if not _DIGITS_MIN <= sum(character.isdigit() for character in shown) <= _DIGITS_MAX:
        return False
    before = text[max(0, number.start() - 24) : number.start()]
    if _SAID.search(before):
        return not _NO_PHONE.fullmatch(shown) or _PHONE.fullmatch(shown) is not None
    if _OTHER.search(before):
        return False
    local = _PHONE.fullmatch(shown) is not None
    dated = (
        _NO_PHONE.fullmatch(shown) is not None and re.fullmatch(r"\d{3}[‑-]\d{4}|0\d{2,3}[‑-]\d{7,8}", shown) is None
    )
    return local and not dated
