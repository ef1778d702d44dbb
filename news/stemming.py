"""What a word is stemmed to: each language's Snowball algorithm, for the scripts it writes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, partial

import Stemmer

from news.spelling import RESPELT, respelt

TERM_CHARS_MAX = 64

_LATIN_BASE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})

# Language → its Snowball algorithm and the scripts it stems, as the first word of a character's name.
_STEMMERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ar": ("arabic", ("ARABIC",)),
    "ca": ("catalan", ("LATIN",)),
    "cs": ("czech", ("LATIN",)),
    "da": ("danish", ("LATIN",)),
    "de": ("german", ("LATIN",)),
    "el": ("greek", ("GREEK",)),
    "en": ("english", ("LATIN",)),
    "eo": ("esperanto", ("LATIN",)),
    "es": ("spanish", ("LATIN",)),
    "et": ("estonian", ("LATIN",)),
    "eu": ("basque", ("LATIN",)),
    "fa": ("persian", ("ARABIC",)),
    "fi": ("finnish", ("LATIN",)),
    "fr": ("french", ("LATIN",)),
    "ga": ("irish", ("LATIN",)),
    "hi": ("hindi", ("DEVANAGARI",)),
    "hu": ("hungarian", ("LATIN",)),
    "hy": ("armenian", ("ARMENIAN",)),
    "id": ("indonesian", ("LATIN",)),
    "it": ("italian", ("LATIN",)),
    "lt": ("lithuanian", ("LATIN",)),
    "ne": ("nepali", ("DEVANAGARI",)),
    "nl": ("dutch", ("LATIN",)),
    "no": ("norwegian", ("LATIN",)),
    "pl": ("polish", ("LATIN",)),
    "pt": ("portuguese", ("LATIN",)),
    "ro": ("romanian", ("LATIN",)),
    "ru": ("russian", ("CYRILLIC",)),
    "sr": ("serbian", ("CYRILLIC", "LATIN")),
    "st": ("sesotho", ("LATIN",)),
    "sv": ("swedish", ("LATIN",)),
    "ta": ("tamil", ("TAMIL",)),
    "tr": ("turkish", ("LATIN",)),
    "yi": ("yiddish", ("HEBREW",)),
}
# Languages that write none: the stemmer would take é for a consonant, and résumé and resume for two.
_PLAIN_ALGORITHMS = frozenset(("english", "indonesian", "sesotho"))
# Languages in which a point before three digits, and no more, parts thousands.
_GROUPING_BY_POINTS = frozenset(("da", "de", "el", "es", "id", "it", "nl", "pt", "ro", "tr"))
_GROUPED_BY_POINT = re.compile(r"([1-9][0-9]{0,2})·([0-9]{3})")
_SAME_STEMMER = {"nb": "no", "nn": "no", "in": "id", "ji": "yi"}
UNDETERMINED = "und"
UNSTEMMED = "zxx"  # BCP 47: no linguistic content; here: the words as they stand, folded alone
_LANGUAGES = (UNDETERMINED, *_STEMMERS, UNSTEMMED)


def analyzer_language(tag: str) -> str:
    """The language whose stemmer a BCP 47 tag asks for; `und` where there is none."""
    primary = tag.replace("_", "-").partition("-")[0].lower()
    primary = _SAME_STEMMER.get(primary, primary)
    return primary if primary in _STEMMERS or primary == UNSTEMMED else UNDETERMINED


def languages() -> tuple[str, ...]:
    """Every language that analyses a word in its own way; `und` stands for all others."""
    return _LANGUAGES


def stem(word: str, language: str) -> str:
    """The term of one folded word: its stem in `language`, diacritics of Latin script folded."""
    word = word[:TERM_CHARS_MAX]
    if word.isascii() and word.isalpha():
        return _latin_stemmer(language)(word).lower() or word
    script = "LATIN" if word.isascii() else _script(word)
    if _is_mixed(word):
        return _mixed(word, analyzer_language(language), script)
    algorithm = _algorithm(analyzer_language(language), script)
    if algorithm in RESPELT:
        word = respelt(word, algorithm)
    if algorithm in _PLAIN_ALGORITHMS:
        word = _without_diacritics(word)
    term = (_stemmer(algorithm).stemWord(word).lower() if algorithm else "") or word
    return term if term.isascii() or script != "LATIN" else _without_diacritics(term)


def _mixed(word: str, language: str, script: str) -> str:
    grouped = _GROUPED_BY_POINT.fullmatch(word) if language in _GROUPING_BY_POINTS else None
    if grouped:
        return grouped[1] + grouped[2]
    return word if word.isascii() or script != "LATIN" else _without_diacritics(word)


def _is_mixed(word: str) -> bool:
    """Whether it is no word of a language: a number, a name such as `co2` or `r＆d`."""
    return any(c.isdigit() or c in "·＆" for c in word)


def _algorithm(language: str, script: str) -> str | None:
    if language == UNSTEMMED:
        return None
    algorithm, scripts = _STEMMERS.get(language, ("", ()))
    if script in scripts:
        return algorithm
    return "english" if script == "LATIN" else None


@cache
def _latin_stemmer(language: str) -> Callable[[str], str]:
    """What stems words of ASCII letters in a language; as they stand if it does not stem."""
    algorithm = _algorithm(analyzer_language(language), "LATIN")
    if algorithm in RESPELT:
        return partial(_respelt_stem, algorithm)
    stem_word: Callable[[str], str] = _stemmer(algorithm).stemWord if algorithm else str
    return stem_word


def _respelt_stem(algorithm: str, word: str) -> str:
    return _without_diacritics(_stemmer(algorithm).stemWord(respelt(word, algorithm)))


@cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm, 0)


def _script(word: str) -> str:
    """The script of the first letter, as Unicode names it: `LATIN`, `CYRILLIC`, …"""
    letter = next((c for c in word if c.isalpha()), word[:1])
    return unicodedata.name(letter, "").partition(" ")[0]


def _without_diacritics(term: str) -> str:
    decomposed = unicodedata.normalize("NFD", term.translate(_LATIN_BASE))
    return "".join(c for c in decomposed if not unicodedata.combining(c)) or term
