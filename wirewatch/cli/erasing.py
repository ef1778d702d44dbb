"""`wirewatch releases erase`: one release, or its whole story, erased on request."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from storage.archive import Archive, Stored
    from storage.erasure import Erased


def add_to(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    context: typer.Context,
    release_id: Annotated[int, typer.Argument(metavar="ID")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    story: Annotated[bool, typer.Option("--story", help="All of its story: versions, and copies elsewhere.")] = False,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Write the database anew, free space too; the daemon must be stopped.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Erase a release for good, everywhere.

    Its text goes, its page, its words in the index, and what alerts quote of it. Its alerts stay, with their
    rule and their times. It does not come back, whoever lists it.
    """
    from storage.erasure import erase as erase_releases
    from wirewatch import clock
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.archive() as archive, _alone(archive, wanted=vacuum):
        members = _members(archive, release_id)
        chosen = members if story else [each for each in members if each.id == release_id]
        if chosen and not yes:
            _ask(chosen, others=len(members) - len(chosen))
        done = erase_releases(archive, [each.id for each in chosen], clock.now())
        cleared = _cleared(archive, vacuum=vacuum, quiet=as_json)
        left = _left(archive, done, cleared=cleared, vacuum=vacuum)
    if as_json:
        show.json_whole(
            {
                "erased": [*done.removed, *done.hollow],
                "alerts_kept_of": list(done.hollow),
                "words": done.words,
                "left": left,
            }
        )
    else:
        typer.echo(_told(release_id, done))
        for line in left:
            typer.echo(f"  left: {line}")


@contextmanager
def _alone(archive: "Archive", *, wanted: bool) -> Iterator[None]:
    """Where the database is to be written anew, nobody else may write.

    Raises:
        DatabaseBusyError: the daemon runs.
    """
    if not wanted:
        yield
        return
    lock = archive.database.instance_lock()
    try:
        yield
    finally:
        lock.release()


def _members(archive: "Archive", release_id: int) -> "list[Stored]":
    """The release's story; nothing where it is erased already, and only the database is left to be swept."""
    from storage.erasure import HEADLINE, is_erased

    stored = archive.release(release_id)
    if is_erased(archive, release_id):
        return []
    if stored is None:
        raise UserError(f"there is no release {release_id}; see `wirewatch search`", code=FOUND_NOTHING)
    return [each for each in archive.story(stored.story_id) if each.release.headline != HEADLINE]


def _ask(chosen: "Sequence[Stored]", *, others: int) -> None:
    import sys

    from wirewatch.cli import show
    from wirewatch.wording import counted

    if not sys.stdin.isatty():
        raise UserError("what is erased is gone for good: say --yes, or type the command at a terminal, where it asks")
    for each in chosen:
        release = each.release
        typer.echo(f"{each.id}  {show.stamp(release)}  {release.wire}  {show.plain(release.headline)}", err=True)
    if others:
        told = f"{counted(others, 'other release')} of its story"
        typer.echo(f"{told}, versions or copies of it, will stay; --story erases them too", err=True)
    if not typer.confirm(f"Erase {'it' if len(chosen) == 1 else 'them all'} for good?", err=True):
        raise UserError("nothing was erased", code=FOUND_NOTHING)


def _cleared(archive: "Archive", *, vacuum: bool, quiet: bool) -> bool:
    from storage.erasure import rewrite, sweep
    from wirewatch.intake import bar

    done: bool | None = None
    with bar(quiet=quiet) as progress:
        task = progress.add_task("clear the index", total=None)
        for step in sweep(archive):
            done = step
            progress.advance(task)
        if vacuum:
            progress.update(task, description="write the database anew")
            done = rewrite(archive)
    return bool(done)


def _left(archive: "Archive", done: "Erased", *, cleared: bool, vacuum: bool) -> list[str]:
    """What an erasure cannot reach, each in a sentence."""
    path = archive.database.path
    left = ["copies made before: backups, exports, logs, and messages that were sent"]
    if path is not None:
        left += [
            f"{each.name}, a copy made before an upgrade: delete it"
            for each in sorted(path.parent.glob(f"{path.name}.before-*"))
        ]
        if not cleared:
            left.append(f"{path.name}-wal, the write-ahead log, since somebody reads: run the command again")
        if not vacuum:
            left.append("free space that older versions of the program left behind: --vacuum clears it")
    else:
        left.append("the server's write-ahead log and free space in its files, until they are used again")
        if not vacuum:
            left[-1] += "; --vacuum clears the space"
    if done.words_left:
        left.append(
            f"{done.words_left} single words in the list of word forms: too common a stem to say that nobody holds them"
        )
    return left


def _told(release_id: int, done: "Erased") -> str:
    from wirewatch.wording import counted

    erased = [*done.removed, *done.hollow]
    if not erased:
        return f"release {release_id} was erased before; what the database still held of it is cleared now"
    told = f"erased: {counted(len(erased), 'release')} ({', '.join(map(str, sorted(erased)))})"
    if done.hollow:
        told += f"; the alerts of {', '.join(map(str, sorted(done.hollow)))} stay, without what they quoted"
    return told
