"""What a database must offer besides the SQL that all of them speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import URL, ColumnElement, Connection, Engine, Table

from news.query.bound import Begins, Phrases
from news.release import Zone

Durability = Literal["FULL", "NORMAL"]
# The columns of the full-text index: the zones, and what is known besides the text.
INDEXED = (*(zone.value for zone in Zone), "fields")


class Change(NamedTuple):
    """New terms of a release, by column, None where it goes; `old` are those the index knows, None if it knows none."""

    release_id: int
    new: Mapping[str, str] | None
    old: Mapping[str, str] | None


class TermsBeginning(Protocol):
    """The terms of words that begin with some letters, as `storage.forms.terms_beginning` tells them."""

    def __call__(self, letters: str, most: int, *, otherwise_written: bool = False) -> tuple[str, ...] | None: ...


class Standing(NamedTuple):
    """What a database holds before anything of ours touches it."""

    version: str | None
    foreign: bool


class Lock(Protocol):
    """Held by the one daemon of a database, until released or until its process ends."""

    def held(self) -> bool:
        """Whether it still keeps others out. Asks, and never raises."""

    def release(self) -> None: ...


class FullText(Protocol):
    """The index over the stored terms (a table `release_fts`), and bounds in its words.

    `walks_ranges`: what a range of ids costs goes by its length.
    """

    walks_ranges: bool

    @property
    def key(self) -> ColumnElement[int]:
        """The column that holds the release's id."""

    def write(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Bring the index to the terms as they now stand, in id order."""

    def drifted(self, connection: Connection) -> bool:
        """Compare the index with the stored terms; True where it says anything else. In a write transaction."""

    def mended(self, connection: Connection) -> bool:
        """Compare the index with the stored terms, and write it anew where it drifted; True if it had."""

    def phrases(self, bound: Phrases) -> str:
        """One of these runs of terms stands in one of these zones."""

    def near(self, one: Phrases, other: Phrases, positions: int) -> str:
        """Both stand in one of the zones, at most so many positions apart, as far as the index can say that."""

    def beginning(self, bound: Begins, terms: TermsBeginning) -> str | None:
        """A word that begins so stands in one of these zones; None where that narrows too little to be asked."""

    def field(self, phrase: Sequence[str]) -> str:
        """These tokens of a field (`storage.fields`) stand side by side."""

    def joined(self, word: Literal["AND", "OR"], expressions: Sequence[str]) -> str:
        """Several expressions, at least one, as one."""

    def matches(self, expression: str) -> ColumnElement[bool]:
        """True of the rows of the index that the expression matches."""

    def joins(self, release_id: ColumnElement[int]) -> ColumnElement[bool]:
        """The index's row is that of this release; the walk begins at the index."""

    def gathers(self, connection: Connection, expression: str, wanted: int) -> bool:
        """Whether to collect all matches and sort them, rather than walk from the newest down to `wanted`.

        Also tells the transaction's planner so, where it would choose otherwise.
        """


class Backend(Protocol):
    """A kind of database."""

    name: str

    @property
    def full_text(self) -> FullText: ...

    def path(self, url: URL) -> Path | None:
        """The file of the database, None where there is none.

        Raises:
            StorageError: the address names no database.
        """

    def place(self, url: URL) -> str:
        """How messages name the database; never with a password."""

    def engine(self, url: URL, durability: Durability, *, connections: int, read_only: bool = False) -> Engine:
        """A pool that keeps so many connections; `read_only` ones need no right to write."""

    def reading(self, connection: Connection) -> Connection:
        """The connection set to begin snapshots."""

    def writing(self, connection: Connection) -> Connection:
        """The connection set to begin write transactions."""

    def await_turn(self, connection: Connection) -> None:
        """Wait for the turn to write, at most 5 s; the first thing in a write transaction."""

    def limit(self, connection: Connection, seconds: float) -> None:
        """Let no further statement of this transaction take longer, where the database can."""

    def timed_out(self, error: BaseException | None) -> bool:
        """Whether a statement failed because it took longer."""

    def log_bytes(self, path: Path) -> int:
        """How long the log of changes beside the file is."""

    def cut_log(self, connection: Connection) -> None:
        """Write the log back into the file and cut it, if the readers let it happen within half a second."""

    def copy(self, connection: Connection, target: Path) -> None:
        """Write all that the connection sees into a new file; where the database is one."""

    def unenforced(self, connection: Connection) -> AbstractContextManager[None]:
        """Without foreign keys, where a migration that rebuilds tables needs that."""

    def orphans(self, connection: Connection) -> int:
        """How many rows name rows that are not there, where the database lets that happen."""

    def by_bytes(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """A text column to sort by: by the bytes of its UTF-8, as no language would."""

    def ids_taken(self, connection: Connection, table: Table) -> None:
        """Let the ids that are given from now on lie above those stored in the table."""

    def standing(self, engine: Engine, path: Path | None) -> Standing:
        """Look without changing anything."""

    def faults(self, connection: Connection) -> Iterator[str]:
        """What the database itself finds damaged."""

    def tidy(self, engine: Engine) -> None:
        """Let the database refresh what its planner knows."""

    def instance_lock(self, engine: Engine, path: Path | None) -> Lock:
        """Take the lock of the one daemon.

        Raises:
            DatabaseBusyError: another daemon holds it.
            StorageError: the lock cannot be taken.
        """

    def mend(self, error: Exception) -> str | None:
        """What the operator is to do about an error of the driver; None for a defect of the program."""
