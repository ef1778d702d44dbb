"""`wirewatch sources`: what is polled."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli import source_adding, source_check, source_health
from wirewatch.cli.context import Context
from wirewatch.cli.gaps import gaps

if TYPE_CHECKING:
    from news.source import Source

app = typer.Typer(help="What is polled.", no_args_is_help=True, rich_markup_mode=None)
app.command(short_help="Show how sources stand, how late they are, what was missed.")(source_health.health)
app.command()(gaps)
app.command()(source_adding.add)
app.command()(source_adding.catalogue)
app.command()(source_check.check)


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the sources and how their last poll ended."""
    from news.release import iso
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.configured() as archive:
        found = archive.sources()
    if as_json:
        show.json_whole(
            [
                {
                    "id": line.source.id,
                    "name": line.source.name,
                    "wire": line.source.wire,
                    "kind": line.source.kind.value,
                    "url": line.source.url,
                    "interval_s": line.source.interval_s,
                    "fixed": line.source.fixed,
                    "last_polled_at": iso(line.source.state.last_polled_at),
                    "last_outcome": line.source.state.last_outcome,
                    "next_poll_at": iso(line.source.state.next_poll_at),
                    "failures": line.source.state.failures,
                    "moved_to": line.source.state.move.to,
                    "moved_polls": line.source.state.move.polls,
                    "moved_adopted": line.source.state.move.adopted,
                    "entries": line.entries,
                    "open_gaps": line.gaps,
                }
                for line in found
            ]
        )
        return
    show.table(
        ["source", "wire", "kind", "every", "last poll", "outcome", "next", "gaps"],
        [
            [
                line.source.name,
                line.source.wire,
                line.source.kind.value,
                f"{line.source.interval_s:g} s" if line.source.fixed else "as learned",
                show.local(line.source.state.last_polled_at),
                line.source.state.last_outcome,
                show.local(line.source.state.next_poll_at),
                line.gaps or "",
            ]
            for line in found
        ],
        empty="no sources yet: wirewatch sources add WIRE/FEED, or wirewatch init",
    )
    for line in found:
        if line.source.state.move.to is not None:
            typer.echo(_moved(line.source))


def _moved(source: "Source") -> str:
    """That a source says it moved for good, what we make of it, and what is left to do."""
    from news.source import MOVED_AFTER

    move = source.state.move
    said = f"{source.name!r} says that it moved for good to {move.to}"
    if move.adopted:
        return f"{said}: it is polled there now; if that is right, write this address where it was configured"
    if not move.polls:
        return f"{said}, which shows nothing that it showed before: look whether that is right"
    return f"{said}: it answered well there {move.polls} times, and is polled there after {MOVED_AFTER}"
