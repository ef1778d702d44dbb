"""Commands that bring an archive to today's program: `migrate`."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FAILED

if TYPE_CHECKING:
    from storage.archive import Archive


def add_to(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what is to do; exit code 4 if anything is.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring the archive to this program: its tables and its index.

    Every start does the same by itself, the index in the background; searches are right meanwhile.
    """
    from wirewatch.cli import show

    ours: Context = context.obj
    told = _waiting(ours) if check else _brought_up(ours, quiet=as_json)
    if as_json:
        show.json_whole(told)
    else:
        typer.echo(_in_words(told))
    if check and not told["up_to_date"]:
        raise typer.Exit(FAILED)


def _waiting(ours: Context) -> "dict[str, object]":
    from storage.errors import OutdatedError
    from storage.reindex import left
    from wirewatch.assemble import open_archive

    try:
        archive = open_archive(ours.settings, read_only=True)
    except OutdatedError as outdated:
        return {"up_to_date": False, "waits": str(outdated), "behind": None}
    try:
        behind = left(archive.database)
        return {"up_to_date": not behind, "waits": None, "behind": behind, **_versions(archive)}
    finally:
        archive.close()


def _brought_up(ours: Context, *, quiet: bool) -> "dict[str, object]":
    with ours.archive() as archive:
        return {"up_to_date": True, "analysed": _renewed(archive, quiet=quiet), **_versions(archive)}


def _renewed(archive: "Archive", *, quiet: bool) -> int:
    from storage.reindex import left
    from wirewatch.intake import bar
    from wirewatch.renewal import renew_now

    done = 0
    with bar(quiet=quiet) as progress:
        task = progress.add_task("index", total=left(archive.database))
        for n in renew_now(archive):
            done += n
            progress.advance(task, n)
    return done


def _versions(archive: "Archive") -> "dict[str, object]":
    from news.text import ANALYZER_VERSION
    from storage.migrations import newest

    return {"archive": archive.database.place, "tables": newest(), "analyzer": ANALYZER_VERSION}


def _in_words(told: "dict[str, object]") -> str:
    from wirewatch.wording import counted

    if told.get("waits"):
        return f"{told['waits']}; `wirewatch migrate` does it"
    lines = [f"{told['archive']}: tables of version {told['tables']}, analyzer {told['analyzer']}"]
    behind, analysed = told.get("behind"), told.get("analysed")
    if isinstance(behind, int) and behind:
        wait = "waits" if behind == 1 else "wait"
        lines.append(
            f"{counted(behind, 'release')} {wait} to be analysed anew; the daemon does it in the background, "
            "`wirewatch migrate` at once"
        )
    elif isinstance(analysed, int) and analysed:
        lines.append(f"{counted(analysed, 'release')} analysed anew")
    else:
        lines.append("nothing to do")
    return "\n".join(lines)
