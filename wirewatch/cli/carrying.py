"""Commands that carry the archive away and bring it back: `backup`, `restore`, `export`, `import`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from wirewatch.cli.context import Context
from wirewatch.cli.narrowing import Heads, Issuer, Kind, Lang, Since, Ticker, Until, Wire
from wirewatch.faults import BAD_INPUT, UserError

if TYPE_CHECKING:
    from news.query import Query
    from storage.archive import Archive, Stored
    from wirewatch.history import Filters

Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(export)
    app.command("import")(import_)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; a file of its own.")],
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Copy the archive into one file, and check it.

    The daemon may run.
    """
    from storage.backup import back_up
    from wirewatch.cli import show

    ours: Context = context.obj
    _refuse_to_overwrite(file, force=force)
    with ours.reading() as archive:
        size = back_up(archive.database, file)
        releases = archive.counts()["releases"]
    if as_json:
        show.json_whole({"file": str(file), "bytes": size, "releases": releases})
    else:
        typer.echo(f"{file}: {_size(size)}, checked. Put it back with: wirewatch restore {file}")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    force: Force = False,
) -> None:
    """Put a backup in the place of the archive.

    The daemon must not run.
    """
    from storage.backup import restore as put_back
    from storage.database import Database
    from storage.errors import BadFileError
    from wirewatch import clock
    from wirewatch.assemble import open_archive
    from wirewatch.wording import counted

    ours: Context = context.obj
    database = Database(ours.settings.storage.url.get_secret_value())
    try:
        put_back(database, file, clock.now(), over=force)
    except BadFileError as error:
        raise UserError(str(error)) from None
    finally:
        database.close()
    archive = open_archive(ours.settings)
    try:
        typer.echo(f"{database.place}: restored, with {counted(archive.counts()['releases'], 'release')}")
    finally:
        archive.close()


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise UserError(f"{file} is a folder; name a file in it")
    if str(file) == "-" or (file.exists() and not file.is_file()):
        raise UserError(f"{file} is no file; what is written here takes its name only when it is whole, so name one")
    if file.exists() and not force:
        raise UserError(f"{file} is there already; --force replaces it")
    if not file.resolve().parent.is_dir():
        raise UserError(f"{file}: its folder is not there; make it first")


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to.")],
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="Only releases of which it is true; else all.")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", help="jsonl, csv, parquet, ninjs, toml or opml; else by FILE's name, as in x.csv or x.jsonl.gz."
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    wire: Wire = None,
    lang: Lang = None,
    issuer: Issuer = None,
    ticker: Ticker = None,
    kind: Kind = None,
    heads: Heads = False,
    bom: Annotated[bool, typer.Option("--bom", help="Begin CSV with a mark, for older spreadsheets.")] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the archive, releases or the settings to a file.

    jsonl without QUERY or filters is the whole archive, which `import` brings back; with them, releases
    that `ingest` takes. csv, parquet and ninjs hold releases, toml the settings, opml the sources.
    """
    from wirewatch.cli import show
    from wirewatch.history import Filters

    ours: Context = context.obj
    _refuse_to_overwrite(file, force=force)
    shape = _shape(file, format_)
    filters = Filters(since=since, until=until, wire=wire, lang=lang, issuer=issuer, ticker=ticker, kind=kind)
    asked = query is not None or filters != Filters()
    if (asked or heads) and shape in {"toml", "opml"}:
        raise UserError(f"--format {shape} holds no releases; leave QUERY and filters out")
    if bom and shape != "csv":
        raise UserError("--bom goes with csv alone")
    with ours.configured() as archive:
        chosen = _query(archive, query, filters) if asked else None
        told = _written(ours, archive, file, shape, _Wanted(chosen, heads=heads, whole=not (asked or heads), bom=bom))
    if as_json:
        show.json_whole({"file": str(file), "format": shape, "bytes": file.stat().st_size, **told})
    else:
        typer.echo(f"{file}: {_told(told)}; {_size(file.stat().st_size)}")


def _told(counts: dict[str, int]) -> str:
    """`1 rule, 2 sources`; the keys are plural nouns."""
    from wirewatch.wording import counted

    return ", ".join(
        counted(n, what.removesuffix("s")) if what.endswith("s") else f"{n:,} {what}" for what, n in counts.items()
    )


def _size(size: int) -> str:
    return f"{size / 2**20:,.1f} MB" if size >= 2**20 else f"{size / 2**10:,.1f} KB"


_SHAPES = ("jsonl", "csv", "parquet", "ninjs", "toml", "opml")


def _shape(file: Path, wanted: str | None) -> str:
    from wirewatch.wording import meant

    named = Path(file.stem) if _is_packed(file) else file
    shape = wanted or named.suffix.removeprefix(".").lower()
    if shape in _SHAPES:
        return shape
    if wanted is None:
        raise UserError(f"{file}: in which format? Add --format, one of {', '.join(_SHAPES)}")
    raise UserError(f"--format {wanted!r} is none of {', '.join(_SHAPES)}; {meant(wanted, _SHAPES)}")


def _query(archive: "Archive", query: str | None, filters: "Filters") -> "Query":
    from wirewatch.cli.rules import checked_query
    from wirewatch.history import narrowed

    packs = archive.packs()
    if query is not None:
        checked_query(query, packs)
    return narrowed(query, filters, packs, dashes="--")


class _Wanted(NamedTuple):
    """What is to be in the file. `whole`: the archive with all that it holds, where the format can."""

    query: "Query | None"
    heads: bool
    whole: bool
    bom: bool


def _written(ours: Context, archive: "Archive", file: Path, shape: str, wanted: _Wanted) -> dict[str, int]:
    """Write the file, whole or not at all; how many there are in it of what."""
    from storage.whole_file import whole_file
    from wirewatch.exports.chosen import chosen

    with whole_file(file) as plain, _packed(plain, file) as out:
        if shape == "jsonl" and wanted.whole:
            return _whole_archive(archive, out)
        if shape in {"toml", "opml"}:
            return _settings(ours, archive, shape, out)
        releases = chosen(archive, wanted.query, heads=wanted.heads)
        return {"releases": _releases(archive, releases, shape, out, bom=wanted.bom)}


@contextmanager
def _packed(plain: BinaryIO, file: Path) -> Iterator[BinaryIO]:
    """By gzip where the file's name says so; without a date, so that the same content is the same file."""
    if not _is_packed(file):
        yield plain
        return
    import gzip
    from typing import cast

    with gzip.GzipFile(filename="", fileobj=plain, mode="wb", compresslevel=6, mtime=0) as packed:
        yield cast("BinaryIO", packed)


def _is_packed(file: Path) -> bool:
    return file.suffix.lower() == ".gz"


def _whole_archive(archive: "Archive", out: BinaryIO) -> dict[str, int]:
    from storage.carrying.dump import dump
    from wirewatch import clock

    counts = dump(archive, out, clock.now())
    named = {"releases": "release", "alerts": "alert", "rules": "rule", "sources": "source"}
    return {**{what: counts.get(table, 0) for what, table in named.items()}, "rows": sum(counts.values())}


def _settings(ours: Context, archive: "Archive", shape: str, out: BinaryIO) -> dict[str, int]:
    from wirewatch import clock
    from wirewatch.exports import opml, settings_file

    if shape == "opml":
        return {"sources": opml.write_opml(archive, out, clock.now())}
    return settings_file.write_settings(ours.settings, archive, out)


def _releases(archive: "Archive", releases: "Iterator[Stored]", shape: str, out: BinaryIO, *, bom: bool) -> int:
    from wirewatch.exports import ninjs, parquet, release_lines, spreadsheet

    match shape:
        case "csv":
            return spreadsheet.write_csv(releases, out, bom=bom)
        case "parquet":
            return parquet.write_parquet(releases, out)
        case "ninjs":
            return ninjs.write_ninjs(releases, archive.uuid(), out)
        case _:
            return release_lines.write_lines(releases, out)


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `export` wrote, or an OPML list.")],
    as_json: AsJson = False,
) -> None:
    """Bring an archive back that was exported.

    It goes into an empty one, on either database: all of it, or nothing. The daemon must not run.
    Of a list of feeds (OPML) those are added that are not polled yet.
    """
    from wirewatch.cli import show

    ours: Context = context.obj
    if file.is_dir():
        raise UserError(f"{file} is a folder; name a file in it")
    if file.suffix.lower() == ".toml":
        raise UserError(f"{file} holds settings: use it as the configuration file, by --config or as wirewatch.toml")
    told = _sources_of(ours, file) if file.suffix.lower() in {".opml", ".xml"} else _archive_of(ours, file)
    if as_json:
        show.json_whole(told)
    else:
        typer.echo(f"imported from {file}: {_told(told)}")
    if told.get("refused"):
        raise typer.Exit(BAD_INPUT)


def _archive_of(ours: Context, file: Path) -> dict[str, int]:
    from storage.carrying.lines import CarriedFile
    from storage.carrying.load import load
    from storage.errors import BadFileError
    from wirewatch import clock
    from wirewatch.assemble import open_archive

    # Not by `ours.archive()`: what the configuration file says comes in at the next start, by name.
    archive = open_archive(ours.settings)
    try:
        header = load(archive, CarriedFile(file), clock.now())
    except BadFileError as error:
        raise UserError(str(error)) from None
    finally:
        archive.close()
    named = {"releases": "release", "alerts": "alert", "rules": "rule", "sources": "source"}
    return {**{what: header.counts.get(table, 0) for what, table in named.items()}, "rows": sum(header.counts.values())}


def _sources_of(ours: Context, file: Path) -> dict[str, int]:
    from ingest.addresses import policy
    from ingest.opml import BYTES_MAX, OpmlError, read_opml
    from wirewatch import clock
    from wirewatch.exports.opml import add_feeds

    try:
        with file.open("rb") as opened:
            feeds = read_opml(opened.read(BYTES_MAX + 1))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    except OpmlError as error:
        raise UserError(f"{file} {error}") from None
    with ours.archive() as archive:
        allowed = policy(ours.settings.network.allow)
        added = add_feeds(archive, feeds, clock.now(), ours.settings.polling.budget_s, allowed)
    for refused in added.refused:
        typer.echo(refused, err=True)
    return {"new sources": added.new, "known already": added.known, "refused": len(added.refused)}
