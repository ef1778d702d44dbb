"""Where on a page of an unknown site the text stands.

The text is where the prose is: sentences that are no links. Without the page's chrome (`ingest/chrome.py`) the way goes
down from the top, to what holds the headline with its text or nearly all of the prose, as long as there is one such
element; where the text goes on in others of the same kind, it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ingest.chrome import is_mostly_link, left_out
from ingest.outline import Part, outline

_DOWN_SHARE = 0.8
_DOWN_SHARE_ALONE = 0.5
_NAMED_SHARE = 0.4
_NAMED_SHARE_LEAST = 0.1
_BODIES_MAX = 50
_TITLED_SHARE = 0.35
_TITLED_ARTICLE_SHARE = 0.1
_KIN_SHARE = 1 / 12
_WHOLE_SHARE = 0.95
_TELLING_MIN = 100
_TELLING_MEAN = 100
_TELLING_SHARE = 0.7
_TELLING_LINK_SHARE = 0.25
_CONTACT_CHARS_MAX = 1_000
_AROUND_PARTS_MAX = 40
_AROUND_CHARS_MIN = 6
_AROUND_CHARS_MAX = 160
_AROUND_MAX = 16
_SENTENCE_MIN = 25
_OPENING_CHARS_MIN = 20
_OPENINGS_MAX = 2

_LISTS = frozenset({"ul", "ol"})
_STORIES_MIN = 4
_STORIES_SHARE = 0.75
_STORY_PARTS_MIN = 3
_LAYOUT_TAGS = frozenset({"table", "tbody", "tr", "td"})
_HEADINGS = frozenset({"h1", "h2", "h3"})
_UNDER_TITLES = frozenset({"h2", "h3", "h4", "h5", "h6"})
_PARAGRAPHS = _UNDER_TITLES | {"h1", "p", "li", "blockquote", "pre"}
_BODY_NAMES = re.compile(
    r" (?:articlebody|(?:article|story|post|entry|news|press|release|body|blog|text)s?"
    r" +(?:body|content|text|copy|main|detail)s?) "
)
_TEXT_NAMES = re.compile(r" (?:body|text|section|chunk|paragraph|release|articlebody)s? ")
_CONTACT_NAMES = re.compile(r" contacts?(?: info\w*)? ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The elements that hold the text, in order, and those in them that do not belong to it.

    `linked_share` is how much of all text in the elements is links, chrome included. `tells` says that what is left
    is sentences above all, in paragraphs of some length. `around` are the short lines between headline and text, and
    then those above the headline, where pages say who wrote it and when.
    """

    nodes: tuple[LexborNode, ...]
    strangers: tuple[LexborNode, ...]
    linked_share: float
    tells: bool
    around: tuple[str, ...]

    def cut_out(self) -> tuple[LexborNode, ...]:
        """The elements without what does not belong to the text: it is gone from the page."""
        for node in self.strangers:
            node.decompose()
        return self.nodes


def find(body: LexborNode, headline: str | None, *, opens: Callable[[str], bool]) -> Column | None:
    """The column of text under `headline`; None on a page without any prose. Reads the page, changes nothing.

    `opens` tells whether a paragraph opens a release beyond doubt, as a wire's dateline does.
    """
    parts = outline(body)
    titled, opened = _headline_at(parts, headline), _opening_at(parts, opens)
    cut = left_out(parts, tuple(place for place in (titled, opened) if place is not None))
    prose, text, linked = _kept(parts, cut)
    if not prose[0]:
        return None
    least = _NAMED_SHARE_LEAST * prose[0]
    bodies = [at for at, part in enumerate(parts) if prose[at] > least and _BODY_NAMES.search(part.names)]
    way = _Way(parts, prose, text, linked, titled, opened, bodies[:_BODIES_MAX])
    at, beside = way.down()
    _cut_ending(parts, cut, at)
    places = sorted((at, *beside))
    written = sum(parts[place].text for place in places)
    return Column(
        nodes=tuple(parts[place].node for place in places),
        strangers=tuple(parts[inner].node for place in places for inner in _outermost(parts, cut, place)),
        linked_share=sum(parts[place].linked for place in places) / written if written else 0.0,
        tells=way.tells(at),
        around=_around(parts, cut, titled, places[0]),
    )


def _headline_at(parts: Sequence[Part], headline: str | None) -> int | None:
    """The heading that says the headline, else the first `h1` that says anything, else what says the headline."""
    said = headline.casefold() if headline else ""
    first = elsewhere = None
    for at, part in enumerate(parts):
        if not part.own:
            continue
        says = len(part.own) == len(said) and part.own.casefold() == said
        if part.tag in _HEADINGS:
            if says:
                return at
            if first is None and part.tag == "h1":
                first = at
        elif says and elsewhere is None:
            elsewhere = at
    return elsewhere if first is None else first


def _opening_at(parts: Sequence[Part], opens: Callable[[str], bool]) -> int | None:
    """The first paragraph that opens a release; None where many do, as on a page that lists releases."""
    found = [at for at, part in enumerate(parts) if len(part.own) >= _OPENING_CHARS_MIN and opens(part.own)]
    return found[0] if 0 < len(found) <= _OPENINGS_MAX else None


def _around(parts: Sequence[Part], cut: Sequence[bool], headline: int | None, text: int) -> tuple[str, ...]:
    if headline is None:
        return ()
    end = max(text, headline + 1)
    while end < len(parts) and (cut[end] or parts[end].own_prose < _SENTENCE_MIN):
        end += 1
    below = range(headline + 1, min(end, headline + _AROUND_PARTS_MAX))
    above = range(headline - 1, max(0, headline - _AROUND_PARTS_MAX), -1)
    lines = (parts[at].own for at in (*below, *above))
    return tuple(line for line in lines if _AROUND_CHARS_MIN <= len(line) <= _AROUND_CHARS_MAX)[:_AROUND_MAX]


def _kept(parts: Sequence[Part], cut: Sequence[bool]) -> tuple[list[float], list[int], list[int]]:
    """Of each part its prose, its characters and those of them in links, without what is left out or a stream."""
    prose, text, linked = [0.0] * len(parts), [0] * len(parts), [0] * len(parts)
    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        if cut[at]:
            continue
        prose[at] += part.own_prose
        text[at] += len(part.own)
        linked[at] += part.own_linked
        if at and not _is_stream(parts, at):
            prose[part.above] += prose[at]
            text[part.above] += text[at]
            linked[part.above] += linked[at]
    return prose, text, linked


def _is_stream(parts: Sequence[Part], at: int) -> bool:
    """Whether a list tells of one other story in each of its items: it may say more than the text that it follows."""
    if parts[at].tag not in _LISTS or not parts[at].linked:
        return False
    items = list(children(parts, at))
    stories = sum(parts[item].linked > 0 and parts[item].end - item > _STORY_PARTS_MIN for item in items)
    return stories >= _STORIES_MIN and stories >= _STORIES_SHARE * len(items)


@dataclass(frozen=True, slots=True)
class _Way:
    parts: Sequence[Part]
    prose: Sequence[float]
    text: Sequence[int]
    linked: Sequence[int]
    headline: int | None
    opening: int | None
    bodies: Sequence[int]

    def down(self) -> tuple[int, list[int]]:
        """Where the way down ends, and what belongs to it: parts that tell something under the headline, contacts."""
        at = 0
        beside: list[int] = []
        while True:
            inner = [
                child for child in children(self.parts, at) if self.prose[child] and self.parts[child].tag != "header"
            ]
            titled = self._titled(at, inner)
            untitled = (child for child in inner if self.parts[child].tag not in _LISTS)
            best = titled or max(untitled, key=self.prose.__getitem__, default=None)
            if best is None or self._is_paragraph(best, at) or self._has_kin(best, inner):
                return at, beside
            if titled is None and not self._leads(best, at, inner):
                return at, beside
            if self.headline is not None:
                beside.extend(other for other in inner if self.headline < other < best and self.tells(other))
            beside.extend(other for other in inner if other > best and self._is_contact(other))
            at = best

    def _titled(self, at: int, inner: Sequence[int]) -> int | None:
        """The child that holds the opening of the release, or the headline and, by its prose, the text too."""
        if self.opening is not None:
            return next((child for child in inner if child <= self.opening < self.parts[child].end), None)
        headline = self.headline
        if headline is None:
            return None
        found = next((child for child in inner if child < headline < self.parts[child].end), None)
        if found is None:
            return None
        share = _TITLED_ARTICLE_SHARE if self.parts[found].tag == "article" else _TITLED_SHARE
        return found if self.prose[found] >= share * self.prose[at] else None

    def _is_paragraph(self, at: int, above: int) -> bool:
        """One paragraph of several, however it is tagged."""
        part = self.parts[at]
        if part.tag in _PARAGRAPHS:
            return True
        return part.own_prose * 2 >= part.prose and part.prose < _WHOLE_SHARE * self.prose[above]

    def _has_kin(self, at: int, inner: Sequence[int]) -> bool:
        """Whether the text goes on in a sibling: another of the same kind, under no headline of its own."""
        one = self.parts[at]
        if one.tag in _LAYOUT_TAGS:
            return False
        kind = (one.tag, one.kind)
        return any(
            other != at
            and (self.parts[other].tag, self.parts[other].kind) == kind
            and self.prose[other] > _KIN_SHARE * self.prose[at]
            and (self.tells(other) or _TEXT_NAMES.search(self.parts[other].names) is not None)
            and not any(self.parts[below].tag in {"h1", "article"} for below in range(other, self.parts[other].end))
            for other in inner
        )

    def _leads(self, at: int, above: int, inner: Sequence[int]) -> bool:
        """Whether a child holds the text by its share of the prose, or by a name in it that no sibling has in it."""
        share = self.prose[at] / self.prose[above]
        if share >= _DOWN_SHARE:
            return True
        if share >= _NAMED_SHARE and [one for one in inner if self._names_body(one)] == [at]:
            return True
        return share >= _DOWN_SHARE_ALONE and not any(self.tells(other) for other in inner if other > at)

    def _is_contact(self, at: int) -> bool:
        part = self.parts[at]
        return part.text <= _CONTACT_CHARS_MAX and _CONTACT_NAMES.search(part.names) is not None

    def _names_body(self, at: int) -> bool:
        """Whether a part, or most of what it says, is named as the body of an article."""
        enough = _DOWN_SHARE * self.prose[at]
        return any(at <= named < self.parts[at].end and self.prose[named] >= enough for named in self.bodies)

    def tells(self, at: int) -> bool:
        """Whether a part reads like a text, and not like a list of headings with a line about each."""
        if self.prose[at] < _TELLING_MIN or self.linked[at] > _TELLING_LINK_SHARE * self.text[at]:
            return False
        inner = range(at, self.parts[at].end)
        told = [own for here in inner if self.prose[here] and (own := self.parts[here].own_prose) >= _SENTENCE_MIN]
        return sum(told) >= _TELLING_MEAN * len(told) and self.prose[at] >= _TELLING_SHARE * self.text[at]


def children(parts: Sequence[Part], at: int) -> Iterator[int]:
    """The places of the parts right below one."""
    child = at + 1
    while child < parts[at].end:
        yield child
        child = parts[child].end


def _cut_ending(parts: Sequence[Part], cut: list[bool], at: int) -> None:
    """Leave out the lines behind the last sentence that point elsewhere, and headings with nothing under them."""
    followed = False
    for here in range(parts[at].end - 1, at, -1):
        part = parts[here]
        if cut[here] or not part.own:
            continue
        if part.own_prose >= _SENTENCE_MIN and not is_mostly_link(part):
            return
        if is_mostly_link(part) or (part.tag in _UNDER_TITLES and not followed):
            cut[here] = True
        else:
            followed = True


def _outermost(parts: Sequence[Part], cut: Sequence[bool], at: int) -> Iterator[int]:
    """The places below `at` that are left out and lie in no other such."""
    here = at + 1
    while here < parts[at].end:
        if cut[here]:
            yield here
            here = parts[here].end
        else:
            here += 1
