"""What differs between the databases, one module each: connecting, locking, errors, full text.

Everything else in `storage` is written once, in SQLAlchemy's terms.
"""

from __future__ import annotations

from sqlalchemy import URL, Connection

from storage.engines import postgresql, sqlite
from storage.engines.contract import Backend
from storage.errors import StorageError

__all__ = ["Backend", "backend_for", "backend_of"]

_BACKENDS: dict[str, Backend] = {"sqlite": sqlite.BACKEND, "postgresql": postgresql.BACKEND}


def backend_for(url: URL) -> Backend:
    """The backend of an address.

    Raises:
        StorageError: it is of a database that this program does not speak.
    """
    name = url.get_backend_name()
    if name not in _BACKENDS:
        raise StorageError(f"storage.url: {name} is not served; write sqlite:///PATH or postgresql://USER@HOST/NAME")
    return _BACKENDS[name]


def backend_of(connection: Connection) -> Backend:
    return _BACKENDS[connection.dialect.name]
