"""Errors as RFC 9457 says: `application/problem+json`, or a page for those who asked for one."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from storage.database import StorageError
from wirewatch.web.templating import html

MEDIA_TYPE = "application/problem+json"


def problem(request: Request, status: int, detail: str, *, headers: dict[str, str] | None = None) -> Response:
    """One error, in the form that fits who asked: `/api/` and `/openapi.json` get JSON, people a page."""
    title = HTTPStatus(status).phrase
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        return JSONResponse(body, status, headers, MEDIA_TYPE)
    return html("problem.html", status=status, headers=headers, title=title, detail=detail, code=status)


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem; what went wrong inside is named by its kind alone."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        said = str(error.detail)
        detail = _nothing_there(request) if said == HTTPStatus(error.status_code).phrase else said
        return problem(request, error.status_code, detail, headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def misspelt(request: Request, error: RequestValidationError) -> Response:
        return problem(request, 422, _faults(error.errors()))

    @app.exception_handler(StorageError)
    async def unreadable(request: Request, _error: StorageError) -> Response:
        return problem(
            request, 503, "The archive cannot be read at the moment; the log says why.", headers={"retry-after": "5"}
        )

    @app.exception_handler(Exception)
    async def surprised(request: Request, _error: Exception) -> Response:
        return problem(request, 500, "Something went wrong here; the log says what.")


def _nothing_there(request: Request) -> str:
    return f"There is nothing at {request.method} {request.url.path[:200]}."


def _faults(errors: Sequence[Any]) -> str:
    """`limit: Input should be less than or equal to 200`, for each parameter that is wrong."""
    return "; ".join(f"{'.'.join(str(part) for part in error['loc'][1:])}: {error['msg']}" for error in errors[:5])
