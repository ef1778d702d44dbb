"""Where hubs call: to ask whether we asked, and to push. What they push is weighed, not read."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import PlainTextResponse, Response

from ingest.websub import Signature
from wirewatch.websub import CALLBACK_PATH, Callbacks

PUSH_BYTES_MAX = 5_000_000
PUSH_WITHIN_S = 30.0
PUSHES_AT_ONCE = 16
PARAMETER_CHARS_MAX = 4_000

Token = Annotated[str, Path(min_length=20, max_length=100)]


def router(callbacks: Callbacks) -> APIRouter:
    routes = APIRouter(prefix=CALLBACK_PATH, include_in_schema=False)
    turns = asyncio.Semaphore(PUSHES_AT_ONCE)

    @routes.get("/{token}")
    async def verify(token: Token, request: Request) -> PlainTextResponse:
        """A hub asks whether we asked it; whoever does not know what we asked for learns nothing."""
        said = {name: value[:PARAMETER_CHARS_MAX] for name, value in request.query_params.items()}
        challenge = await asyncio.to_thread(callbacks.verify, token, said)
        if challenge is None:
            raise HTTPException(404, "Nothing was asked for here.")
        return PlainTextResponse(challenge)

    @routes.post("/{token}")
    async def push(token: Token, request: Request) -> Response:
        if turns.locked():
            raise HTTPException(503, "Too many pushes at once; come again.", headers={"retry-after": "5"})
        async with turns:
            if not await asyncio.to_thread(callbacks.expects, token):
                raise HTTPException(410, "Nobody listens here any more.")
            stated = await asyncio.to_thread(callbacks.signature, token, request.headers.get("x-hub-signature"))
            holds = await _holds(stated, request)
            # Told alike, so that nobody learns by trying.
            await asyncio.to_thread(callbacks.pushed, token) if holds else await asyncio.to_thread(callbacks.forged)
            return Response(status_code=202)

    return routes


async def _holds(stated: Signature | None, request: Request) -> bool:
    """Whether the body is signed as stated. It is read to its end, within bounds, and not kept.

    Raises:
        HTTPException: it is too long, or takes too long.
    """
    size = 0
    try:
        async with asyncio.timeout(PUSH_WITHIN_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > PUSH_BYTES_MAX:
                    raise HTTPException(413, f"A push may hold {PUSH_BYTES_MAX} bytes.")
                if stated is not None:
                    stated.feed(chunk)
    except TimeoutError:
        raise HTTPException(408, "The push took too long.") from None
    return stated is not None and stated.holds()
