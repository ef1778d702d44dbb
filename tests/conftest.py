"""For every test: no socket beyond this machine, and nothing of the developer's own settings."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL

# How long an example takes says more of the machine than of the code. In CI the examples are the
# same every time: what fails there fails for everyone.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("house")

# RFC 2606 keeps these for ever unregistered: the answer is known without asking a name server.
NEVER_RESOLVED = (".invalid", ".test")


class LeftLoopbackError(RuntimeError):
    """A test tried to reach another machine. Give it a server of its own on 127.0.0.1."""


def _stays_here(host: object) -> bool:
    """A name other than localhost would ask a name server, which is leaving, too."""
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(sock: socket.socket, address: Any) -> None:
    if sock.family in {socket.AF_INET, socket.AF_INET6} and not _stays_here(address[0]):
        raise LeftLoopbackError(f"connection to {address[0]}")


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    real_connect, real_connect_ex, real_sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    real_getaddrinfo = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        _guarded(self, address)
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _guarded(self, address)
        return real_connect_ex(self, address)

    def sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        _guarded(self, rest[-1])
        return real_sendto(self, data, *rest)

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if str(name).endswith(NEVER_RESOLVED):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _stays_here(name) and not _is_address(name):
            raise LeftLoopbackError(f"look-up of {name}")
        return real_getaddrinfo(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket.socket, "connect_ex", connect_ex)
        patch.setattr(socket.socket, "sendto", sendto)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _is_address(host: str) -> bool:
    """A number needs no name server; connecting to it is refused when it is tried."""
    try:
        ipaddress.ip_address(host.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WIREWATCH_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated database with nothing in it: making one takes longer than most commands."""
    from storage.archive import Archive  # noqa: PLC0415 - most tests need no database
    from wirewatch import clock  # noqa: PLC0415 - likewise

    path = tmp_path_factory.mktemp("empty") / "empty.db"
    archive = Archive.open(f"sqlite:///{path}", now=clock.now())
    with archive.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    archive.close()
    return path.read_bytes()


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing here speaks TLS, but every client reads all authorities: one is read faster than a hundred."""
    end = "-----END CERTIFICATE-----\n"
    path = tmp_path_factory.mktemp("tls") / "one.pem"
    path.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL of its own, started for the first test that asks."""
    from throwaway_server import server  # noqa: PLC0415 - most tests do without

    with server() as at:
        yield at
