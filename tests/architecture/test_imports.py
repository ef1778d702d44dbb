"""Who may know what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house import PACKAGES, imported, modules, shown
from importlinter import api, cli

# A library, and the only files and folders that may know it.
ROOMS: dict[str, tuple[str, ...]] = {
    "httpx": ("ingest/fetch.py", "ingest/hops.py", "ingest/transport.py", "alerts/channels/", "wirewatch/"),
    "aiosmtplib": ("alerts/channels/",),
    "aiosmtpd": ("wirewatch/demo/",),
    "standardwebhooks": ("alerts/channels/", "wirewatch/demo/"),
    "fastapi": ("wirewatch/web/",),
    "starlette": ("wirewatch/web/", "wirewatch/demo/"),
    "uvicorn": ("wirewatch/web/", "wirewatch/demo/"),
    "apscheduler": ("wirewatch/daemon.py",),
    "procrastinate": ("wirewatch/cluster.py",),
    "sqlalchemy": ("storage/",),
    "sqlmodel": ("storage/",),
    "alembic": ("storage/",),
    "sqlite3": ("storage/",),
    "bs4": ("ingest/",),
    "lxml": ("ingest/",),
    "selectolax": ("ingest/",),
    "feedparser": ("ingest/feed_loose.py",),
    "protego": ("ingest/robots.py",),
    "Stemmer": ("news/stemming.py",),
    "typer": ("wirewatch/cli/",),
    "urllib.request": (),
    "requests": (),
    "smtplib": (),
}


def test_the_layers_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the linter itself, with the contracts of pyproject.toml."""
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    contracts = api.read_configuration()["contracts_options"]
    assert any(contract["type"] == "layers" for contract in contracts)
    assert cli.lint_imports(no_cache=True, no_logo=True) == cli.EXIT_STATUS_SUCCESS


def test_every_package_is_under_the_linter() -> None:
    assert set(api.read_configuration()["session_options"]["root_packages"]) == set(PACKAGES)


@pytest.mark.parametrize("library", ROOMS)
def test_a_library_is_known_to_its_room_alone(library: str) -> None:
    strays = [
        f"{shown(path)}:{line}"
        for path in modules()
        for line, name in imported(path)
        if (name == library or name.startswith(f"{library}.")) and not shown(path).startswith(ROOMS[library])
    ]
    assert strays == []


def test_the_daemon_knows_nothing_of_the_demo() -> None:
    """Only the command that starts it does."""
    strays = [
        f"{shown(path)}:{line}"
        for path in modules()
        for line, name in imported(path)
        if name.startswith("wirewatch.demo") and not shown(path).startswith(("wirewatch/demo/", "wirewatch/cli/"))
    ]
    assert strays == []


def test_no_code_asks_whether_it_is_in_the_demo() -> None:
    outside = [path for path in modules() if not shown(path).startswith(("wirewatch/demo/", "wirewatch/cli/"))]
    strays = [shown(path) for path in outside if re.search(r"\bdemo\b", path.read_text("utf-8"), re.IGNORECASE)]
    assert strays == []
