"""Commands that read: `parse`, `ingest`, `search`, `match`."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FOUND_NOTHING, NO_RELEASE, UserError

if TYPE_CHECKING:
    from news.query import Query
    from news.query.packs import TermPacks
    from storage.search import Found

PAGE_BYTES_MAX = 32 * 2**20
_FIELDS = {"since": "after", "until": "before"}


def add_to(app: typer.Typer) -> None:
    app.command()(parse)
    app.command()(ingest)
    app.command()(search)
    app.command()(match)


def parse(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A saved page; - reads standard input.")],
    url: Annotated[str | None, typer.Option(help="The address it came from.")] = None,
    wire: Annotated[str | None, typer.Option(help="The wire's slug; `text` reads plain text.")] = None,
    fetched_at: Annotated[str | None, typer.Option(help="When it was fetched, ISO 8601.")] = None,
) -> None:
    """Parse one saved page to JSON. Exit code 3 if it is no release."""
    from ingest.page import Page
    from ingest.parse import parse as parse_page
    from news.release import Reject, release_to_json
    from wirewatch import clock
    from wirewatch.cli import show

    _check_wire(wire)
    page = Page(url, _bytes(file), None, _instant(fetched_at) or clock.now())
    found = parse_page(page, wire=wire)
    if isinstance(found, Reject):
        show.json_whole({"reject": found.reason.value, "excerpt": found.excerpt})
        raise typer.Exit(NO_RELEASE)
    show.json_whole(release_to_json(found))


def _check_wire(wire: str | None) -> None:
    from ingest.wires import WIRES
    from wirewatch.wording import meant

    known = [*sorted(WIRES), "text"]
    if wire is not None and wire not in known:
        raise UserError(f"--wire {wire!r} has no parser of its own; {meant(wire, known)}")


def _bytes(file: str) -> bytes:
    if file == "-":
        body = sys.stdin.buffer.read(PAGE_BYTES_MAX + 1)
    else:
        path = Path(file)
        if path.is_dir():
            raise UserError(f"{file} is a folder; name a saved page in it")
        try:
            with path.open("rb") as opened:
                body = opened.read(PAGE_BYTES_MAX + 1)
        except OSError as error:
            raise UserError(f"{file} cannot be read: {error.strerror}") from None
    if len(body) > PAGE_BYTES_MAX:
        raise UserError(f"{file} is over {PAGE_BYTES_MAX // 2**20} MB: no release page is")
    return body


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--fetched-at {text!r} is no ISO 8601 time, such as 2026-03-02T14:30:00Z") from None
    return at if at.tzinfo else at.astimezone()


def ingest(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Saved pages, or .jsonl files of releases.")],
    url: Annotated[str | None, typer.Option(help="The address of the page, if it is one.")] = None,
    wire: Annotated[str | None, typer.Option(help="The wire's slug; `text` reads plain text.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each file as JSON.")] = False,
) -> None:
    """Store saved pages or releases: dedupe, match, alert."""
    import asyncio

    from wirewatch.cli import show
    from wirewatch.intake import ingest_files

    ours: Context = context.obj
    if url is not None and len(files) > 1:
        raise UserError("--url names one page; give one file with it")
    _check_wire(wire)
    for file in files:
        if not file.is_file():
            raise UserError(f"{file} {'is a folder' if file.is_dir() else 'is not there'}; name saved pages or .jsonl")
    report = asyncio.run(ingest_files(ours.settings, files, url=url, wire=wire, quiet=as_json))
    if as_json:
        show.json_whole(report.told())
    else:
        typer.echo(str(report))
    if report.rejected and not report.stored + report.known:
        raise typer.Exit(NO_RELEASE)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Published on that day or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Published before that day.")] = None,
    wire: Annotated[str | None, typer.Option(help="Of that wire.")] = None,
    lang: Annotated[str | None, typer.Option(help="In that language.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20,
    cursor: Annotated[int | None, typer.Option(help="Go on where the last page ended.")] = None,
    order: Annotated[str, typer.Option(help="newest; there is no other yet.")] = "newest",
    heads: Annotated[bool, typer.Option("--heads", help="Only the first release of each story.")] = False,
    format_: Annotated[str, typer.Option("--format", help="table, json, jsonl or csv.")] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Search the history, newest first. Exit code 1 if nothing is found."""
    from storage import search as archive_search
    from wirewatch.cli.rules import checked_query

    ours: Context = context.obj
    if order != "newest":
        raise UserError(f"--order {order!r}: hits come newest first, in no other order yet")
    shape = "json" if as_json else format_
    if shape not in {"table", "json", "jsonl", "csv"}:
        raise UserError(f"--format {shape!r} is none of table, json, jsonl, csv")
    with ours.archive() as archive:
        packs = archive.packs()
        checked_query(query, packs)
        whole = _narrowed(query, packs, since=since, until=until, wire=wire, lang=lang)
        found = archive_search.search(archive, whole, limit=limit, cursor=cursor, heads=heads, examined_max=None)
    _show_found(found, shape)
    if not found.hits:
        raise typer.Exit(FOUND_NOTHING)


def _narrowed(query: str, packs: "TermPacks", **narrow: str | None) -> "Query":
    from wirewatch.cli.rules import checked_query

    clauses = [_clause(name, value) for name, value in narrow.items() if value is not None]
    return checked_query(" AND ".join([f"({query})", *clauses]) if clauses else query, packs)


def _clause(name: str, value: str) -> str:
    """An option as the query language says it."""
    from news.query import QueryError, parse

    clause = f'{_FIELDS.get(name, name)}:"{value}"'
    try:
        parse(f"x {clause}")
    except QueryError as error:
        mend = "write a day, year first: 2022-09-30" if name in _FIELDS else error.hint or error.message
        raise UserError(f"--{name} {value!r} cannot be read; {mend}") from None
    if '"' in value:
        raise UserError(f"--{name} {value!r} holds a quotation mark")
    return clause


def _show_found(found: "Found", shape: str) -> None:
    from news.release import release_to_json
    from wirewatch.cli import show

    rows = [
        {
            "id": hit.stored.id,
            **release_to_json(hit.stored.release),
            "story": hit.stored.story_id,
            "superseded_by": hit.stored.superseded_by,
            "matches": [list(span) for span in hit.match.spans],
        }
        for hit in found.hits
    ]
    columns = ["id", "published", "wire", "issuer", "headline"]
    cells = [
        [h.stored.id, show.stamp(h.stored.release), h.stored.release.wire, h.stored.release.issuer, _headline(h)]
        for h in found.hits
    ]
    match shape:
        case "json":
            show.json_whole({"releases": rows, "cursor": found.cursor})
        case "jsonl":
            show.json_lines(rows)
        case "csv":
            show.csv_rows(
                [*columns, "url"], [[*c, h.stored.release.url] for c, h in zip(cells, found.hits, strict=True)]
            )
        case _:
            show.table(columns, cells, empty="nothing found")
            if found.cursor is not None and found.hits:
                typer.echo(f"more: add --cursor {found.cursor}", err=True)


def _headline(hit: Any) -> str:  # noqa: ANN401 - a lazily imported type
    mark = " (superseded)" if hit.stored.superseded_by else ""
    return f"{hit.stored.release.headline}{mark}"


def match(
    context: typer.Context,
    rules: Annotated[Path, typer.Option("--rules", help="JSON Lines of {id, query}.")],
    releases: Annotated[Path, typer.Option("--releases", help="JSON Lines of releases.")],
) -> None:
    """Match releases against rules in memory, as JSON Lines."""
    from news.query.packs import in_force
    from wirewatch.matching import match_files

    ours: Context = context.obj
    match_files(rules, releases, out=sys.stdout, err=sys.stderr, packs=in_force(ours.settings.packs))
