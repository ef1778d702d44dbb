"""Files that are whole or not there: written under another name, flushed to the disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from storage.errors import StorageError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """What is written stands at `path` at the end, in the place of any other; or, on an error, nothing.

    Raises:
        StorageError: it cannot be written.
    """
    with new_file(path) as part, _told(path), part.open("wb") as opened:
        yield opened


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """As `whole_file`, for what is written by name. The other name is `path` with `.part` behind it.

    Raises:
        StorageError: it cannot be put in its place.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with _told(path):
            part.unlink(missing_ok=True)
        yield part
        with _told(path):
            _flush(part)
            part.replace(path)
            _flush(path.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror or error}); nothing was left there") from error


def _flush(path: Path) -> None:
    """Have the system write to the disk what it holds of a file or of a folder's names."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
