"""A question to the stored history, as the command line and the interface take it and answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from news.query import Query, QueryError, parse
from news.query.packs import TermPacks
from storage.ranking import ranked
from storage.search import EXAMINED_MAX, Hit, Searchable, search
from storage.summary import Summary, summarize
from storage.walk import Left
from wirewatch.faults import UserError
from wirewatch.wording import meant

Order = Literal["newest", "relevance"]
ORDERS: tuple[str, ...] = get_args(Order)
# Filters that the query language writes under another name.
_WRITTEN = {"since": "after", "until": "before"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a question beside its query; each is a clause of the query language. None: does not."""

    since: str | None = None
    until: str | None = None
    wire: str | None = None
    lang: str | None = None
    issuer: str | None = None
    ticker: str | None = None
    kind: str | None = None

    def clauses(self, dashes: str = "") -> list[str]:
        """The filters as the query language says them; messages name them with those dashes before them.

        Raises:
            UserError: one cannot be read; the message names it.
        """
        told = ((field.name, getattr(self, field.name)) for field in fields(self))
        return [_clause(name, value, dashes) for name, value in told if value is not None]


def _clause(name: str, value: str, dashes: str) -> str:
    if '"' in value:
        raise UserError(f"{dashes}{name} {value!r} holds a quotation mark")
    clause = f'{_WRITTEN.get(name, name)}:"{value}"'
    try:
        parse(f"x {clause}")
    except QueryError as error:
        mend = "write a day, year first: 2022-09-30" if name in _WRITTEN else error.hint or error.message
        raise UserError(f"{dashes}{name} {value!r} cannot be read; {mend}") from None
    return clause


def narrowed(query: str | None, filters: Filters, packs: TermPacks, *, dashes: str = "") -> Query:
    """The query, within the filters; without a query all that they let through. `dashes`: see `Filters.clauses`.

    Raises:
        QueryError: the query cannot be read; the column is that in `query`.
        UserError: a filter cannot be read, or there is neither.
    """
    clauses = filters.clauses(dashes)
    if query is None or not query.strip():
        if not clauses:
            raise UserError("there is nothing to search for: write a query, or a filter")
        return parse(" AND ".join(clauses), packs)
    parsed = parse(query, packs)  # alone first, so that a mistake is told where it was made
    return parse(" AND ".join([f"({query})", *clauses]), packs) if clauses else parsed


def checked_order(order: str) -> Order:
    for known in get_args(Order):
        if order == known:
            return order  # type: ignore[return-value]  # as just compared
    raise UserError(f"there is no order {order!r}; {meant(order, list(ORDERS))}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of the history. `cursor` None: nothing follows; `partial`: the time was up before the page was full.

    `chosen_from`: ordered by relevance, of how many of the newest hits these are the best.
    """

    hits: tuple[Hit, ...]
    cursor: int | None
    partial: bool
    chosen_from: int | None
    summary: Summary | None

    def told(self, hit_told: Callable[[Hit], dict[str, Any]], *, items: str, next_: str) -> dict[str, Any]:
        """As JSON, the hits under `items` and the cursor under `next_`."""
        told: dict[str, Any] = {items: [hit_told(hit) for hit in self.hits], next_: self.cursor}
        if self.partial:
            told["partial"] = True
        if self.chosen_from is not None:
            told["chosen_from"] = self.chosen_from
        if self.summary is not None:
            told |= summary_told(self.summary)
        return told


def ask(
    archive: Searchable,
    query: Query,
    *,
    limit: int,
    cursor: int | None = None,
    heads: bool = False,
    order: Order = "newest",
    facets: bool = False,
    left: Left | None = None,
) -> Answer:
    """One page, and with `facets` how many there are in all and how they fall. `left` None: however long it takes."""
    summary = summarize(archive, query, heads=heads, left=left) if facets else None
    if order == "relevance":
        if cursor is not None:
            raise UserError("by relevance there is one page, the best of the newest 1,000: leave the cursor out")
        best, among = ranked(archive, query, limit=limit, heads=heads, left=left)
        return Answer(best, None, partial=False, chosen_from=among, summary=summary)
    patience = None if left is None else EXAMINED_MAX
    found = search(archive, query, limit=limit, cursor=cursor, heads=heads, examined_max=patience, left=left)
    return Answer(found.hits, found.cursor, partial=found.partial, chosen_from=None, summary=summary)


def summary_told(summary: Summary) -> dict[str, Any]:
    return {
        "count": {"value": summary.count, "exact": summary.exact},
        "facets": {
            name: [{"value": value, "count": count} for value, count in values]
            for name, values in summary.facets.items()
        },
        "facets_of": summary.counted,
    }
