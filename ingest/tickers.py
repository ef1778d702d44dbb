"""Ticker symbols and ISINs out of a release's text."""

from __future__ import annotations

import re
from itertools import islice

_SYMBOLS_MAX = 60
_TEXT_CHARS_MAX = 300_000
_COLONS_MAX = 10_000
_ALIASES = {
    "NYSE": "nyse|new york stock exchange",
    "NYSEAMERICAN": "nyse american|nyse mkt|nyse amex|amex",
    "NYSEARCA": "nyse arca|arca",
    "NASDAQ": "nasdaq|nasdaq gs|nasdaq gm|nasdaq cm|nasdaqgs|nasdaqgm|nasdaqcm|nasdaq global select market"
    "|nasdaq global market|nasdaq capital market|nasdaq-gs|nasdaq-gm|nasdaq-cm|nasdaq global select",
    "OTCQX": "otcqx|otcqx best market",
    "OTCQB": "otcqb",
    "OTCPK": "otc pink|otcpk|otc pink sheets|pink sheets|otc pinks|pink",
    "OTC": "otc|otc markets|otcmkts|otcbb|otc bb|other otc|otc us|us otc",
    "CBOE": "cboe|bats|cboe bzx",
    "TSX": "tsx|toronto stock exchange",
    "TSXV": "tsxv|tsx-v|tsx.v|tsx v|tsx venture|tsx venture exchange|tsx-venture",
    "CSE": "cse|cnsx|canadian securities exchange",
    "NEO": "neo|cboe canada|aequitas neo",
    "LSE": "lse|london stock exchange|lon",
    "AIM": "aim|lse aim|lse: aim",
    "FRA": "fra|fse|frankfurt|fwb|frankfurt stock exchange",
    "XETRA": "xetra|etr",
    "EURONEXT": "euronext|euronext paris|euronext amsterdam|euronext brussels|euronext lisbon|euronext milan"
    "|euronext growth|epa|ams|ebr|enx",
    "SIX": "six|swx|six swiss exchange",
    "STO": "sto|nasdaq stockholm|omx stockholm|omx",
    "OSE": "oslo bors|oslo børs|euronext oslo|osl",
    "BME": "bme|madrid",
    "BIT": "bit|borsa italiana",
    "ASX": "asx",
    "NZX": "nzx|nze",
    "HKEX": "hkex|sehk|hkse|hkg|hong kong|hong kong stock exchange|stock exchange of hong kong",
    "SSE": "sse|shanghai|sha|shanghai stock exchange",
    "SZSE": "szse|shenzhen|she|shenzhen stock exchange",
    "TYO": "tyo|tse|tokyo|tokyo stock exchange|jpx",
    "KRX": "krx|kospi|kosdaq|krx kosdaq|krx kospi",
    "TWSE": "twse|tpe|taiwan stock exchange",
    "SGX": "sgx|singapore exchange",
    "NSE": "nse",
    "BSE": "bse",
    "TASE": "tase|tlv|tel aviv stock exchange",
    "JSE": "jse|johannesburg",
    "BMV": "bmv|bolsa mexicana de valores",
    "B3": "b3|bovespa|bvmf",
    "TADAWUL": "tadawul",
    "ADX": "adx",
    "DFM": "dfm",
}
_EXCHANGE_OF = {alias: exchange for exchange, aliases in _ALIASES.items() for alias in aliases.split("|")}
_ALIAS_WORDS_MAX = max(len(alias.split()) for alias in _EXCHANGE_OF)
_ALIASES_CHARS_MAX = 80
_SYMBOL = r"(?:[A-Z][A-Z0-9]{0,5}|[0-9]{1,6}[A-Z]?|[0-9][A-Z0-9]{1,5})(?:[.\-/][A-Z0-9]{1,4})?"
# Found by the colon and what follows; whether an exchange stands before it is looked up.
_SYMBOLS = re.compile(
    rf"[:：]\s?[\"“'‘]?(?P<symbols>{_SYMBOL}(?![\w@])(?:\s?(?:,|/|;|&|\band\b|\bor\b)\s?{_SYMBOL}(?![\w:.@]|\s?[:：])){{0,20}})"
)
_SYMBOL_ALONE = re.compile(rf"(?<![\w.]){_SYMBOL}(?!\w)")
_WORD = re.compile(r"[\w.-]+")
_BETWEEN_EXCHANGES = re.compile(r"\s*(?:[/,;&]|\band\b)\s*")
# What may not stand before it is looked at behind the first letter: most places in a text have none.
_ISIN = re.compile(r"[A-Z](?<![A-Za-z0-9].)[A-Z][A-Z0-9]{9}\d(?![A-Za-z0-9])")


def find_tickers(text: str) -> tuple[str, ...]:
    """`EXCHANGE:SYMBOL`, each once, in order of appearance.

    A symbol counts only after an exchange and a colon. Exchanges that write themselves in several
    ways have one name here: `Nasdaq GS` and `NASDAQ` are `NASDAQ`.
    """
    found: dict[str, None] = {}
    for match in islice(_SYMBOLS.finditer(text[:_TEXT_CHARS_MAX]), _COLONS_MAX):
        exchanges = _exchanges_before(text, match.start())
        for symbol in _SYMBOL_ALONE.findall(match["symbols"]) if exchanges else ():
            found.update(dict.fromkeys(f"{exchange}:{symbol}" for exchange in exchanges))
        if len(found) >= _SYMBOLS_MAX:
            break
    return tuple(found)


def _exchanges_before(text: str, end: int) -> list[str]:
    """The exchanges that are named right before `end`: `(NYSE and TSX: X)` names two."""
    before = text[max(0, end - _ALIASES_CHARS_MAX) : end].casefold()
    found: list[str] = []
    for part in reversed(_BETWEEN_EXCHANGES.split(before)):
        exchange = _exchange_at_end(part)
        if exchange is None:
            break
        found.append(exchange)
    return found[::-1]


def _exchange_at_end(text: str) -> str | None:
    """The exchange with whose name, as long a one as possible, `text` ends."""
    words = _WORD.findall(text)[-_ALIAS_WORDS_MAX:]
    if not words or not text.rstrip().endswith(words[-1]):
        return None
    names = (_EXCHANGE_OF.get(" ".join(words[start:])) for start in range(len(words)))
    return next((exchange for exchange in names if exchange), None)


def find_isins(text: str) -> tuple[str, ...]:
    """International securities numbers with a right check digit, each once, in order of appearance."""
    found = (match[0] for match in _ISIN.finditer(text[:_TEXT_CHARS_MAX]))
    return tuple(dict.fromkeys(isin for isin in found if _checks(isin)))[:_SYMBOLS_MAX]


def _checks(isin: str) -> bool:
    """ISO 6166: letters become two digits, then Luhn's sum of all digits is a multiple of ten."""
    digits = "".join(str(int(char, 36)) for char in isin)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0
