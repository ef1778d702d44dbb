"""One request for an address, however many sources have it: who asks at the same time waits, who asks soon after
is given what came.

An answer is given to each asker once, so that nobody is ever told again what it was told before.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from ingest.answers import FetchAnswer, Fetched, FetchFailed, NotModified

# For how long an answer is given to others. Shorter than any source waits for its own next poll, by default.
SHARED_FOR_S = 15.0
ANSWERS_MAX = 256
BYTES_MAX = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Validators:
    """With which validators an address is asked for."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True)
class _Known:
    """What came of an address: `told` are the askers who have it, `asked_with` what it was asked for with."""

    answer: FetchAnswer
    asked_with: Validators
    at: float
    told: set[int] = field(default_factory=set)

    @property
    def size(self) -> int:
        return len(self.answer.body) if isinstance(self.answer, Fetched) else 0


class Shared:
    """Answers by address, kept for a moment. Times are on the monotonic clock, in seconds."""

    def __init__(self, *, monotonic: Callable[[], float], kept_s: float = SHARED_FOR_S) -> None:
        self._monotonic = monotonic
        self._kept_s = kept_s
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._bytes = 0
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def answer(
        self, key: str, asker: int, validators: Validators, ask: Callable[[], Awaitable[FetchAnswer]]
    ) -> FetchAnswer:
        """What is known of the address `key`, as it fits the asker's own validators; else what `ask` brings."""
        lock, waiting = self._turns.get(key, (asyncio.Lock(), 0))
        self._turns[key] = lock, waiting + 1
        try:
            async with lock:
                told = self._recalled(key, asker, validators)
                return told if told is not None else await self._asked(key, asker, validators, ask)
        finally:
            lock, waiting = self._turns[key]
            if waiting == 1:
                del self._turns[key]
            else:
                self._turns[key] = lock, waiting - 1

    def clear(self) -> None:
        self._known.clear()
        self._bytes = 0

    def _recalled(self, key: str, asker: int, validators: Validators) -> FetchAnswer | None:
        known = self._known.get(key)
        if known is None or asker in known.told or self._monotonic() > known.at + self._kept_s:
            return None
        told = as_if_asked(known.answer, known.asked_with, validators)
        if told is not None:
            known.told.add(asker)
        return told

    async def _asked(
        self, key: str, asker: int, validators: Validators, ask: Callable[[], Awaitable[FetchAnswer]]
    ) -> FetchAnswer:
        answer = await ask()
        self._drop(key)
        if isinstance(answer, FetchFailed) and not answer.asked:
            return answer
        known = self._known[key] = _Known(answer, validators, self._monotonic(), {asker})
        self._bytes += known.size
        self._forget()
        return answer

    def _drop(self, key: str) -> None:
        gone = self._known.pop(key, None)
        self._bytes -= gone.size if gone is not None else 0

    def _forget(self) -> None:
        """Drop what is old, and the oldest beyond the bounds."""
        oldest = self._monotonic() - self._kept_s
        while self._known:
            key, known = next(iter(self._known.items()))
            if known.at >= oldest and len(self._known) <= ANSWERS_MAX and self._bytes <= BYTES_MAX:
                return
            self._drop(key)


def as_if_asked(answer: FetchAnswer, asked_with: Validators, validators: Validators) -> FetchAnswer | None:
    """The answer that another's request would have had, from one that came; None where it cannot be known.

    As RFC 9110, 13.2.2 weighs them: the ETag decides where both have one, else Last-Modified.
    """
    if asked_with == validators:
        return answer
    match answer:
        case Fetched():
            if not _vouches(answer, validators):
                return answer
            return NotModified(
                url=answer.url,
                etag=answer.etag,
                last_modified=answer.last_modified,
                fetched_at=answer.fetched_at,
                max_age_s=answer.max_age_s,
            )
        case NotModified():
            # The body that it vouches for is not at hand; whoever has that same body needs none.
            if not _vouches(answer, validators):
                return None
            return replace(answer, etag=validators.etag, last_modified=validators.last_modified)
        case _:
            return answer


def _vouches(answer: Fetched | NotModified, validators: Validators) -> bool:
    if validators.etag is not None:
        return validators.etag == answer.etag
    return validators.last_modified is not None and validators.last_modified == answer.last_modified
