"""What can be wrong with a database; kept apart because it costs nothing to import."""

from __future__ import annotations


class StorageError(Exception):
    """The database cannot be used as asked; the message says why and what to do."""


class DatabaseBusyError(StorageError):
    """Another daemon holds this database."""


class BadFileError(StorageError):
    """A file that was given to be taken in cannot be; nothing was done. The message names it."""


class OutageError(StorageError):
    """It cannot be used at the moment: full, read-only, away, or busy. What failed may be tried again as it is."""


class OutdatedError(StorageError):
    """There is no archive yet, or one of an older program: it must be made or upgraded before it can be read."""
