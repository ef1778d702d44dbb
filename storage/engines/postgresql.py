"""PostgreSQL by psycopg 3: one writer at a time by an advisory lock, `tsvector` of our own terms.

The lexemes of a release are its stored terms with their positions, weighted by zone; nothing of
PostgreSQL's own text configurations is used. A tsvector keeps 256 positions of a lexeme, none above
16,383, and no more than 1 MB: a release that has more is marked, and the marks are part of every
question, so that a bound stays necessary and the evaluator decides.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Table,
    cast,
    collate,
    create_engine,
    func,
    inspect,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.types import UserDefinedType

from news.query.bound import Begins, Phrases
from news.release import Zone
from storage.columns import storable
from storage.engines import prefixes
from storage.engines.contract import INDEXED, Change, Durability, Standing, TermsBeginning
from storage.errors import DatabaseBusyError, StorageError

CONNECT_S = 10
WAIT_MS = 5_000
OVERFLOW = 4
# Our keys among the advisory locks of a database: who writes, and which daemon runs.
_WRITER, _DAEMON = 0x77697265, 0x77617463

POSITION_MAX = 16_383
POSITIONS_MAX = 256
# Of a lexeme 2,046 bytes are taken; of a whole tsvector 1 MB. Longer terms are cut, here and in a query alike.
_LEXEME_CHARS_MAX = 500
_VECTOR_CHARS_MAX = 250_000
# No term begins with these: to the analyzer they are neither letter nor digit.
_LONG, _HUGE = "\ue001long", "\ue001huge"

# "query_canceled" among PostgreSQL's error codes.
_CANCELED = "57014"
_WEIGHTS = {
    "headline": "A",
    "subtitle": "B",
    "dateline": "B",
    "fields": "D",
    "body": "D",
    "boilerplate": "C",
    "contact": "C",
}
# What costs to fetch and sort one match, and to look at one release on the way down: measured in
# FINDINGS as 218 ms for a common phrase collected, 464 ms for a rare prefix walked to, at 200,000.
_GATHER_COST, _WALK_COST = 1.0, 5.0

_MENDS = {
    "no space left": "the server's disk is full: make room; nothing already stored is lost",
    "lock timeout": "another process has been writing for over 5 s; try again",
    "read-only transaction": "the server is read-only: is it a standby?",
    "read-write mode during recovery": "the server is read-only: is it a standby?",
    "password authentication failed": "the user or the password is not right",
    "does not exist": "the database or the user named there does not exist: create it first",
    "permission denied": "the user may not do that: make it the owner of the database",
    "too many clients": "the server takes no more connections; try again",
    "connection refused": "nothing answers there: is the server running?",
    "is the server running": "nothing answers there: is the server running?",
    "could not translate host name": "that host has no address",
    "connection timeout": "the server does not answer",
    "server closed the connection": "the server closed the connection; try again when it is back",
    "terminating connection": "the server ended the connection; try again when it is back",
    "the connection is closed": "the connection is gone; try again when the server is back",
    "the connection is lost": "the connection is gone; try again when the server is back",
    "could not receive data": "the connection is gone; try again when the server is back",
    "the database system is": "the server is starting or stopping; try again when it is back",
}


_SEQUENCE = text("SELECT pg_get_serial_sequence(:table, :column)")


# Of the connection, of what it is out of, of an operator who stops it, of its disk.
_SERVER_STATES = ("08", "53", "57P", "58")

# A server that is gone without a word is noticed within half a minute.
_CONNECT = {
    "connect_timeout": CONNECT_S,
    "application_name": "wirewatch",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


_WHO = "SELECT pg_backend_pid()"


class TsQuery(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - the signature is SQLAlchemy's
        return "tsquery"


class PostgreSql:
    name = "postgresql"

    def __init__(self) -> None:
        self.full_text = TsVectors()

    def path(self, url: URL) -> Path | None:
        if not url.database:
            raise StorageError(
                f"storage.url {url.render_as_string()!r} names no database: write postgresql://USER@HOST/NAME"
            )
        return None

    def place(self, url: URL) -> str:
        return url.set(drivername="postgresql").render_as_string(hide_password=True)

    def engine(self, url: URL, durability: Durability, *, connections: int, read_only: bool = False) -> Engine:
        options = f"-c timezone=UTC -c lock_timeout={WAIT_MS}"
        if read_only:
            options += " -c default_transaction_read_only=on"
        if durability == "NORMAL":
            options += " -c synchronous_commit=off"
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=connections,
            max_overflow=OVERFLOW,
            pool_pre_ping=True,
            connect_args={"options": options, **_CONNECT},
        )

    def reading(self, connection: Connection) -> Connection:
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def writing(self, connection: Connection) -> Connection:
        return connection.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)

    def await_turn(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")

    def limit(self, connection: Connection, seconds: float) -> None:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")

    def timed_out(self, error: BaseException | None) -> bool:
        return getattr(getattr(error, "orig", None), "sqlstate", None) == _CANCELED

    def log_bytes(self, path: Path) -> int:  # noqa: ARG002 - the server looks after its own
        return 0

    def copy(self, connection: Connection, target: Path) -> None:
        raise NotImplementedError("there is no file")

    def cut_log(self, connection: Connection) -> None:
        """The server does."""

    @contextmanager
    def unenforced(self, connection: Connection) -> Iterator[None]:  # noqa: ARG002 - no table is rebuilt here
        yield

    def orphans(self, connection: Connection) -> int:  # noqa: ARG002 - foreign keys are always enforced here
        return 0

    def by_bytes(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(column, "C")

    def ids_taken(self, connection: Connection, table: Table) -> None:
        for column in table.primary_key:
            place = {"table": table.name, "column": column.name}
            sequence = connection.execute(_SEQUENCE, place).scalar()
            highest = connection.execute(select(func.max(column))).scalar() if sequence else None
            if highest:
                connection.execute(select(func.setval(sequence, highest)))

    def standing(self, engine: Engine, path: Path | None) -> Standing:  # noqa: ARG002 - there is no file
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            if not tables & {"alembic_version", "archive_info", "release"}:
                return Standing(None, foreign=False)  # other programs' tables do not disturb ours
            if not {"alembic_version", "archive_info"} <= tables:
                return Standing(None, foreign=True)
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return Standing(version, foreign=version is None)

    def faults(self, connection: Connection) -> Iterator[str]:
        invalid = connection.exec_driver_sql("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
        for (name,) in invalid:
            yield f"the index {name} is not valid"

    def tidy(self, engine: Engine) -> None:
        with engine.connect() as connection:
            ready = connection.execution_options(isolation_level="AUTOCOMMIT", postgresql_readonly=False)
            ready.exec_driver_sql("ANALYZE release_fts")

    def instance_lock(self, engine: Engine, path: Path | None) -> AdvisoryLock:  # noqa: ARG002 - there is no file
        return AdvisoryLock(engine)

    def mend(self, error: Exception) -> str | None:
        cause = getattr(error, "orig", error)
        said = str(cause).lower()
        known = next((mend for words, mend in _MENDS.items() if words in said), None)
        if known is None and isinstance(error, OperationalError) and _is_of_server(getattr(cause, "sqlstate", None)):
            return f"the server cannot be used for the moment ({str(cause).strip().splitlines()[0]})"
        return known


def _is_of_server(sqlstate: str | None) -> bool:
    """Its words may be in any language. Without a state it is the connection that failed."""
    return sqlstate is None or sqlstate.startswith(_SERVER_STATES)


class AdvisoryLock:
    """A lock of the server's, freed by it when the connection ends."""

    def __init__(self, engine: Engine) -> None:
        """Take it.

        Raises:
            DatabaseBusyError: another daemon, on whatever machine, holds it.
        """
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT", postgresql_readonly=False)
        if not self._connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_DAEMON})").scalar():
            self._connection.close()
            place = engine.url.set(drivername="postgresql").render_as_string(hide_password=True)
            raise DatabaseBusyError(
                f"{place}: another wirewatch daemon runs on this database. "
                "Stop it first, or give this one its own storage.url."
            )
        # A connection that broke is made anew when it is used next, and has lost the lock.
        self._process = self._connection.exec_driver_sql(_WHO).scalar()

    def held(self) -> bool:
        try:
            return bool(self._connection.exec_driver_sql(_WHO).scalar() == self._process)
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        """Free it now: the server would see the end of the connection only a moment later."""
        with suppress(SQLAlchemyError):  # a connection that broke holds nothing
            if self.held():
                self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_DAEMON})")
        self._connection.invalidate()
        self._connection.close()


class TsVectors:
    """A table of tsvectors beside the releases, with a GIN index."""

    key: ColumnElement[int] = literal_column("release_fts.id")
    walks_ranges = False

    def write(self, connection: Connection, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.new is None:
                connection.execute(_FORGET, {"id": change.release_id})
            else:
                connection.execute(_WRITE, {"id": change.release_id, "lexemes": vector(change.new)})

    def drifted(self, connection: Connection) -> bool:
        look = connection.begin_nested()
        try:
            return self.mended(connection)
        finally:
            look.rollback()

    def mended(self, connection: Connection) -> bool:
        stale = connection.exec_driver_sql(
            "DELETE FROM release_fts WHERE id NOT IN (SELECT id FROM release_terms)"
        ).rowcount
        last = -1
        while rows := connection.execute(_SOME_TERMS, {"last": last}).mappings().all():
            told = [{"id": row["id"], "lexemes": vector(_texts(dict(row)))} for row in rows]
            stale += sum(connection.execute(_REWRITE, row).rowcount for row in told)
            last = rows[-1]["id"]
        return stale > 0

    def phrases(self, bound: Phrases) -> str:
        weights = "" if bound.zones is None else _weights(bound.zones)
        exact = " | ".join(_run(terms, weights, bound.open_end) for terms in bound.alternatives)
        if not weights and all(len(terms) == 1 for terms in bound.alternatives):
            return f"({exact})"
        # Of a long release not every position is known: there the words have to do.
        words = " | ".join(_words(terms, bound.open_end) for terms in bound.alternatives)
        return f"({exact} | '{_LONG}' & ({words}))"

    def near(self, one: Phrases, other: Phrases, positions: int) -> str:  # noqa: ARG002 - it can only say "exactly so far"
        return self.joined("AND", [self.phrases(one), self.phrases(other)])

    def beginning(self, bound: Begins, terms: TermsBeginning) -> str | None:
        """GIN keeps its lexemes in order: those that begin so are a range."""
        return prefixes.open_ended(self, bound, terms)

    def field(self, phrase: Sequence[str]) -> str:
        exact = _run(phrase, "", open_end=False)
        return exact if len(phrase) == 1 else f"({exact} | '{_LONG}' & {_words(phrase, open_end=False)})"

    def joined(self, word: Literal["AND", "OR"], expressions: Sequence[str]) -> str:
        sign = " & " if word == "AND" else " | "
        return expressions[0] if len(expressions) == 1 else f"({sign.join(expressions)})"

    def matches(self, expression: str) -> ColumnElement[bool]:
        asked = cast(literal(f"'{_HUGE}' | {expression}"), TsQuery())
        matched: ColumnElement[bool] = literal_column("release_fts.lexemes").op("@@", is_comparison=True)(asked)
        return matched

    def joins(self, release_id: ColumnElement[int]) -> ColumnElement[bool]:
        return self.key == release_id

    def gathers(self, connection: Connection, expression: str, wanted: int) -> bool:
        """By the planner's own estimates of how many there are, and how many match."""
        told = connection.execute(
            text("EXPLAIN (FORMAT JSON) SELECT id FROM release_fts WHERE lexemes @@ CAST(:q AS tsquery)"),
            {"q": f"'{_HUGE}' | {expression}"},
        ).scalar()
        plan: Any = (json.loads(told) if isinstance(told, str) else told or [{}])[0]
        matching = max(1, int(plan["Plan"]["Plan Rows"]))
        stored = connection.exec_driver_sql(
            "SELECT reltuples FROM pg_class WHERE oid = 'release_fts'::regclass"
        ).scalar()
        walked = wanted / matching * max(1.0, float(stored or 0))
        gathers = matching * max(1.0, math.log2(matching) / 10) * _GATHER_COST <= walked * _WALK_COST
        # The index answers by bitmap alone: without it the newest are looked at one by one. The planner takes a
        # look at every release for cheap, since it does not know that long vectors are kept apart.
        connection.exec_driver_sql(f"SET LOCAL enable_{'seqscan' if gathers else 'bitmapscan'} = off")
        return gathers


_WRITE = text(
    "INSERT INTO release_fts (id, lexemes) VALUES (:id, CAST(:lexemes AS tsvector)) "
    "ON CONFLICT (id) DO UPDATE SET lexemes = excluded.lexemes"
)

_FORGET = text("DELETE FROM release_fts WHERE id = :id")
_REWRITE = text(f"{_WRITE.text} WHERE release_fts.lexemes IS DISTINCT FROM excluded.lexemes")
_SOME_TERMS = text(
    f"SELECT id, {', '.join(INDEXED)} FROM release_terms WHERE id > :last ORDER BY id LIMIT 500"  # noqa: S608 - our columns
)


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {column: row[column] for column in INDEXED}


def vector(terms: Mapping[str, str]) -> str:
    """The tsvector, as text, of the terms of each column.

    Between two columns one position stays free: no phrase runs from one into the next.
    """
    places: defaultdict[str, list[str]] = defaultdict(list)
    at, long = 0, False
    for column in sorted(INDEXED, key=list(_WEIGHTS).index):
        weight = _WEIGHTS[column].replace("D", "")
        for term in terms[column].split():
            at += 1
            long = long or at >= POSITION_MAX
            places[_cut(term)].append(f"{min(at, POSITION_MAX)}{weight}")
        at += 1
    if long or any(len(each) > POSITIONS_MAX for each in places.values()):
        places[_LONG].append("1")
    told = " ".join(f"'{term}':{','.join(each[:POSITIONS_MAX])}" for term, each in places.items())
    if len(told) <= _VECTOR_CHARS_MAX:
        return told
    fields = " ".join(f"'{_cut(term)}'" for term in sorted(set(terms["fields"].split())))
    return f"'{_HUGE}' {fields}"


def _weights(zones: frozenset[Zone]) -> str:
    return "".join(sorted({_WEIGHTS[zone.value] for zone in zones}))


def _cut(term: str) -> str:
    """Terms hold no quote and no backslash."""
    return term[:_LEXEME_CHARS_MAX]


def _lexeme(term: str, *marks: str) -> str:
    marked = "".join(marks)
    return f"'{_cut(storable(term))}'" + (f":{marked}" if marked else "")


def _run(terms: Sequence[str], weights: str, open_end: bool) -> str:  # noqa: FBT001 - both callers name it
    star = "*" if open_end else ""
    told = [*(_lexeme(term, weights) for term in terms[:-1]), _lexeme(terms[-1], star, weights)]
    return told[0] if len(told) == 1 else f"({' <-> '.join(told)})"


def _words(terms: Sequence[str], open_end: bool) -> str:  # noqa: FBT001 - as above
    told = [*(_lexeme(term) for term in terms[:-1]), _lexeme(terms[-1], "*" if open_end else "")]
    return told[0] if len(told) == 1 else f"({' & '.join(told)})"


BACKEND = PostgreSql()
