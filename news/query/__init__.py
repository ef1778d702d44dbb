"""One query language for alerts and searches: a rule is a saved search, a search a rule run backwards.

`parse` reads a query, `evaluate` decides whether it is true of a release and where, `bound` gives a
necessary condition from which indexes are asked, `print_query` writes the canonical spelling. The
forms are in `operators/`, one file each.
"""

from __future__ import annotations

from news.query.errors import QueryError
from news.query.evaluate import bound, evaluate
from news.query.parser import parse, refuse_dates
from news.query.tree import Query


def print_query(query: Query) -> str:
    """The canonical spelling: `parse(print_query(q)) == q`."""
    return query.root.printed()


__all__ = ["Query", "QueryError", "bound", "evaluate", "parse", "print_query", "refuse_dates"]
