"""Whether two releases in two languages are one, by what a translator leaves as it is. Pure, and symmetric.

No word of a text has to stand in its translation. What stays: figures (though `1.2 billion` becomes `12亿`, and
`1,234.5` is written `1.234,5`), names, tickers, the issuer and its site, the hour, and the wire's own links between
versions. A day's notice of one series is told from another day's by its figures, as among copies (`ingest.likeness`).
"""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from ingest.language import is_other_script
from ingest.substance import Substance, signed_hash, substance
from news.links import url_key
from news.release import Completeness, Release
from news.stemming import UNDETERMINED
from news.verdict import Edition

# Publishers of translations are up to three days behind the original.
APART_MAX = timedelta(hours=72)
FIGURE_MARKS, CODE_MARKS, VERSIONS_MAX = 3, 2, 30
FIGURES_MIN, FIGURES_SHARED_MIN = 3, 0.75
FIGURES_SWAPPED_SHARE = 0.15
NAMES_MIN, NAMES_SHARED_MIN, NAMES_AGREE_MIN = 4, 0.7, 0.5
# One text is at most so many times as long as the other, by words; a character is one where a script has no spaces.
LONGER_MAX = 3.5
_MARK_DIGITS_MIN = 3
_YEARS = range(1900, 2101)
_YEAR_DIGITS = 4
_ISSUER_CHARS_MIN = 3

_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")
_FIGURE = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")
_LETTER = "A-Za-zÀ-ɏ"
_NAME = re.compile(rf"(?<![{_LETTER}\d-])[{_LETTER}][{_LETTER}\d&'’]*(?:-[{_LETTER}\d]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:。！？\n])[\s\"“”'’(«„]*\Z")
# Written with a capital in English and in words of its own everywhere else.
_CAPITALS = (
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday chief executive officer president chairman director board company group vice "
    "senior managing head general chair ceo cfo cto coo the i mr ms mrs dr prof"
)
_NOT_NAMES = frozenset(_CAPITALS.split())
_LEGAL_FORMS = (
    "inc corp corporation co company ltd limited llc plc ag se sa nv bv gmbh kgaa ab asa oyj oy spa srl as kk group "
    "holding holdings the"
)
_LEGAL = frozenset(_LEGAL_FORMS.split())
_LEGAL_HAN = re.compile("(?:股份|有限|責任|责任|集团|集團|公司|株式会社|㈱)+")


def edition(release: Release) -> Edition:
    """What a release says of itself that its translations say, too."""
    return Edition(
        language=release.language,
        address=url_key(release.url) if release.url else None,
        versions=tuple(url_key(each) for each in release.translations[:VERSIONS_MAX]),
        issuer=release.issuer,
        codes=frozenset({*release.tickers, *release.isins}),
        links=release.links,
    )


def marks(release: Release, told: Edition) -> tuple[int, ...]:
    """Hashes, 64 bits and signed, by which a translation is looked for; none of a teaser.

    They are those of the longest figures, of the issuer's codes (of its name where there is neither), and of the
    addresses of the versions in other languages that the page leads to. `told` is the release's edition.
    """
    if release.completeness is Completeness.TEASER:
        return ()
    figures = sorted(
        (each for each in _figures(substance(release.headline, release.body)) if len(each) >= _MARK_DIGITS_MIN),
        key=lambda each: (-len(each), each),
    )
    made = [f"figure:{each}" for each in figures[:FIGURE_MARKS]]
    made += [f"code:{each}" for each in sorted(told.codes)[:CODE_MARKS]]
    if not made and told.issuer:
        made = [f"issuer:{_folded(told.issuer)}"]
    return (*map(signed_hash, made), *map(_version_mark, told.versions))


def own_marks(told: Edition) -> tuple[int, ...]:
    """The mark of those that lead to this release as to a version of theirs; none where it has no address."""
    return () if told.address is None else (_version_mark(told.address),)


def _version_mark(address: str) -> int:
    return signed_hash(f"version:{address}")


def other_language(one: Edition, other: Edition) -> bool:
    """Whether both languages are known, and differ."""
    return UNDETERMINED not in {one.language, other.language} and one.language != other.language


def translated(
    one: Edition, other: Edition, texts: tuple[Substance, Substance], *, same_number: bool = False
) -> str | None:
    """Why the two are versions of one release; None if nothing shows that they are. The order does not matter.

    They are of about the same time: that is for the caller to see to.
    """
    if not other_language(one, other):
        return None
    languages = " and ".join(sorted((one.language, other.language)))
    if same_number:
        return f"one release number in {languages}"
    if _linked(one, other) or _linked(other, one):
        return f"the wire links the versions in {languages}"
    issuers = frozenset(_folded(f"{one.issuer or ''} {other.issuer or ''}").split())
    same = _same_facts(*texts, issuers) if _same_issuer(one, other, texts) and _as_long(*texts) else None
    return f"a translation ({languages}): {same}" if same else None


def _same_facts(one: Substance, other: Substance, issuers: frozenset[str]) -> str | None:
    shared, swapped, fewer = _compared(_figures(one), _figures(other))
    names = _names_shared(one, other, issuers)
    if swapped > max(1, FIGURES_SWAPPED_SHARE * fewer):
        return None
    figures_agree = fewer >= FIGURES_MIN and shared >= FIGURES_SHARED_MIN * fewer
    if figures_agree and (names is None or names >= NAMES_AGREE_MIN):
        return f"{shared} of {fewer} figures"
    return f"{names:.0%} of the names" if names is not None and names >= NAMES_SHARED_MIN else None


def _linked(one: Edition, other: Edition) -> bool:
    return other.address is not None and other.address in one.versions


def _same_issuer(one: Edition, other: Edition, texts: tuple[Substance, Substance]) -> bool:
    if one.codes & other.codes:
        return True
    ours, theirs = (_folded(each.issuer or "") for each in (one, other))
    if ours and ours == theirs:
        return True
    # Releases link to many a site; one that bears a name of the issuer is its own.
    names = [word for word in f"{ours} {theirs}".split() if len(word) > _ISSUER_CHARS_MIN]
    if any(name in host for host in _hosts(one) & _hosts(other) for name in names):
        return True
    return any(
        len(name) >= _ISSUER_CHARS_MIN and f" {name} " in f" {' '.join((*text.title, *text.words))} "
        for name, text in ((ours, texts[1]), (theirs, texts[0]))
    )


def _as_long(one: Substance, other: Substance) -> bool:
    shorter, longer = sorted((len(one.words), len(other.words)))
    return 0 < longer <= LONGER_MAX * shorter


def _compared(one: frozenset[str], other: frozenset[str]) -> tuple[int, int, int]:
    """How many both have, how many the one with fewer of its own has, and how many there are in the smaller set."""
    return len(one & other), min(len(one - other), len(other - one)), min(len(one), len(other))


def _figures(text: Substance) -> frozenset[str]:
    """Figures without their separators and their zeros on either side: the same whatever they are counted in."""
    found = set()
    for match in _FIGURE.finditer(_DATE.sub(" ", f"{text.headline}\n{text.told}")):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) == _YEAR_DIGITS and int(digits) in _YEARS:
            continue
        mantissa = digits.strip("0")
        if len(mantissa) > 1:
            found.add(mantissa)
    return frozenset(found)


def _names_shared(one: Substance, other: Substance, issuers: frozenset[str]) -> float | None:
    """Of the names of the text that has fewer, how many the other one has; None where there are too few to tell.

    What the `issuers` are called does not count: it stands in all their releases.
    """
    (fewer, _), (_, text) = sorted(
        ((_names(one) - issuers, one), (_names(other) - issuers, other)),
        key=lambda each: (len(each[0]), sorted(each[0])),
    )
    if len(fewer) < NAMES_MIN:
        return None
    words = {match[0].casefold() for match in _NAME.finditer(f"{text.headline}\n{text.told}")}
    return len(fewer & words) / len(fewer)


def _names(text: Substance) -> frozenset[str]:
    """Words in Latin letters that are names by their capitals, or by standing in another script."""
    told = text.told
    foreign = is_other_script(told)
    found = {
        match[0].casefold()
        for match in _NAME.finditer(told)
        if len(match[0]) > 1 and (foreign or (match[0][0].isupper() and not _begins_sentence(told, match.start())))
    }
    return frozenset(found - _NOT_NAMES)


def _begins_sentence(told: str, at: int) -> bool:
    return _SENTENCE_START.search(told, max(0, at - 8), at) is not None


def _hosts(told: Edition) -> frozenset[str]:
    hosts = set()
    for link in told.links:
        try:
            hosts.add((urlsplit(link).hostname or "").removeprefix("www."))
        except ValueError:
            continue
    return frozenset(hosts)


def _folded(issuer: str) -> str:
    """The name as it would be said: without legal forms, in small letters."""
    words = re.findall(r"[\w&]+", _LEGAL_HAN.sub(" ", issuer.casefold()))
    return " ".join([word for word in words if word not in _LEGAL] or words)
