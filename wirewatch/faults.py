"""What a user can mend, as one kind of error."""

from __future__ import annotations

FOUND_NOTHING, BAD_INPUT, NO_RELEASE, FAILED = 1, 2, 3, 4


class UserError(Exception):
    """The message says what was wrong, where, and what to do; `code` is the exit code."""

    def __init__(self, message: str, *, code: int = BAD_INPUT) -> None:
        super().__init__(message)
        self.code = code


class FailedError(UserError):
    """It was asked for rightly, and could not be done."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=FAILED)
