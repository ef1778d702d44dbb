"""What a clause that is not true of a release would have needed, in a few words.

Only looked at when somebody asks why: nothing here decides. The work is bounded by the number of
words compared and of clauses for which a near miss is sought.
"""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice

from news.document import Document
from news.query.operators.dates import Dated
from news.query.operators.exact import Exact
from news.query.operators.metadata import Metadata
from news.query.operators.near import Near
from news.query.operators.phrase import Phrase
from news.query.operators.prefix import Prefix
from news.query.operators.word import Word
from news.query.phrases import find, sought_in
from news.query.tree import Hit, Hits, Windows
from news.release import Release, iso
from news.stemming import UNSTEMMED
from news.text import analyze, is_unspaced

_NEAREST_MAX = 3
_NEAREST_SOUGHT_MAX = 20  # clauses for which the text's words are compared, each some 5 ms
_WORDS_MAX = 3_000
_PAIRS_MAX = 10_000
_VALUE_CHARS_MAX = 60

Words = Word | Phrase | Exact | Prefix


class Reasons:
    """Near misses in one release."""

    def __init__(self, asked: Document) -> None:
        self._document = asked
        self._sought = 0

    def words(self, clause: Words, windows: Windows) -> str:
        """Where else, how else or as what else it stands in the text."""
        elsewhere = clause.spans(self._document, self._document.whole())
        if elsewhere:
            return f"only elsewhere: {', '.join(dict.fromkeys(hit.zone.value for hit in elsewhere))}"
        if isinstance(clause, Exact):
            hits = find(self._document, windows, sought_in(clause.text, self._document.language))
            if hits:
                return f"only written otherwise: {self._written(hits)}"
        if isinstance(clause, Prefix):
            return "no word begins so"
        words = _words_of(clause.text)
        if len(words) == 1:
            return self._nearest(words[0], windows) or "not in the text"
        missing = [word for word in words if not self._stands(word, windows)]
        if not missing:
            return "its words are there, but not side by side"
        return "; ".join(self._nearest(word, windows) or f"no “{word}”" for word in missing[:_NEAREST_MAX])

    def _stands(self, word: str, windows: Windows) -> bool:
        return bool(find(self._document, windows, sought_in(word, self._document.language)))

    def _written(self, hits: Hits) -> str:
        return ", ".join(dict.fromkeys(map(self._cut, hits[:_NEAREST_MAX])))

    def _cut(self, hit: Hit) -> str:
        starts, ends = self._document.offsets(hit.zone)
        return self._document.release.zone(hit.zone)[starts[hit.first] : ends[hit.last]]

    def _nearest(self, word: str, windows: Windows) -> str:
        """`no “x”; nearest: y, z`; empty where nothing is near or enough was sought."""
        folded = analyze(word, UNSTEMMED).terms
        if len(folded) != 1 or is_unspaced(folded[0]) or self._sought >= _NEAREST_SOUGHT_MAX:
            return ""
        self._sought += 1
        standing = (
            term for window in windows for term in self._document.words(window.zone)[window.first : window.stop]
        )
        candidates = list(islice((t for t in dict.fromkeys(standing) if not is_unspaced(t)), _WORDS_MAX))
        near = get_close_matches(folded[0], candidates, _NEAREST_MAX, 0.75)
        return f"no “{word}”; nearest: {', '.join(near)}" if near else ""

    def near(self, clause: Near, windows: Windows) -> str:
        """How far apart the two stand; empty where one of them is missing."""
        left = (clause.left.spans(self._document, windows) or [])[:_PAIRS_MAX]
        right = (clause.right.spans(self._document, windows) or [])[:_PAIRS_MAX]
        if not left or not right:
            return ""
        gaps = [
            b.first - a.last if b.first > a.last else a.first - b.last
            for a, b in islice(((a, b) for a in left for b in right if a.zone is b.zone), _PAIRS_MAX)
        ]
        if not gaps:
            return "never in the same zone"
        if clause.ordered and min(gaps) <= clause.distance:
            return "only in the other order"
        return f"nearest: {min(gaps)} words apart"

    def metadata(self, clause: Metadata | Dated) -> str:
        """What the release has instead."""
        release = self._document.release
        if isinstance(clause, Dated):
            return f"published {iso(release.published_at)}" if release.published_at else "no time of publication"
        value = _stated(release, clause.name)[:_VALUE_CHARS_MAX]
        return f"{clause.name} is {value}" if value else f"the release has no {clause.name}"


def _stated(release: Release, field: str) -> str:  # noqa: PLR0911 - one line for each field
    """The value of a metadata field as the release states it; empty where it states none."""
    match field:
        case "wire":
            return release.wire
        case "issuer":
            return release.issuer or ""
        case "ticker":
            return ", ".join(release.tickers)
        case "lang":
            return release.language
        case "topic":
            return ", ".join((*release.topics.raw, *release.topics.medtop))
        case "place":
            return (release.dateline.place or release.dateline.city or "") if release.dateline else ""
        case _:
            return release.kind.value


def _words_of(text: str) -> list[str]:
    """The words of a phrase as they were written; a run without spaces is one."""
    return [word for word in text.replace("-", " ").split() if analyze(word, UNSTEMMED).terms]
