"""The analyzer: the one definition of a word, for alerts and searches, on every database.

A text becomes one term per position. Terms hold no ASCII but lower-case letters and digits, so that
an index which splits at everything else (FTS5 `tokenize='ascii'`) reads the space-joined terms as
they stand. What counts as a word:

- Unicode NFKC and case folding; full and half width, typographic quotes and dashes are one.
- Everything but letters, marks and digits separates words: hyphen, no-break space, line end. Only
  `e-` joins what follows: `e-commerce` is `ecommerce`.
- `'s` at a word's end falls away, other apostrophes close up (`don't` is `dont`), elided articles
  stand alone (`l'usine` is `l usine`).
- `1,000`, `1'000` and `1.000.000` are written together; `3.5` and `3,5` are one number. In languages
  that group by points `1.000` is `1000`.
- `U.S.` is `us`; `R&D` is one word, and not `rd`.
- Stems by language (Snowball): the release's language if it has a stemmer for the word's script,
  else English for Latin script, else none. A word with a digit in it has no stem.
- Diacritics of Latin script are folded (`café` is `cafe`), after stemming where the stemmer needs
  them; those of other scripts are kept (й is not и).
- Scripts written without spaces (Han, kana, Hangul; Thai, Lao, Burmese, Khmer) become overlapping
  bigrams, then the last character alone: a run of n characters makes n terms.

A change of any of this changes `ANALYZER_VERSION` and costs every archive a re-index.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain
from operator import add
from typing import NamedTuple

from news.folding import Origins, folded
from news.spelling import ELIDED
from news.stemming import UNDETERMINED, UNSTEMMED, analyzer_language, languages, stem

ANALYZER_VERSION: int = 3

_SURFACES_MAX = 50_000  # per language: some 10 MB; news uses a few thousand an hour
_SURFACE_CHARS_MAX = 40

# Within a term no ASCII but letters and digits may stand: `·` for a decimal point, `＆` for an ampersand.
_REWRITTEN: dict[str, dict[int, str]] = {
    "grouped": str.maketrans({",": "", "'": "", ".": "·"}),
    "dotted": str.maketrans({".": "", ",": "·"}),
    "decimal": str.maketrans({".": "·", ",": "·"}),
    "abbreviated": str.maketrans({".": ""}),
    "joined": str.maketrans({"&": "＆"}),
}

_UNSPACED = "぀-ヿㇰ-ㇿ㐀-䶿一-鿿々〇ㄅ-ㄯᄀ-ᇿ가-힣\U00020000-\U0003fffdก-๿ກ-໿က-႟ក-៿"
_W = rf"[^ '.,&\-{_UNSPACED}]"
_L = rf"[^ '.,&\-0-9{_UNSPACED}]"
_WORD = rf"(?:e-(?={_L}{{2}}))?{_W}+"
_TOKEN = re.compile(
    rf"""
      (?P<unspaced>[{_UNSPACED}]+)
    | (?: (?P<grouped>[0-9]{{1,3}}(?:(?:,[0-9]{{3}})+|(?:'[0-9]{{3}})+)(?:\.[0-9]+)?(?![0-9]){_W}*)
        | (?P<dotted>[0-9]{{1,3}}(?:(?:\.[0-9]{{3}}){{2,}}|(?:\.[0-9]{{3}})+(?=,[0-9]))(?:,[0-9]+)?(?![0-9.]){_W}*)
        | (?P<decimal>[0-9]+(?:(?:\.[0-9]+)+|,[0-9]{{1,2}}(?![0-9]|,[0-9])){_W}*)
        | (?P<abbreviated>{_L}(?:\.{_L})+(?!{_W})\.?)
        | (?P<joined>{_L}{{1,3}}(?:&{_L}{{1,3}})+(?!{_W}))
      ) (?:'s(?!{_W}))?
    | (?P<word>{_WORD}(?:'{_WORD})*)
    """,
    re.VERBOSE,
)
_CHUNK = re.compile(r"[^ ]+")
_UNSPACED_CHAR = re.compile(rf"[{_UNSPACED}]")


class _Token(NamedTuple):
    """A word before stemming, or a run of characters `unspaced`; half-open offsets into its chunk."""

    text: str
    start: int
    end: int
    unspaced: bool = False


def _tokens(chunk: str) -> list[_Token]:
    """The words of a stretch of folded text without spaces in it."""
    if chunk.isascii() and chunk.isalnum():
        return [_Token(chunk, 0, len(chunk))]
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(chunk):
        kind = match.lastgroup or "word"
        tokens += _split(kind, match[kind], *match.span(kind))
    return tokens


def _split(kind: str, text: str, start: int, end: int) -> Iterable[_Token]:
    if kind == "unspaced":
        return (_Token(text, start, end, unspaced=True),)
    if kind == "word":
        return _apostrophes(text, start, end)
    return (_Token(text.translate(_REWRITTEN[kind]), start, end),)


def _bigrams(run: str) -> Iterable[str]:
    return chain(map(add, run, run[1:]), run[-1])


def _bigram_offsets(start: int, end: int) -> Iterable[tuple[int, int]]:
    return chain(zip(range(start, end - 1), range(start + 2, end + 1), strict=True), ((end - 1, end),))


def _apostrophes(text: str, start: int, end: int) -> Iterable[_Token]:
    pieces = text.split("'")
    if pieces[-1] == "s" and len(pieces) > 1:
        pieces.pop()
        end -= len("'s")
    if len(pieces) > 1 and pieces[0] in ELIDED:
        article = pieces.pop(0)
        after = start + len(article)
        return (_Token(article, start, after), _Token(_closed_up(pieces), after + 1, end))
    return (_Token(_closed_up(pieces), start, end),)


def _closed_up(pieces: Iterable[str]) -> str:
    return "".join(pieces).replace("-", "")


class _Surfaces(dict[str, tuple[str, ...]]):
    """Chunk of folded text → its terms in one language, remembered while there is room.

    `language` None: its words, not stemmed and with their diacritics.
    """

    def __init__(self, language: str | None) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        terms = tuple(chain.from_iterable(map(self._terms, _tokens(chunk))))
        if len(chunk) <= _SURFACE_CHARS_MAX and not _UNSPACED_CHAR.search(chunk):
            if len(self) >= _SURFACES_MAX:
                self.clear()
            self[chunk] = terms
        return terms

    def _terms(self, token: _Token) -> Iterable[str]:
        if token.unspaced:
            return _bigrams(token.text)
        return (token.text if self._language is None else stem(token.text, self._language),)


class _Shapes(dict[str, tuple[tuple[int, int], ...]]):
    """Chunk of folded text → the offsets of its terms, the same in every language."""

    def __missing__(self, chunk: str) -> tuple[tuple[int, int], ...]:
        shape = tuple(chain.from_iterable(map(_offsets, _tokens(chunk))))
        if len(chunk) <= _SURFACE_CHARS_MAX and not _UNSPACED_CHAR.search(chunk):
            if len(self) >= _SURFACES_MAX:
                self.clear()
            self[chunk] = shape
        return shape


def _offsets(token: _Token) -> Iterable[tuple[int, int]]:
    return _bigram_offsets(token.start, token.end) if token.unspaced else ((token.start, token.end),)


_SHAPES = _Shapes()


@cache
def _surfaces(language: str | None) -> _Surfaces:
    return _Surfaces(language)


class ZoneTerms:
    """A text's terms, one per position, and where in the text each stands.

    `starts` and `ends` are half-open code-point offsets into the original text, worked out when
    first asked for. A bigram ends where its second character does.
    """

    __slots__ = ("_chunks", "_folded", "_offsets", "_text", "terms")

    def __init__(self, text: str, terms: list[str]) -> None:
        self._text = text
        self._folded: tuple[str, Origins | None] | None = None
        self._chunks: list[str] | None = None
        self._offsets: tuple[Sequence[int], Sequence[int]] | None = None
        self.terms = terms

    @classmethod
    def read(cls, text: str, language: str) -> ZoneTerms:
        """The terms of a text in an analyzer language."""
        read = cls(text, [])
        read.terms = read._in(language) if text else []
        return read

    def chunks(self) -> list[str]:
        """The folded text, cut at its spaces: what `chunk_words` takes."""
        if self._chunks is None:
            self._chunks = self._plainly()[0].split(" ")
        return self._chunks

    def unstemmed(self) -> list[str]:
        """The words as they stand, folded alone, position by position."""
        return self._in(UNSTEMMED)

    def _in(self, language: str) -> list[str]:
        return list(chain.from_iterable(map(_surfaces(language).__getitem__, self.chunks())))

    @property
    def starts(self) -> Sequence[int]:
        return self._located()[0]

    @property
    def ends(self) -> Sequence[int]:
        return self._located()[1]

    def _located(self) -> tuple[Sequence[int], Sequence[int]]:
        if self._offsets is None:
            self._offsets = _locate(*self._plainly())
        return self._offsets

    def _plainly(self) -> tuple[str, Origins | None]:
        if self._folded is None:
            self._folded = folded(self._text)
        return self._folded


def _locate(plain: str, origins: Origins | None) -> tuple[Sequence[int], Sequence[int]]:
    starts, ends = array("L"), array("L")
    for chunk in _CHUNK.finditer(plain):
        at = chunk.start()
        for start, end in _SHAPES[chunk[0]]:
            starts.append(at + start)
            ends.append(at + end)
    if origins is None:
        return starts, ends
    return array("L", (origins.first[i] for i in starts)), array("L", (origins.stop[i - 1] for i in ends))


def analyze(text: str, language: str) -> ZoneTerms:
    """The terms of a text whose language is the BCP 47 tag `language`. Never raises."""
    return ZoneTerms.read(text, analyzer_language(language))


def chunk_words(chunk: str) -> tuple[str, ...]:
    """The words of a chunk of folded text as they stand."""
    return _surfaces(UNSTEMMED)[chunk]


class Sought(NamedTuple):
    """The terms a text must have side by side to hold a phrase.

    `open_end`: the last term is a prefix. `positions`: how many the phrase covers, one more than it
    has terms where it ends within a bigram. `cut`: of its last position it covers one character.
    """

    terms: tuple[str, ...]
    open_end: bool
    positions: int
    cut: bool


def sought(text: str, language: str) -> Sought:
    """What to look for in order to find `text` as it may stand within a longer text.

    A run of characters without spaces may go on where the phrase ends: its last character alone is
    not asked for, and a lone character is a prefix.
    """
    return _sought(tuple(analyze(text, language).terms))


def unstemmed(text: str) -> Sought:
    """`sought` before anything is stemmed: `stem(word, language)` of each word is its term."""
    if text.isascii():
        words = tuple(text.lower().split())
        if all(map(str.isalnum, words)):
            return Sought(words, open_end=False, positions=len(words), cut=False)
    plain, _ = folded(text)
    return _sought(tuple(chain.from_iterable(map(_surfaces(None).__getitem__, plain.split(" ")))))


def _sought(terms: tuple[str, ...]) -> Sought:
    if not terms or not is_unspaced(terms[-1]):
        return Sought(terms, open_end=False, positions=len(terms), cut=False)
    is_within_run = len(terms) > 1 and len(terms[-2]) > 1 and is_unspaced(terms[-2])
    asked = terms[:-1] if is_within_run else terms
    return Sought(asked, open_end=not is_within_run, positions=len(terms), cut=True)


class Alternatives(NamedTuple):
    """What `sought` gives over all languages, equal ones once; and whether the end is open.

    `languages` are those of each sequence; where `und` is among them, or there is one sequence, none: it
    is asked of every release.
    """

    sequences: tuple[tuple[str, ...], ...]
    languages: tuple[frozenset[str], ...]
    open_end: bool


def alternatives(text: str) -> Alternatives:
    run = sought(text, UNDETERMINED)
    by_position: list[tuple[str, ...]] = []
    for chunk in folded(text)[0].split(" "):
        for token in _tokens(chunk):
            if token.unspaced:
                by_position += ((pair,) * len(languages()) for pair in _bigrams(token.text))
            else:
                by_position.append(_stems(token.text))
    by_language: dict[tuple[str, ...], list[str]] = {}
    for language, sequence in zip(languages(), zip(*by_position[: len(run.terms)], strict=True), strict=False):
        by_language.setdefault(sequence, []).append(language)
    asked = (frozenset() if UNDETERMINED in spoken else frozenset(spoken) for spoken in by_language.values())
    return Alternatives(tuple(by_language), tuple(asked), run.open_end)


@lru_cache(maxsize=20_000)
def _stems(word: str) -> tuple[str, ...]:
    """The word's term in each of the languages; equal ones share their memory."""
    known: dict[str, str] = {}
    return tuple(known.setdefault(term, term) for term in (stem(word, language) for language in languages()))


def is_unspaced(term: str) -> bool:
    """Whether a term belongs to a script written without spaces."""
    return bool(_UNSPACED_CHAR.match(term))
