"""Commits what is ready together: one transaction for all that wait, never waiting for more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Hands items to `commit` in batches of at most `batch_max`, in their order.

    The fewer commits there are between a message that left and the note that it did, the fewer
    messages are repeated after a crash.
    """

    def __init__(self, commit: Callable[[list[T]], Awaitable[object]], *, batch_max: int) -> None:
        self._commit = commit
        self._batch_max = batch_max
        self._waiting: asyncio.Queue[tuple[T, asyncio.Future[None]]] = asyncio.Queue()

    async def committed(self, item: T) -> None:
        """Return once the item's batch is committed.

        Raises whatever `commit` raised for the batch; nothing of it was committed then.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((item, done))
        await done

    async def run(self) -> None:
        """Commit until cancelled. What waits is bounded by how many wait in `committed`."""
        while True:
            batch = [await self._waiting.get()]
            with suppress(asyncio.QueueEmpty):
                while len(batch) < self._batch_max:
                    batch.append(self._waiting.get_nowait())
            error: Exception | None = None
            try:
                await self._commit([item for item, _ in batch])
            except Exception as raised:  # noqa: BLE001 - it is raised where the item came from
                error = raised
            for _, done in batch:
                if done.cancelled():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)
