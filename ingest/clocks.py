"""The zones that wires name: `ET`, `Eastern Standard Time`, `CEST`, `heure de Paris`, `北京时间`.

On a wire EST, EDT and ET all mean the clock on the wall in New York, whatever the season; likewise
elsewhere. Only in the hour that autumn repeats does the word tell which of the two is meant.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAMES = {
    "America/New_York": "et|est|edt|eastern|us eastern|u s eastern|new york|us est|us edt|us et|hne|hae"
    "|米国東部|美国东部|美國東部|美东|美東|纽约|紐約"
    "|del este|este|de l'est|l'est|de new york|de nueva york",
    "America/Chicago": "ct|cst|cdt|central|us central|chicago|hnc|hac|del centro",
    "America/Denver": "mt|mst|mdt|mountain|us mountain|hnr|har",
    "America/Phoenix": "arizona",
    "America/Los_Angeles": "pt|pst|pdt|pacific|us pacific|hnp|hap|米国太平洋|美国太平洋|太平洋|美西|del pacífico",
    "America/Anchorage": "akt|akst|akdt|alaska",
    "Pacific/Honolulu": "hst|hawaii",
    "America/Halifax": "at|ast|adt|atlantic|hna|haa",
    "America/St_Johns": "nst|ndt|newfoundland|hnt|hat",
    "America/Sao_Paulo": "brt|brst|de brasília|de brasilia|brasília|brasilia",
    "America/Argentina/Buenos_Aires": "art|de argentina",
    "America/Bogota": "cot|de colombia",
    "America/Mexico_City": "mexico city|de méxico|de mexico|de la ciudad de méxico",
    "UTC": "gmt|utc|ut|z|greenwich mean|universal|coordinated universal|zulu|tu"
    "|格林尼治|格林威治|世界標準|世界标准|協定世界",
    "Europe/London": "bst|uk|u k|london|british|british summer|伦敦|倫敦|de londres",
    "Europe/Dublin": "dublin|irish",
    "Europe/Lisbon": "wet|west|lisbon|de lisboa|western european",
    "Europe/Paris": "cet|cest|met|mest|mez|mesz|central european|middle european|paris|de paris|paris local|hec|heec"
    "|d'europe centrale|欧洲中部|歐洲中部|中欧|中歐|巴黎",
    "Europe/Berlin": "berlin|frankfurt|mitteleuropäische|mitteleuropäische sommer|deutscher|德国|德國",
    "Europe/Madrid": "madrid|de madrid|peninsular|de españa|española",
    "Europe/Rome": "rome|rom|milan|italiana|di milano|di roma",
    "Europe/Zurich": "zurich|zürich|swiss|schweizer",
    "Europe/Amsterdam": "amsterdam|nederlandse",
    "Europe/Brussels": "brussels|bruxelles|de bruxelles|brussel",
    "Europe/Stockholm": "stockholm|swedish",
    "Europe/Oslo": "oslo|norwegian",
    "Europe/Copenhagen": "copenhagen|danish",
    "Europe/Helsinki": "helsinki|finnish",
    "Europe/Athens": "eet|eest|athens|eastern european",
    "Europe/Istanbul": "trt|istanbul|turkey|türkiye",
    "Europe/Moscow": "msk|moscow|莫斯科",
    "Asia/Jerusalem": "idt|israel|tel aviv",
    "Africa/Johannesburg": "sast|south african|south africa|johannesburg",
    "Africa/Lagos": "wat|west africa",
    "Africa/Nairobi": "eat|east africa",
    "Asia/Riyadh": "arabia|riyadh|saudi|ksa",
    "Asia/Dubai": "gst|gulf|dubai|uae",
    "Asia/Karachi": "pkt|pakistan",
    "Asia/Kolkata": "ist|india|indian",
    "Asia/Bangkok": "ict|indochina|bangkok",
    "Asia/Jakarta": "wib|jakarta",
    "Asia/Singapore": "sgt|singapore|新加坡",
    "Asia/Kuala_Lumpur": "myt|malaysia|malaysian",
    "Asia/Manila": "pht|phst|philippine|manila",
    "Asia/Hong_Kong": "hkt|hong kong|香港",
    "Asia/Taipei": "taipei|taiwan|台北|臺北|台灣|台湾",
    "Asia/Shanghai": "beijing|china|chinese|shanghai|北京|中国|中國",
    "Asia/Tokyo": "jst|japan|japanese|tokyo|日本|東京|东京",
    "Asia/Seoul": "kst|korea|korean|seoul|한국|서울|韩国|韓国",
    "Australia/Perth": "awst|perth",
    "Australia/Brisbane": "brisbane",
    "Australia/Adelaide": "acst|acdt",
    "Australia/Sydney": "aet|aest|aedt|sydney|australian eastern|melbourne|悉尼",
    "Pacific/Auckland": "nzt|nzst|nzdt|new zealand|auckland",
}
_ZONE_OF = {name: key for key, names in _NAMES.items() for name in names.split("|")}

# Letters that mean another clock where the wire itself sits: CST is China Standard Time in China.
_CHINA = frozenset({"Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Macau", "Asia/Chongqing"})
_AUSTRALIA = frozenset({"Australia/Sydney", "Australia/Melbourne", "Australia/Brisbane", "Australia/Hobart"})
_AT_HOME = {
    "cst": _CHINA,
    "est": _AUSTRALIA,
    "edt": _AUSTRALIA,
    "et": _AUSTRALIA,
    "ist": frozenset({"Asia/Jerusalem", "Asia/Tel_Aviv", "Europe/Dublin"}),
    "ast": frozenset({"Asia/Riyadh", "Asia/Baghdad", "Asia/Kuwait", "Asia/Qatar", "Asia/Bahrain"}),
    "mst": frozenset({"Asia/Kuala_Lumpur"}),
    "pst": frozenset({"Asia/Manila"}),
}

_OFFSET = re.compile(r"(?:(?:utc|gmt)\s?)?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
_OFFSET_MAX = 18 * 60
# What stands around a zone's name and says nothing of it.
_AROUND = re.compile(
    r"\b(?:standard|daylight|daylight saving|daylight savings|local|time|heure|hora|ora|ore|uhr|zeit|the)\b"
    r"|(?:标准|標準|当地|當地|現地|本地)?(?:时间|時間|시간)|\(?us & canada\)?|\bsummer\b(?= time)"
)
_JOINED_TIME = re.compile(r"(?<=[a-zäöü])zeit$")
_STANDARD = re.compile(
    r"(?:e|c|m|p|ak|a|n|ae|ac|nz)st|cet|mez|met|eet|wet|h[n][a-z]|.*\bstandard\b.*|.*标准.*|.*標準.*"
)
_DAYLIGHT_TOO = frozenset({"bst", "ist", "gst"})


def zone(name: str, *, default_zone: str = "UTC") -> tzinfo | None:
    """The zone that a wire means by `ET`, `Eastern Standard Time`, `heure de Paris`, `+0800` or `Asia/Tokyo`.

    `default_zone` is the wire's own: it decides letters that mean several zones. None for a name unknown.
    """
    written = " ".join(name.replace(".", " ").replace("’", "'").split()).strip(" ()（）,")
    words = written.casefold()
    if not words:
        return None
    if offset := _OFFSET.fullmatch(words.replace(" ", "")):
        return _fixed(offset)
    if default_zone in _AT_HOME.get(words, ()):
        return ZoneInfo(default_zone)
    key = _ZONE_OF.get(words) or _ZONE_OF.get(words.replace(" ", "")) or _ZONE_OF.get(_bare(words))
    if key:
        return ZoneInfo(key)
    return _by_iana_name(written)


def is_standard(name: str) -> bool:
    """Whether a zone's name says winter's clock: of the hour that autumn repeats, the second is meant."""
    words = " ".join(name.casefold().replace(".", "").split())
    return words not in _DAYLIGHT_TOO and _STANDARD.fullmatch(words) is not None


def _bare(words: str) -> str:
    """`heure de Paris` is `de paris`, `eastern standard time` is `eastern`, `北京时间` is `北京`."""
    bare = _JOINED_TIME.sub("", words)
    return " ".join(_AROUND.sub(" ", bare).split())


def _by_iana_name(written: str) -> tzinfo | None:
    if "/" not in written or " " in written:
        return None
    try:
        return ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _fixed(offset: re.Match[str]) -> tzinfo | None:
    minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
    if minutes > _OFFSET_MAX or int(offset["minutes"] or 0) > 59:  # noqa: PLR2004  an hour has sixty minutes
        return None
    return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
