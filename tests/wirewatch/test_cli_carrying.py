"""`backup`, `restore`, `export` and `import` as they are typed, mistakes included."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine
from sqlalchemy import URL
from throwaway_server import new_database

from config import load
from storage.archive import Archive
from wirewatch import clock

CONFIG = """
[[source]]
name = "Acme newsroom & Söhne"
wire = "acme"
url = "https://newsroom.example/feed.xml?a=1&b=2"
interval_s = 90
alert_seed = true
[[source]]
name = "A listing"
wire = "acme"
url = "https://newsroom.example/list"
kind = "listing"
[[rule]]
name = "Odd \\"name\\" ' = 1"
query = "'plant' OR \\"blade battery\\""
to = ["hook"]
[pack]
rivals = ["Acme Motors", "环球电池"]
[channel.hook]
kind = "webhook"
url_file = "url.secret"
secret_file = "hook.secret"
[polling]
contact = "me@example.org"
robots = false
[retention]
days = 400
wires = { acme = "forever" }
[network]
allow = ["10.0.0.0/8", "news.lan"]
[mail]
host = "smtp.example"
username = "me"
password_file = "mail.secret"
from = "a@example.org"
"""
SECRETS = {
    "url.secret": "https://hooks.example/hidden",
    "hook.secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "mail.secret": "hunter2",
}


@pytest.fixture
def full(cli: CommandLine) -> CommandLine:
    """An archive of three releases."""
    for name, secret in SECRETS.items():
        (cli.folder / name).write_text(f"{secret}\n", encoding="utf-8")
        (cli.folder / name).chmod(0o600)
    cli.configure()
    rows = [
        {"headline": "=1+1 plant"},
        {"headline": "Blade battery 刀片电池", "wire": "globe", "published_at": "2026-04-02T00:00:00Z"},
        {"headline": "Third", "language": "de"},
    ]
    assert cli("ingest", cli.releases(*rows)).code == 0
    return cli


def rows_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()[1:]


def elsewhere(cli: CommandLine, url: str, text: str = "") -> None:
    """From now on the commands speak of another archive."""
    (cli.folder / "wirewatch.toml").write_text(
        f'{text}\n[web]\nenabled = false\n[storage]\nurl = "{url}"\n', encoding="utf-8"
    )


def test_a_backup_comes_back(full: CommandLine) -> None:
    assert "checked. Put it back with: wirewatch restore b.db" in full.done("backup", "b.db").out
    full("ingest", full.releases({"headline": "Later", "url": "https://acme.example/later", "body": "Other words."}))
    assert full.done("search", "later").out
    assert "--force puts the backup in its place" in full.refused("restore", "b.db", code=4)
    assert full.done("restore", "b.db", "--force").out.endswith("wirewatch.db: restored, with 3 releases\n")
    assert full("search", "later").code == 1


def test_a_backup_tells_itself_as_json(full: CommandLine) -> None:
    told = full.done("backup", "b.db", "--json").json
    assert told == {"file": "b.db", "bytes": (full.folder / "b.db").stat().st_size, "releases": 3}


def test_a_backup_comes_back_where_there_is_no_archive(full: CommandLine) -> None:
    full.done("backup", "b.db")
    elsewhere(full, "sqlite:///second.db")
    assert "second.db: restored, with 3 releases" in full.done("restore", "b.db").out


@pytest.mark.parametrize("command", ["backup", "export"])
def test_a_file_that_is_there_is_replaced_only_if_told(full: CommandLine, command: str) -> None:
    path = full.folder / "there.jsonl"
    path.write_bytes(b"mine")
    assert full.refused(command, "there.jsonl") == "there.jsonl is there already; --force replaces it"
    assert path.read_bytes() == b"mine"
    full.done(command, "there.jsonl", "--force")
    assert path.stat().st_size > 1000
    (full.folder / "folder.csv").mkdir()
    assert full.refused(command, "folder.csv") == "folder.csv is a folder; name a file in it"
    assert full.refused(command, "--force", "--", "-").startswith("- is no file; ")
    assert full.refused(command, "/dev/null", "--force").startswith("/dev/null is no file; ")
    assert full.refused(command, "no/where.jsonl") == "no/where.jsonl: its folder is not there; make it first"


def test_an_archive_goes_to_postgresql_and_back(full: CommandLine, postgresql: URL) -> None:
    assert "3 releases" in full.done("export", "one.jsonl").out
    elsewhere(full, new_database(postgresql))
    assert full.done("import", "one.jsonl").out.startswith("imported from one.jsonl: 3 releases, ")
    assert "刀片" in full.done("search", "刀片电池").out
    full.done("export", "two.jsonl")
    assert "pg_dump" in full.refused("backup", "x.db", code=4)
    assert "pg_restore" in full.refused("restore", "one.jsonl", code=4)
    elsewhere(full, "sqlite:///third.db")
    full.done("import", "two.jsonl")
    full.done("export", "three.jsonl")
    assert (
        rows_of(full.folder / "one.jsonl") == rows_of(full.folder / "two.jsonl") == rows_of(full.folder / "three.jsonl")
    )


def test_an_import_does_not_mind_what_the_configuration_file_says(full: CommandLine) -> None:
    full.done("export", "one.jsonl")
    elsewhere(full, "sqlite:///second.db", CONFIG)
    full.done("rules", "list", "--json")
    assert full.done("import", "one.jsonl", "--json").json["releases"] == 3
    assert len(full.done("rules", "list", "--json").json) == 1


def test_an_archive_that_holds_something_takes_in_no_other(full: CommandLine) -> None:
    full.done("export", "one.jsonl")
    said = full.refused("import", "one.jsonl", code=4)
    assert "is not empty (it holds 3 × release)" in said
    assert "name another storage.url" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nope.jsonl", "nope.jsonl: cannot be read: No such file or directory"),
        (".", ". is a folder; name a file in it"),
        ("b.db", "b.db: is a backup, not an export: `wirewatch restore` takes it"),
        ("releases.jsonl", "its first line is no header (`wirewatch ingest` takes pages and releases)"),
        ("wirewatch.toml", "holds settings: use it as the configuration file"),
        ("cut.jsonl", "copy or export it again"),
        ("bad.opml", "bad.opml is no XML"),
        ("nope.opml", "nope.opml cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_sentence(full: CommandLine, name: str, said: str) -> None:
    full.done("backup", "b.db")
    full.done("export", "one.jsonl")
    whole = (full.folder / "one.jsonl").read_bytes()
    (full.folder / "cut.jsonl").write_bytes(whole[: len(whole) // 2])
    (full.folder / "bad.opml").write_bytes(b"<opml")
    if not name.endswith((".toml", ".opml")):
        elsewhere(full, "sqlite:///second.db")
    assert said in full.refused("import", name)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x"], "x: in which format? Add --format, one of jsonl, csv, parquet, ninjs, toml, opml"),
        (
            ["x", "--format", "cvs"],
            "--format 'cvs' is none of jsonl, csv, parquet, ninjs, toml, opml; did you mean csv?",
        ),
        (["x.toml", "plant"], "--format toml holds no releases; leave QUERY and filters out"),
        (["x.jsonl", "--bom"], "--bom goes with csv alone"),
        (["x.csv", ""], "the query cannot be read"),
        (["x.csv", "--ticker", '"'], "--ticker '\"' holds a quotation mark"),
        (["x.csv", "(("], "the query cannot be read"),
        (["x.csv", "--since", "yesterday"], "write a day, year first: 2022-09-30"),
    ],
)
def test_a_slip_in_an_export_is_told_and_leaves_no_file(full: CommandLine, words: list[str], said: str) -> None:
    before = sorted(full.folder.iterdir())
    assert said in full.refused("export", *words)
    assert sorted(full.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "headlines"),
    [
        ([], {"'=1+1 plant", "Blade battery 刀片电池", "Third"}),
        (["batteries OR 刀片电池"], {"Blade battery 刀片电池"}),
        (["--since", "2026-04-01"], {"Blade battery 刀片电池"}),
        (["--until", "2026-04-01", "--lang", "de"], {"Third"}),
        (["plant", "--wire", "globe"], set()),
        (["--heads"], {"'=1+1 plant", "Blade battery 刀片电池", "Third"}),
    ],
)
def test_a_query_and_filters_choose_the_releases(full: CommandLine, words: list[str], headlines: set[str]) -> None:
    told = full.done("export", "x.csv", *words, "--json").json
    with (full.folder / "x.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["headline"] for row in rows} == headlines
    assert told == {
        "file": "x.csv",
        "format": "csv",
        "bytes": (full.folder / "x.csv").stat().st_size,
        "releases": len(headlines),
    }


def test_chosen_releases_are_lines_that_ingest_takes(full: CommandLine) -> None:
    full.done("export", "some.jsonl", "plant OR battery")
    elsewhere(full, "sqlite:///second.db")
    assert full("ingest", "some.jsonl").code == 0
    assert len(full.done("search", "plant OR battery", "--json").json["releases"]) == 2


def test_a_file_whose_name_says_so_is_packed(full: CommandLine) -> None:
    full.done("export", "one.jsonl")
    full.done("export", "one.jsonl.gz")
    packed = full.folder / "one.jsonl.gz"
    assert gzip.decompress(packed.read_bytes()).splitlines()[1:] == rows_of(full.folder / "one.jsonl")
    assert 3 * packed.stat().st_size < (full.folder / "one.jsonl").stat().st_size
    elsewhere(full, "sqlite:///second.db")
    assert full.done("import", "one.jsonl.gz", "--json").json["releases"] == 3


def test_ninjs_and_parquet_are_written(full: CommandLine) -> None:
    full.done("export", "x.ninjs")
    lines = (full.folder / "x.ninjs").read_text("utf-8").splitlines()
    assert [json.loads(line)["standard"]["version"] for line in lines] == ["3.0"] * 3
    parquet = pytest.importorskip("pyarrow.parquet")
    full.done("export", "x.parquet")
    assert parquet.read_table(io.BytesIO((full.folder / "x.parquet").read_bytes())).num_rows == 3


def test_settings_come_back_without_a_secret(full: CommandLine) -> None:
    path = full.configure(CONFIG)
    full.done("rules", "add", "made by hand", 'ticker:"NASDAQ:ACME"', "--to", "hook")
    told = full.done("export", "all.toml").out
    assert told.startswith("all.toml: 2 sources, 2 rules, 1 channel, 1 pack; ")
    text = (full.folder / "all.toml").read_text("utf-8")
    assert [secret for secret in SECRETS.values() if secret in text] == []
    again = full.folder / "again.toml"
    again.write_text(text.replace("# password: may", f'password_file = "{full.folder}/mail.secret"\n# may'), "utf-8")
    before, after = load(path, {}), load(again, {})
    for name in ("polling", "network", "retention", "mail", "web", "packs"):
        assert getattr(after, name) == getattr(before, name)
    assert {each.name: each.model_dump() for each in after.sources} == {
        each.name: each.model_dump() for each in before.sources
    }
    assert {rule.name for rule in after.rules} == {rule.name for rule in before.rules} | {"made by hand"}
    assert after.channels["hook"].table == before.channels["hook"].table


def test_sources_go_out_and_come_in_as_opml(full: CommandLine) -> None:
    full.configure(CONFIG)
    assert full.done("export", "feeds.opml").out.startswith("feeds.opml: 1 source; ")
    again = full.done("import", "feeds.opml").out
    assert again == "imported from feeds.opml: 0 new sources, 1 known already, 0 refused\n"
    elsewhere(full, "sqlite:///second.db")
    assert "1 new source" in full.done("import", "feeds.opml").out
    (source,) = full.done("sources", "list", "--json").json
    assert (source["name"], source["url"]) == (
        "Acme newsroom & Söhne",
        "https://newsroom.example/feed.xml?a=1&b=2",
    )


def test_a_feed_that_cannot_be_polled_is_told_and_the_rest_is_added(full: CommandLine) -> None:
    body = '<opml><body><outline xmlUrl="ftp://x" title="a"/><outline title="b" xmlUrl="https://b.example/1"/>'
    body += '<outline title="b" xmlUrl="https://b.example/2"/></body></opml>'
    (full.folder / "some.opml").write_text(body, encoding="utf-8")
    ran = full("import", "some.opml")
    assert (ran.code, ran.err) == (2, "a: 'ftp://x' is no web address\n")
    assert ran.out == "imported from some.opml: 2 new sources, 0 known already, 1 refused\n"
    assert {row["name"] for row in full.done("sources", "list", "--json").json} == {"b", "b 2"}


def test_a_list_brings_no_private_address_in_and_tells_wires_by_their_sites(full: CommandLine) -> None:
    urls = [
        "http://127.0.0.1/f",
        "http://localhost:8080/f",
        "http://printer.local/f",
        "http://0x7f.1/f",
        "http://[::1]/f",
    ]
    urls.append("https://www.prnewswire.com/rss/news-releases-list.rss")
    outlines = "".join(f'<outline title="f{n}" xmlUrl="{url}"/>' for n, url in enumerate(urls))
    file = full.folder / "some.opml"
    file.write_text(f'<opml><body><outline text="folder">{outlines}</outline></body></opml>', encoding="utf-8")
    ran = full("import", "some.opml")
    assert ran.out == "imported from some.opml: 1 new source, 0 known already, 5 refused\n"
    assert "f1: localhost is a private address" in ran.err
    assert {row["name"]: row["wire"] for row in full.done("sources", "list", "--json").json}["f5"] == "prnewswire"
    full.configure('[network]\nallow = ["127.0.0.0/8", "localhost"]\n')
    assert "2 new sources, 1 known already, 3 refused" in full("import", "some.opml").out


def test_while_the_daemon_runs_an_archive_goes_out_and_none_comes_in(full: CommandLine) -> None:
    full.done("export", "one.jsonl")
    archive = Archive.open(f"sqlite:///{full.folder / 'wirewatch.db'}", now=clock.now())
    lock = archive.database.instance_lock()
    try:
        full.done("backup", "b.db")
        full.done("export", "two.jsonl")
        assert "daemon" in full.refused("restore", "b.db", "--force", code=4)
        assert "daemon" in full.refused("import", "one.jsonl", code=4)
    finally:
        lock.release()
        archive.close()
    with closing(sqlite3.connect(full.folder / "b.db")) as plain:
        count: Any = plain.execute("SELECT count(*) FROM release").fetchone()
    assert count == (3,)
