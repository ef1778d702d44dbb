"""`wirewatch sources gaps`: when releases may have gone unseen, and what became of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from storage.archive import Archive
    from storage.gaps import GapLine


def gaps(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help="Only those of one source.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that were closed, too.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Let the daemon try to close them now.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where releases may have been missed, newest first.

    A gap is a stretch of time in which a source may have shown releases that no poll saw.

    The daemon looks for them at the source's other addresses, and closes a gap once nothing can be missing.
    """
    from storage.gaps import OPEN, gap_lines
    from wirewatch.cli import show
    from wirewatch.gapwords import gap_json

    ours: Context = context.obj
    with ours.configured() as archive:
        if source is not None:
            _checked(archive, source)
        if retry:
            _retry(ours, source)
        with archive.database.reading() as connection:
            found = gap_lines(connection, source=source, state=None if everything else OPEN, limit=limit)
    if as_json:
        show.json_whole([gap_json(line) for line in found])
        return
    of = f" of {source}" if source else ""
    empty = f"no gaps{of}: every poll overlapped the one before" if everything else f"no open gaps{of}"
    show.table(
        ["source", "unseen", "for", "state", "found", "tried", "next try", "reason"],
        [_row(line) for line in found],
        empty=empty + ("" if everything else "; --all shows those that were closed"),
    )


def _row(line: "GapLine") -> list[object]:
    from storage.gaps import OPEN
    from wirewatch.cli import show
    from wirewatch.gapwords import bounds, lasting
    from wirewatch.wording import counted

    waits = line.state == OPEN
    return [
        line.source,
        bounds(line.opened_at.astimezone(), line.closed_at.astimezone()),
        lasting(line.closed_at - line.opened_at),
        line.state,
        counted(line.found, "release"),
        f"{line.attempts}×" if line.attempts else "–",
        show.local(line.retry_at) if waits and line.retry_at else ("by --retry" if waits else "–"),
        line.outcome or "not tried yet",
    ]


def _checked(archive: "Archive", source: str) -> None:
    from wirewatch.wording import meant

    names = [line.source.name for line in archive.sources()]
    if source not in names:
        raise UserError(f"there is no source {source!r}; {meant(source, names)}")


def _retry(ours: Context, source: str | None) -> None:
    from storage.gaps import try_now
    from wirewatch import clock
    from wirewatch.wording import counted

    with ours.archive() as archive, archive.writing(clock.now()) as work:
        source_id = next((line.source.id for line in archive.sources() if line.source.name == source), None)
        many = try_now(work, source_id)
    typer.echo(f"{counted(many, 'open gap')} will be tried by the daemon now", err=True)
