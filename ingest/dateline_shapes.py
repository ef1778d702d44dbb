"""The shapes that datelines have, as patterns.

Each names what it finds: `place`, `day` (or `late_day`, `last_day`), `tag`. What is written between the
parts is spelled by each wire in its own way, and not always the same from one release to the next.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.wires import WIRES
from ingest.wires.agencies import AGENCIES

_PLACE_CHARS_MAX = 160

_DASH = r"[-‐‑‒–—―−－ー]"
_LONG_DASH = rf"{_DASH}{{1,3}}"
_S = r"\s{1,3}"
_WEEKDAY = r"(?:[^\W\d_]{3,10}\.?,?\s{1,2})?"
_MONTH = r"[^\W\d_]{3,10}"
_CJK_DAY = r"\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]"
_DAY = (
    rf"(?:(?:(?:le|den|a|am|el){_S})?(?:{_MONTH}[.,]?[\s-]{{0,3}}\d{{1,2}}(?:st|nd|rd|th)?[,.]?(?:{_S}|-)\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|°|\.)?(?:{_S}|-)?(?:de{_S})?{_MONTH}\.?,?(?:{_S}|-)(?:del?{_S})?\d{{4}}"
    rf"|{_CJK_DAY}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d{{4}}))"
)
# Without a year, as agencies write and as releases did before 2008.
_DAY_OF_YEAR = rf"(?:{_MONTH}\.?\s\d{{1,2}}|\d{{1,2}}\.?\s(?:de\s)?{_MONTH}|\d{{1,2}}月\d{{1,2}}日)"
_ANY_DAY = rf"(?:{_DAY}|{_DAY_OF_YEAR})"
_CLOCK = (
    rf"(?:\s?(?:,|@|{_DASH}|\|)?\s?(?:(?:at|à|um|a las)\s)?\d{{1,2}}(?::|h|\.)\d{{2}}(?:\s?[ap]\.?\s?m\.?)?"
    r"(?:\s?(?:Uhr|h\b))?(?:\s\(?[^\W\d_][\w/.]{1,20}\)?(?:\s[^\W\d_]{3,10}){0,2})?)"
)
_PLACE = rf"(?P<place>[^\W\d_][^|:()\[\]【】（）\n]{{0,{_PLACE_CHARS_MAX}}}?)"

# Where the names of wires stand in a shape; a tag may go on: a wire's sub-services add their name to it.
_TAGS = "<TAGS>"
_TAG = rf"(?P<tag>(?:{_TAGS})[\w .&'＝=/-]{{0,30}}?)"
# What is set where wires set their names, or ends like the name of a wire or an agency.
_SOME_TAG = r"(?P<tag>[^\W_][\w.&' -]{1,38}?)"
_AGENCY = rf"(?P<tag>{'|'.join(AGENCIES)}|[\w .&'-]{{0,30}}(?:wire|press ?release|press|news|media)(?:\.\w{{2,4}})?)"

_PLACE_DAY = rf"(?:{_PLACE}[\s,，、]*?)?[\s,，、]*(?P<day>{_ANY_DAY})?"
_HASHTAGS = rf"(?:\#[\w-]{{1,40}}?[\s,]{{0,2}}){{1,6}}{_DASH}{{2}}"
# The name of the wire in the language of the text, which some wires add to their own.
_ALSO_NAMED = rf"(?:\([^()]{{2,20}}\)\s*{_LONG_DASH}\s*)?"

# PLACE, DAY /TAG/ --   and   PLACE / TAG / DAY /   and   /TAG/ --   and   北京2020年7月14日电 /TAG/ --
_IN_SLASHES = (
    rf"{_PLACE_DAY}\s*[电電讯訊]?\s*{_DASH}?\s*/\s?{_TAG}\s?/\s*(?:(?P<late_day>{_DAY})\s*/?\s*)?(?:{_LONG_DASH})?\s*"
)
# PLACE, DAY (TAG) --   and   PLACE--(TAG - DAY) -   and   PLACE--(TAG)--#mark--   and   PLACE--(TAG)--DAY--
# and   PLACE (TAG) WEEKDAY DAY @ TIME --
_IN_BRACKETS = (
    rf"{_PLACE_DAY},?\s*{_DASH}{{0,3}}\s*\(\s?{_TAG}\s*(?:{_LONG_DASH}\s*(?P<late_day>{_DAY})\s*)?\)\s*"
    rf"(?:{_LONG_DASH}\s*(?:{_HASHTAGS}|(?P<last_day>{_DAY})\s*{_LONG_DASH}|{_ALSO_NAMED})?"
    rf"|{_WEEKDAY}(?P<day_at>{_DAY}){_CLOCK}?\s*(?:{_LONG_DASH}|\.|$|(?=\n))|:)?\s*"
)
# PLACE - TAG - DAY -   and   PLACE, DAY - TAG -
_BETWEEN_DASHES = (
    rf"{_PLACE}(?:,\s*(?P<day>{_DAY}))?\s*{_LONG_DASH}\s*{_TAG}\s*"
    rf"(?:{_LONG_DASH}\s*(?P<late_day>{_DAY})\s*)?{_LONG_DASH}\s*"
)
# 【東京2020年7月14日 TAG】   and   [東京 2020年7月14日 TAG]
_IN_CORNERS = (
    rf"[【［\[（(]\s?(?:(?P<place>[^\W\d_][^\d|:()\[\]【】（）\n]{{0,30}}?)[\s,，、·・—–-]*)?(?P<day>{_CJK_DAY})"
    rf"(?:[\s,，、·・—–-]*(?P<later_place>[^\W\d_][^\d|:()\[\]【】（）\n=＝]{{0,20}}?))?"
    rf"(?:\s?(?P<tag>(?:{_TAGS})[\w ＝=.-]{{0,20}}))?\s?[】］\]）)]\s*(?:{_LONG_DASH})?\s*"
)
# 新华社北京7月8日电
_CHINESE_AGENCY = (
    r"[（(【]?(?P<tag>[\u4e00-\u9fff]{1,4}(?:社|网|網|报|報))(?P<place>[\u4e00-\u9fff·]{2,12}?)"
    r"(?P<day>(?:\d{4}年)?\d{1,2}月\d{1,2}日)[专專]?[电電](?:[）)】])?\s*"
)
# (서울=뉴시스)
_KOREAN_AGENCY = r"[(\[【](?P<place>[가-힣]{2,8})\s?=\s?(?P<tag>[가-힣]{2,8})[)\]】]\s*"
# --TAG--   on a line of its own
_TAG_ALONE = rf"{_DASH}{{2}}\s?(?P<tag>[A-Z][\w.&' ]{{2,30}}?)\s?{_DASH}{{2}}$"

# As above, of wires that nobody named: a day, or the name itself, makes it a dateline.
_SOME_IN_SLASHES = (
    rf"{_PLACE}[\s,，、]*(?:{_LONG_DASH}\s*)?(?:(?P<day>{_DAY})\s*[电電讯訊]?\s*/\s?{_SOME_TAG}\s?/\s*(?:{_LONG_DASH})?\s*"
    rf"|/\s?(?P<tag_too>[^\W_][\w.&' -]{{1,38}}?)\s?/\s*(?P<late_day>{_DAY})\s*/\s*|/\s?(?P<last_day>{_DAY})\s?/\s*)"
)
_SOME_IN_BRACKETS = (
    rf"{_PLACE}(?:[\s,]+(?P<day>{_ANY_DAY}))?,?\s*{_DASH}{{0,3}}\s*(?:\(\s?{_AGENCY}\s?\)\s*"
    rf"{_LONG_DASH}\s*(?:(?P<late_day>{_DAY})\s*{_LONG_DASH})?"
    rf"|\(\s?(?P<tag_too>[^\W_][\w.&' -]{{1,38}}?)\s?\)\s*{_WEEKDAY}(?P<day_at>{_DAY}){_CLOCK}?\s*{_LONG_DASH})\s*"
)
# PLACE, DAY --   names no wire: the day and a dash, colon or full stop are what makes it a dateline.
_ENDS = rf"(?:\s*(?:{_LONG_DASH}|:|：|\.{_DASH})\s*(?=\S)|\.\s+(?=\S))"
_WITHOUT_WIRE = (
    rf"{_PLACE}(?:[\s,，、]+|\s?(?:{_DASH}|/){{1,2}}\s?|(?=\d{{4}}\s?年))\(?(?P<day>{_DAY})\)?"
    rf"(?:{_CLOCK})?{_ENDS}(?P<tag>)"
)
_DAY_FIRST = (
    rf"(?P<day>{_DAY})\s*(?:[,，、/|·]|{_LONG_DASH})\s*(?P<place>[^\W\d_][^|:()\[\]\n—–]{{1,60}}?)"
    rf"\s*(?:{_DASH}{{2}}|[—–―:：]|\s-\s|-\s)\s*(?P<tag>)"
)
_DAY_ALONE = rf"(?P<day>{_DAY})\s*(?:{_DASH}{{2}}|\s?[—–―]|\s-)\s+(?P<tag>)(?P<place>)"
_ON_A_LINE = rf"{_PLACE}(?:\s*,\s*|\s+{_DASH}{{1,2}}\s+|\s?\|\s?)\(?(?P<day>{_DAY})\)?(?P<tag>)\s*[.:]?$"
# CITY, Region --   without a day, where the region is one we know
_WITHOUT_DAY = r"(?P<place>[A-Z][^\d|:()\[\]\n—–]{1,60}?)\s?(?:\s[—–―]|\s?--)\s?(?P<tag>)(?P<day>)"


@lru_cache(maxsize=128)
def of_wires(more: tuple[str, ...] = ()) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """What finds a tag of the wires that come with the program and of `more`, and the shapes that name one."""
    tags = "|".join((*(tag for wire in WIRES.values() for tag in wire.tags), *more))
    return re.compile(tags, re.IGNORECASE), _compiled(
        *(shape.replace(_TAGS, tags) for shape in (_IN_SLASHES, _IN_BRACKETS, _BETWEEN_DASHES, _IN_CORNERS))
    )


def _compiled(*shapes: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)


_CORNERS = of_wires()[1][-1].pattern
# Each with a sign without which it matches nothing: looking for that is cheaper by far.
OF_SOME_WIRE = tuple(
    zip(
        ("", "", "", "/", "(", ""),
        _compiled(_CHINESE_AGENCY, _KOREAN_AGENCY, _TAG_ALONE, _SOME_IN_SLASHES, _SOME_IN_BRACKETS, _CORNERS),
        strict=True,
    )
)
# What a wire's name stands between. Where there is none of it, no wire is named.
SETS_OFF = re.compile(rf"[/(\[【［（]|{_DASH}[\s\S]*?{_DASH}")
OF_NONE = _compiled(_WITHOUT_WIRE, _DAY_FIRST, _DAY_ALONE, _ON_A_LINE)
WITHOUT_DAY = re.compile(_WITHOUT_DAY)
DAY_OF_YEAR = re.compile(
    r"(?P<month_word>[^\W\d_]{3,10})\.?\s(?P<day>\d{1,2})(?!\d)"
    r"|(?P<day_first>\d{1,2})\.?\s(?:de\s)?(?P<word_later>[^\W\d_]{3,10})"
    r"|(?P<month>\d{1,2})月(?P<cjk_day>\d{1,2})日"
)
