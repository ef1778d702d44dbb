"""Commands that read: `parse`, `ingest`, `search`, `match`."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirewatch.cli.context import Context
from wirewatch.cli.narrowing import Heads, Issuer, Kind, Lang, Since, Ticker, Until, Wire
from wirewatch.faults import FOUND_NOTHING, NO_RELEASE, UserError

if TYPE_CHECKING:
    from ingest.wires import Roster
    from storage.search import Hit
    from storage.summary import Summary
    from wirewatch.history import Answer

PAGE_BYTES_MAX = 32 * 2**20
_VALUES_SHOWN = 8  # of a facet, in a line


def add_to(app: typer.Typer) -> None:
    app.command()(parse)
    app.command()(ingest)
    app.command()(search)
    app.command()(dedupe)
    app.command()(match)


def parse(
    context: typer.Context,
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

    known = _known(context.obj, wire)
    page = Page(url, _bytes(file), None, _instant(fetched_at) or clock.now())
    found = parse_page(page, wire=wire, roster=known)
    if isinstance(found, Reject):
        show.json_whole({"reject": found.reason.value, "excerpt": found.excerpt})
        raise typer.Exit(NO_RELEASE)
    show.json_whole(release_to_json(found))


def _known(ours: Context, wire: str | None) -> "Roster":
    """The wires that are known, `wire` among them."""
    from wirewatch.assemble import roster
    from wirewatch.wording import meant

    found = roster(ours.settings)
    slugs = [*found.slugs(), "text"]
    if wire is not None and wire not in slugs:
        raise UserError(f"--wire {wire!r} has no parser of its own; {meant(wire, slugs)}")
    return found


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
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…|-", help="Saved pages, .txt, or .jsonl of releases; - reads standard input."),
    ],
    url: Annotated[str | None, typer.Option(help="The address of the page, if it is one.")] = None,
    wire: Annotated[str | None, typer.Option(help="The wire's slug; `text` reads plain text.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each file as JSON.")] = False,
) -> None:
    """Store saved pages or releases: dedupe, match, alert.

    Standard input is JSON Lines if its first line is a JSON object, else one page.
    """
    import asyncio

    from wirewatch.cli import show
    from wirewatch.intake import ingest_files

    ours: Context = context.obj
    if url is not None and len(files) > 1:
        raise UserError("--url names one page; give one file with it")
    _known(ours, wire)
    for file in files:
        if str(file) != "-" and not file.is_file():
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
    since: Since = None,
    until: Until = None,
    wire: Wire = None,
    lang: Lang = None,
    issuer: Issuer = None,
    ticker: Ticker = None,
    kind: Kind = None,
    heads: Heads = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20,
    cursor: Annotated[int | None, typer.Option(min=0, help="Go on where the last page ended.")] = None,
    order: Annotated[str, typer.Option(help="newest, or relevance: the best of the newest 1,000.")] = "newest",
    facets: Annotated[
        bool, typer.Option("--facets", help="Tell how many there are, and by wire, issuer, language and day.")
    ] = False,
    format_: Annotated[str, typer.Option("--format", help="table, json, jsonl or csv.")] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Search the history, newest first. Exit code 1 if nothing is found."""
    from wirewatch.cli.rules import checked_query
    from wirewatch.history import Filters, ask, checked_order, narrowed

    ours: Context = context.obj
    shape = "json" if as_json else format_
    if shape not in {"table", "json", "jsonl", "csv"}:
        raise UserError(f"--format {shape!r} is none of table, json, jsonl, csv")
    filters = Filters(since=since, until=until, wire=wire, lang=lang, issuer=issuer, ticker=ticker, kind=kind)
    with ours.reading() as archive:
        packs = ours.packs(archive)
        checked_query(query, packs)
        whole = narrowed(query, filters, packs, dashes="--")
        found = ask(archive, whole, limit=limit, cursor=cursor, heads=heads, order=checked_order(order), facets=facets)
    _show_found(found, shape)
    if not found.hits:
        raise typer.Exit(FOUND_NOTHING)


def _show_found(found: "Answer", shape: str) -> None:
    from wirewatch.cli import show

    columns = ["id", "published", "wire", "issuer", "headline"]
    cells = [
        [h.stored.id, show.stamp(h.stored.release), h.stored.release.wire, h.stored.release.issuer, _headline(h)]
        for h in found.hits
    ]
    match shape:
        case "json":
            show.json_whole(found.told(_hit_told, items="releases", next_="cursor"))
        case "jsonl":
            show.json_lines(map(_hit_told, found.hits))
        case "csv":
            show.csv_rows(
                [*columns, "url"], [[*c, h.stored.release.url] for c, h in zip(cells, found.hits, strict=True)]
            )
        case _:
            show.table(columns, cells, empty="nothing found")
            if found.summary is not None:
                _show_summary(found.summary)
            if found.cursor is not None and found.hits:
                typer.echo(f"more: add --cursor {found.cursor}", err=True)


def _show_summary(summary: "Summary") -> None:
    """`about 12,300 releases`, and the commonest values of each facet in a line."""
    from wirewatch.cli import show
    from wirewatch.wording import counted

    total = counted(summary.count, "release")
    typer.echo(f"\n{total}" if summary.exact else f"\nabout {total}; of the newest {summary.counted:,}:")
    for name, values in summary.facets.items():
        told = ", ".join(f"{show.plain(value)} ({count:,})" for value, count in values[:_VALUES_SHOWN])
        more = len(values) - _VALUES_SHOWN
        typer.echo(f"  {name + ':':<10}{told or '-'}{', …' if more > 0 else ''}")


def _hit_told(hit: "Hit") -> dict[str, Any]:
    from news.release import release_to_json

    return {
        "id": hit.stored.id,
        **release_to_json(hit.stored.release),
        "story": hit.stored.story_id,
        "superseded_by": hit.stored.superseded_by,
        "matches": [list(span) for span in hit.match.spans],
    }


def _headline(hit: "Hit") -> str:
    mark = " (superseded)" if hit.stored.superseded_by else ""
    return f"{hit.stored.release.headline}{mark}"


def dedupe(
    releases: Annotated[Path, typer.Argument(metavar="RELEASES.jsonl", help="JSON Lines of releases.")],
) -> None:
    """Sort releases into stories, as JSON Lines.

    In memory, and in the order in which they stand in the file.
    """
    from wirewatch.matching import dedupe_file

    dedupe_file(releases, out=sys.stdout)


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
