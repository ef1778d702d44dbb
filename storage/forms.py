"""Words as they were written, beside the terms they are indexed under: how a prefix becomes terms.

Stems lose what a prefix may name: `skies` is stored as `sky`, and `skie*` must find it. Of each word
the pair is kept once for the whole archive: a few hundred thousand pairs serve millions of releases,
where a second, unstemmed full-text column, or an index of prefixes, would cost half the archive again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, select, tuple_

from storage.chunks import chunks
from storage.columns import storable
from storage.tables import WORD_FORM
from storage.upsert import upsert

Form = tuple[str, str]

# Pairs a process remembers to be stored, some 60 MB; news of a day uses a few ten thousand.
_REMEMBERED_MAX = 400_000


class KnownForms:
    """The pairs that this process knows to be stored, so that each is written once and not asked again.

    `erased` is the counter of deletions as of which that is so (`ingest_counter.forms_erased`).
    """

    def __init__(self) -> None:
        self._known: set[Form] = set()
        self._erased = 0

    def new_ones(self, pairs: Iterable[Form], erased: int) -> set[Form]:
        """Those of the pairs that may not be stored yet."""
        if erased != self._erased:
            self._known.clear()
            self._erased = erased
        return set(pairs) - self._known

    def committed(self, pairs: set[Form]) -> None:
        """Remember pairs whose transaction has been committed."""
        if len(self._known) + len(pairs) > _REMEMBERED_MAX:
            self._known.clear()
        self._known |= pairs


def write_forms(connection: Connection, pairs: Iterable[Form]) -> None:
    """Store the pairs that are not stored yet."""
    rows = [{"form": storable(form), "term": storable(term)} for form, term in sorted(pairs)]
    if rows:
        connection.execute(upsert(connection.dialect.name, WORD_FORM).on_conflict_do_nothing(), rows)


def forget_forms(connection: Connection, pairs: Iterable[Form]) -> None:
    """Delete pairs; the caller counts that up in `ingest_counter.forms_erased`."""
    stored = [(storable(form), storable(term)) for form, term in pairs]
    for some in chunks(stored):
        connection.execute(delete(WORD_FORM).where(tuple_(WORD_FORM.c.form, WORD_FORM.c.term).in_(some)))


def terms_beginning(
    connection: Connection, letters: str, most: int, *, otherwise_written: bool = False
) -> tuple[str, ...] | None:
    """The terms of words that begin with `letters`; None: more than `most`.

    `otherwise_written`: only the terms that do not begin with those letters themselves.
    """
    letters = storable(letters)
    wanted = [WORD_FORM.c.form >= letters]
    after = _after(letters)
    if after is not None:
        wanted.append(WORD_FORM.c.form < after)
    if otherwise_written:
        wanted.append(func.substr(WORD_FORM.c.term, 1, len(letters)) != letters)
    found = select(WORD_FORM.c.term).distinct().where(*wanted).limit(most + 1)
    terms = tuple(sorted(connection.execute(found).scalars()))
    return terms if len(terms) <= most else None


def _after(letters: str) -> str | None:
    """The least text above all that begin with `letters`, by code point; None where there is none."""
    last = letters[-1]
    if last == chr(sys.maxunicode):
        return None
    following = "\ue000" if last == "\ud7ff" else chr(ord(last) + 1)  # surrogates are no text
    return letters[:-1] + following
