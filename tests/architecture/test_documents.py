"""What the documents say of the tree is true of it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import PACKAGES, ROOT, shown

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
PIN = re.compile(r"[a-z0-9][a-z0-9-]*==[^ ;]+( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def paths_named(text: str) -> set[str]:
    """What is written in code style and looks like a path of this tree."""
    quoted = re.findall(r"`([^`\s]+)`", text)
    tops = {*PACKAGES, "tests", "benchmarks", ".ci"}
    return {name for name in quoted if name.split("/")[0] in tops and not re.search(r"[<>{}()*:=]|\.\.|…", name)}


def folders() -> Iterator[str]:
    """Every package and subpackage: a folder that holds code."""
    for package in PACKAGES:
        for path in [ROOT / package, *(ROOT / package).rglob("*")]:
            if path.is_dir() and (path / "__init__.py").exists():
                yield f"{shown(path)}/"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    named = paths_named((ROOT / document).read_text(encoding="utf-8"))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_architecture_names_every_folder_of_code() -> None:
    named = paths_named((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert sorted(folder for folder in folders() if folder not in {f"{name.rstrip('/')}/" for name in named}) == []


def test_the_two_commands_are_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./run demo" in readme
    assert "./run test" in readme


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"[a-z+]+://", text)
    assert not re.search(r"(^|\s|=|@)/\w", text)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []
    pins = [index for index, line in enumerate(lines) if PIN.fullmatch(line)]
    assert pins
    assert all(HASH.fullmatch(lines[index + 1]) for index in pins)


def pinned(lock: str) -> set[str]:
    return set(re.findall(r"^(\S+==[^ ;]+)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE))


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def test_the_locks_hold_what_the_project_asks_for_and_agree() -> None:
    """`./run demo` takes an environment that `./run test` made."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {pin.split("==")[0] for pin in pinned("requirements.lock")}
    assert names_of(project["project"]["dependencies"]) <= names
    assert names_of(project["dependency-groups"]["build"]) <= names
    assert pinned("requirements.lock") <= pinned("requirements-dev.lock")


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "run"), *arguments], cwd=cwd, capture_output=True, text=True, timeout=20, check=False
    )


@pytest.mark.parametrize("arguments", [[], ["no-such-verb"]])
def test_an_unknown_verb_is_answered_with_the_usage(arguments: list[str], tmp_path: Path) -> None:
    answer = run(*arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("usage: ./run VERB")


def test_help_names_every_verb() -> None:
    answer = run("help")
    verbs = re.findall(r"^    ([a-z]+)\) ", (ROOT / "run").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert answer.returncode == 0
    assert {"demo", "test", "check", "setup", "bench", "lock"} <= set(verbs)
    assert [verb for verb in verbs if f"\n  {verb} " not in answer.stdout] == []


def test_the_script_is_plain_sh() -> None:
    subprocess.run(["sh", "-n", str(ROOT / "run")], check=True, timeout=20)
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True, timeout=20)
