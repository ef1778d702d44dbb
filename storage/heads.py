"""Which release stands for its story: of the wire that is trusted most, of several the one that was seen first.

Of its versions the one that stands for it does so here, too: a correction takes the place of what it corrects.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, Update, and_, case, func, literal, select, update

from storage.checkpoints import note, noted
from storage.chunks import chunks
from storage.tables import RELEASE, STORY
from storage.work import Work

# The note of the wires that are trusted, in the database, so that all who write to it agree.
TRUST = "trusted wires"
# The verdict on a release whose words were erased, and of which an alert stays (`storage.erasure`).
ERASED = "erased"

_FIRST = RELEASE.alias("first_version")
# Of a row of `story`.
_MEMBERS = (
    select(RELEASE.c.id)
    .select_from(RELEASE.outerjoin(_FIRST, _FIRST.c.id == RELEASE.c.revises))
    .where(RELEASE.c.story_id == STORY.c.id)
)
_MEMBER = select(literal(1)).where(RELEASE.c.story_id == STORY.c.id).exists()


def trust(work: Work, wires: Sequence[str]) -> None:
    """Let releases of these wires, the most trusted first, stand for their stories from now on, and for those stored.

    Nothing is done where that is so already.
    """
    if trusted(work.connection) == tuple(wires):
        return
    note(work.connection, TRUST, {"wires": list(wires)}, work.now)
    several = select(RELEASE.c.story_id).group_by(RELEASE.c.story_id).having(func.count() > 1)
    work.connection.execute(_settled(STORY.c.id.in_(several), tuple(wires)))


def trusted(connection: Connection) -> tuple[str, ...]:
    """The wires that are trusted, the most trusted first."""
    told = noted(connection, TRUST)
    return () if told is None else tuple(told["wires"])


def settle_heads(connection: Connection, stories: Collection[int]) -> None:
    """Let each of the stories be headed by the member that stands for it now; one without any stays as it is."""
    wires = trusted(connection)
    for ids in chunks(list(stories)):
        connection.execute(_settled(STORY.c.id.in_(ids), wires))


def head_of(connection: Connection, story: int) -> int | None:
    """The release that stands for the story; None without such a story."""
    return connection.execute(select(STORY.c.head_id).where(STORY.c.id == story)).scalar()


def heads_among(connection: Connection, releases: Collection[int]) -> set[int]:
    """Those of the releases that stand for their stories."""
    found: set[int] = set()
    for ids in chunks(list(releases)):
        found.update(connection.execute(select(RELEASE.c.id).where(RELEASE.c.id.in_(ids), is_head())).scalars())
    return found


def is_head() -> ColumnElement[bool]:
    """The condition that a row of `release` stands for its story."""
    return select(literal(1)).where(STORY.c.id == RELEASE.c.story_id, STORY.c.head_id == RELEASE.c.id).exists()


def _settled(of: ColumnElement[bool], wires: tuple[str, ...]) -> Update:
    rank = case({wire: n for n, wire in enumerate(wires)}, value=RELEASE.c.wire, else_=len(wires)) if wires else None
    order = [
        RELEASE.c.verdict == ERASED,
        RELEASE.c.superseded_by.is_not(None),
        *([] if rank is None else [rank]),
        func.coalesce(_FIRST.c.first_seen_at, RELEASE.c.first_seen_at),
        func.coalesce(_FIRST.c.id, RELEASE.c.id),
        RELEASE.c.id,
    ]
    head = _MEMBERS.order_by(*order).limit(1).scalar_subquery()
    return update(STORY).where(and_(of, _MEMBER)).values(head_id=head)
