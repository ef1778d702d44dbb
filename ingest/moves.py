"""Feeds that say they moved for good. Pure.

A permanent redirect is only a proposal: sites send everything to a page of maintenance, or to another feed, and take
it back. The new address is polled as the source's own once it answered well so often, showing what the source showed
before; the one that was configured stays written down, and is gone back to when the new one fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ingest.answers import Fetched
from news.source import Move, PollState, Source

# Failures in a row after which an adopted address is given up again.
GIVEN_UP_AFTER = 3


def asked_at(source: Source) -> tuple[str, bool]:
    """Where to poll a source, and whether that address is as trusted as the one the operator wrote."""
    if not source.state.move.adopted or source.state.move.to is None:
        return source.url, source.trusted
    return source.state.move.to, source.trusted and _place(source.state.move.to) == _place(source.url)


def after_listing(source: Source, answer: Fetched, known: Sequence[bool]) -> Move:
    """What stands of a move after a poll that read rows; `known` tells of each whether it was known before.

    It begins with an answer that shows something known, for what another site shows is soon known as well.
    """
    state, move = source.state, source.state.move
    if not known:
        return move
    if not answer.permanent_redirect:
        return move if move.adopted and answer.final_url == move.to else Move()
    if not _may_replace(source.url, answer.final_url):
        return Move()
    if move.to == answer.final_url:
        return Move(move.to, move.polls + (1 if move.polls and any(known) else 0))
    return Move(answer.final_url, 1 if any(known) or not state.seeded else 0)


def after_failure(state: PollState) -> Move:
    """What stands of a move after one more failure of a host that was asked."""
    return Move() if state.move.adopted and state.failures + 1 >= GIVEN_UP_AFTER else state.move


def _may_replace(old: str, new: str) -> bool:
    """A redirect carries no credentials, and may not lead out of encryption."""
    was, is_ = urlsplit(old), urlsplit(new)
    return "@" not in was.netloc and not (was.scheme == "https" and is_.scheme != "https")


def _place(url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
