"""The guard in conftest.py holds: no test reaches another machine unnoticed."""

from __future__ import annotations

import asyncio
import socket

import pytest

ELSEWHERE = "192.0.2.1"  # RFC 5737: never anybody's


def test_a_connection_to_another_machine_is_an_error() -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match=f"connection to {ELSEWHERE}"):
        sock.connect((ELSEWHERE, 80))


def test_a_datagram_to_another_machine_is_an_error() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(RuntimeError, match="connection to"):
        sock.sendto(b"", (ELSEWHERE, 53))


async def test_asyncio_is_under_the_guard_too() -> None:
    with pytest.raises(RuntimeError, match="connection to"):
        await asyncio.open_connection(ELSEWHERE, 80)


def test_a_name_server_is_not_asked() -> None:
    with pytest.raises(RuntimeError, match=r"look-up of news\.example"):
        socket.getaddrinfo("news.example", 80)


def test_a_reserved_name_is_answered_as_a_name_server_would() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 80)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
