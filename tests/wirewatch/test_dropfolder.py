"""Files that are put into a watched folder, and what comes on standard input."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from command_line import CommandLine

from config import load
from wirewatch.assemble import House, build, open_archive
from wirewatch.dropfolder import DropFolder

RULE = '[[rule]]\nname = "n"\nquery = "ferries"\n[inbox]\nfolder = "drop"\n'


def page(n: int) -> str:
    return (
        f"Halden Opens Plant {n}\n\nDAYTON, Ohio, Nov. {n}, 2026 /Sample Wire/ -- Halden Instruments today opened plant"
        f" number {n} in the county, which makes batteries for ferries and will employ four hundred people there.\n"
    )


def release(n: int) -> str:
    return json.dumps({"wire": "acme", "headline": f"Halden Opens Plant {n}", "body": f"Plant {n} builds ferries."})


@pytest.fixture
def house(cli: CommandLine) -> House:
    cli.configure(RULE)
    settings = load(cli.folder / "wirewatch.toml", {})
    return build(settings, open_archive(settings))


def look(house: House, times: int = 2) -> DropFolder:
    dropped = DropFolder(house.pipeline, house.settings, asyncio.Event())

    async def looks() -> None:
        for _ in range(times):
            await dropped.look()

    asyncio.run(looks())
    return dropped


def put(house: House, name: str, text: str) -> Path:
    assert house.settings.path is not None
    folder = house.settings.path.parent / "drop"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def counts(house: House) -> tuple[int, int]:
    found = house.archive.counts()
    return found["releases"], found["alerts"]


def test_files_are_stored_once_and_moved_aside(house: House) -> None:
    put(house, "one.txt", page(1))
    put(house, "many.jsonl", "".join(f"{release(n)}\n" for n in range(2, 130)) + "{broken\n")
    put(house, "wall.html", "<html><title>404 Not Found</title><body>404 Not Found</body></html>")
    folder = put(house, "half.html.part", page(9)).parent
    put(house, ".hidden.txt", page(9))
    look(house)
    assert counts(house) == (129, 129)
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["many.jsonl", "one.txt"]
    assert [path.name for path in (folder / "rejected").iterdir()] == ["wall.html"]
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [".hidden.txt", "half.html.part"]
    put(house, "one.txt", page(1))
    look(house)
    assert counts(house) == (129, 129)
    assert (folder / "done" / "one.2.txt").exists()


def test_a_file_that_grows_waits_until_it_is_whole(house: House) -> None:
    path = put(house, "one.txt", page(1))
    dropped = look(house, times=1)
    assert counts(house) == (0, 0)
    path.write_text(page(1) + "\nIt grows.\n")
    asyncio.run(dropped.look())
    assert counts(house) == (0, 0)
    asyncio.run(dropped.look())
    assert counts(house)[0] == 1


def test_killed_between_the_commit_and_the_move_nothing_is_lost_or_told_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house, "many.jsonl", "".join(f"{release(n)}\n" for n in range(60)))
    put(house, "page.txt", page(1))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            look(house)
    assert counts(house) == (60, 60)
    look(house)
    assert counts(house) == (61, 61)


def test_a_file_that_cannot_be_moved_is_not_read_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    put(house, "one.txt", page(1))
    read: list[Path] = []
    take = DropFolder.take
    monkeypatch.setattr(DropFolder, "take", lambda self, path: (read.append(path), take(self, path)))
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(1, "not permitted")))
    look(house, times=5)
    assert len(read) == 1
    assert counts(house)[0] == 1


def test_links_out_of_the_folder_are_not_followed(house: House, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(page(1))
    path = put(house, "x.txt", "")
    path.unlink()
    path.symlink_to(secret)
    look(house, times=3)
    assert counts(house) == (0, 0)
    assert secret.exists()


def test_without_a_folder_nothing_happens(cli: CommandLine) -> None:
    cli.configure()
    settings = load(cli.folder / "wirewatch.toml", {})
    look(build(settings, open_archive(settings)))
    assert not (cli.folder / "drop").exists()


def test_standard_input_is_lines_or_a_page(cli: CommandLine) -> None:
    cli.configure()
    lines = "\n".join([release(1), "", release(2), "no json"]).encode()
    ran = cli("ingest", "-", "--json", stdin=b"\n" + lines)
    assert ran.json["stored"] == 2
    assert ran.json["rejected"] == ["standard input:4: no JSON: Expecting value: line 1 column 1 (char 0)"]
    assert cli("ingest", "-", "--wire", "text", stdin=page(3).encode()).lines[0].startswith("1 release stored")
    ran = cli("ingest", "-", stdin=b"")
    assert (ran.code, "empty" in ran.out) == (3, True)
