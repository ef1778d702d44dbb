"""`wirewatch sources check`: every parser tried again on the pages that are stored."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FOUND_NOTHING

if TYPE_CHECKING:
    from collections import Counter

    from wirewatch.rechecking import Check, Compared
    from wirewatch.reparse import Reading

PAGES = 2_000
PAGES_MAX = 100_000
SHOWN_MAX = 1_000
_FIELDS_SHOWN = 6


def check(
    context: typer.Context,
    wire: Annotated[str | None, typer.Option(help="Only pages of this wire, by its slug.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Published on that day or later.")] = None,
    pages: Annotated[int, typer.Option(min=1, max=PAGES_MAX, help="Read so many again, the newest.")] = PAGES,
    limit: Annotated[int, typer.Option(min=0, max=SHOWN_MAX, help="Name so many pages that read worse.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try all parsers again on stored pages; 1 if any reads worse.

    What it was read as then stands beside what it is read as now. Nothing is changed: `wirewatch reparse` does that.
    """
    from storage.pages import Within, held
    from wirewatch.assemble import roster
    from wirewatch.cli import show
    from wirewatch.cli.rereading import day_given, refuse_unstored
    from wirewatch.intake import bar
    from wirewatch.rechecking import Check, page_json, wire_json
    from wirewatch.rechecking import check as read_again

    ours: Context = context.obj
    within, found = Within(wire=wire, since=day_given(since)), Check()
    with ours.reading() as archive:
        if wire is not None:
            refuse_unstored(archive, wire)
        with bar(quiet=as_json) as progress:
            task = progress.add_task("read", total=min(pages, held(archive.database, within).pages))
            for step in read_again(archive, within, pages=pages, roster=roster(ours.settings)):
                for reading in step:
                    found.add(reading)
                progress.advance(task, len(step))
    if as_json:
        wires = {slug: wire_json(each) for slug, each in sorted(found.wires.items())}
        worst = [page_json(*each) for each in found.worst[:limit]]
        show.json_whole({"pages": found.pages, "worse": found.worse, "wires": wires, "pages_worse": worst})
    else:
        _tell(found, limit)
    if found.worse:
        raise typer.Exit(FOUND_NOTHING)


def _tell(found: "Check", limit: int) -> None:
    from wirewatch.cli import show
    from wirewatch.wording import counted

    show.table(
        ["wire", "pages", "same", "worse", "better", "lost", "gained", "otherwise"],
        [
            [
                slug,
                each.pages,
                each.fates["same"] or "",
                each.worse or "",
                each.better or "",
                _fields(each.lost, each.fates),
                _fields(each.gained),
                _fields(each.changed),
            ]
            for slug, each in sorted(found.wires.items())
        ],
        empty="no page is stored: nothing to read again",
    )
    for reading, compared in found.worst[:limit]:
        typer.echo(f"  {reading.release_id}  {reading.known.wire}  {_why(reading, compared)}  {_headline(reading)}")
    if found.worse > limit:
        typer.echo(f"  shown: {limit:,} of {found.worse:,} that read worse; --limit shows more")
    if found.pages:
        typer.echo(
            f"{counted(found.pages, 'page')} read again, {found.worse:,} worse than before; nothing was changed "
            "(`wirewatch reparse` shows each change, `releases show ID --raw` the page)"
        )


_FATES = {"rejected": "no release any more", "poorer": "its text", "damaged": "damaged page"}


def _fields(counts: "Counter[str]", fates: "Counter[str] | None" = None) -> str:
    """`issuer 3, tickers 1, no release any more 2`."""
    told = [f"{name} {n:,}" for name, n in counts.most_common(_FIELDS_SHOWN)]
    told += ["…"] if len(counts) > _FIELDS_SHOWN else []
    return ", ".join(told + [f"{words} {fates[fate]:,}" for fate, words in _FATES.items() if fates and fates[fate]])


def _why(reading: "Reading", compared: "Compared") -> str:
    return ", ".join(compared.lost) if compared.lost else _FATES.get(reading.fate.value, reading.fate.value)


def _headline(reading: "Reading") -> str:
    from wirewatch.cli import show

    return show.plain(reading.known.headline)
