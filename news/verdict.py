"""What a release is known by, and what became of it among the releases already stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from news.release import Completeness, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a release is known by.

    `keys`, in falling order of force: `number:WIRE:N`, `url:CANONICAL`, `guid:SOURCE:GUID` and
    `text:HASH` (of the analysed headline and body). `content` is a hash of the analysed headline,
    subtitles and body: two versions of one release differ if and only if it does. `anchors` are hashes of
    sentences, 64 bits and signed: by them copies under other numbers and addresses are looked for. `marks` are
    hashes of what a translation would hold, too, `own_marks` those of the ones that link to this one as to a version
    of theirs, and `versions` are the `url_key`s of those that this one links to. `replacing` are the marks of what it
    names as replaced by it, or of what may name it.
    """

    keys: tuple[str, ...]
    content: str
    anchors: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()
    own_marks: tuple[int, ...] = ()
    replacing: tuple[int, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """What message ids are made of, also after a restore: the strongest key.

        A guid is a feed's word and may collide unseen, and two alerts must never share an id: it
        counts only together with the text.
        """
        strongest = self.keys[0]
        return f"{strongest}|{self.content}" if strongest.startswith("guid:") else strongest


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a release says of itself that its translations say, too.

    `address` and `versions` are `url_key`s: its own, and those of its versions in other languages that its page leads
    to. `codes` are tickers and ISINs, `links` all addresses in its text.
    """

    language: str = "und"
    address: str | None = None
    versions: tuple[str, ...] = ()
    issuer: str | None = None
    codes: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored release that shares a key, an anchor or a mark with the one at hand.

    `keys` are those shared, `anchors` how many of those are; `number` its own `number:WIRE:N` key, `text` its headline
    and body. Without `dedupe` it is of a source whose releases are in no story but their own.
    """

    id: int
    story: int
    wire: str
    revises: int | None
    keys: frozenset[str]
    number: str | None
    content: str
    completeness: Completeness
    published_at: datetime | None
    order_at: datetime
    text: str
    anchors: int = 0
    kind: Kind = Kind.RELEASE
    dedupe: bool = True
    edition: Edition = Edition()


@dataclass(frozen=True, slots=True)
class New:
    """No stored release is this one. `related` is one that tells the same news in other words."""

    related: int | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """The release is stored already, with this very text."""

    of: int


@dataclass(frozen=True, slots=True)
class Completes:
    """The full text of a release that is stored as a teaser; `joins` are releases of other stories that it is, too."""

    of: int
    joins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """Another text of a stored release, or its text sent again on a later day; `of` is its first version.

    `stale` is true where a version published later is stored already: it goes under that one and
    never fires. `why` is told where number and address do not tell it. `joins` are releases of other stories that it is
    a copy of.
    """

    of: int
    stale: bool = False
    why: str | None = None
    joins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """The same text under another address or number; joins the story of `of`."""

    of: int
    why: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The release `of` in another language; joins its story."""

    of: int
    why: str


@dataclass(frozen=True, slots=True)
class Joins:
    """The same text as releases of several stories, or a translation of them; the first story takes in the others.

    `of` are releases, one a story, by falling likeness.
    """

    of: tuple[int, ...]
    why: str


Verdict = New | Same | Completes | Revision | Copy | Translation | Joins
