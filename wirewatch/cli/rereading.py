"""Commands that bring an archive to today's program: `migrate`, `reparse`."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FAILED, UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Any

    from ingest.wires import Roster
    from storage.archive import Archive
    from storage.pages import Held, Within
    from wirewatch.reparse import Reading, Tally

SHOWN_MAX = 10_000
LINES_MAX = 12  # of one field
CHARS_MAX = 160  # of one value or line


def add_to(app: typer.Typer) -> None:
    app.command()(migrate)
    app.command()(reparse)


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


def reparse(
    context: typer.Context,
    wire: Annotated[str | None, typer.Option(help="Only those of this wire, by its slug.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Published on that day or later.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Correct the archive; without, it is only told.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of where --apply stopped.")] = False,
    limit: Annotated[int, typer.Option(min=0, max=SHOWN_MAX, help="Show what changes in so many releases.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read stored pages again, and tell what changes.

    A correction of how pages were read, not of what the wire said: nobody is alerted, and no story changes.
    """
    from storage.pages import Within, held
    from wirewatch.assemble import roster
    from wirewatch.cli import show
    from wirewatch.reparse import Tally

    ours: Context = context.obj
    within = Within(wire=wire, since=day_given(since))
    with ours.archive() if apply else ours.reading() as archive:
        if wire is not None:
            refuse_unstored(archive, wire)
        kept, tally = held(archive.database, within), Tally()
        shown: list[dict[str, Any]] = []
        with_ = roster(ours.settings)
        for reading in _readings(archive, within, tally, kept, with_, apply=apply, restart=restart, quiet=as_json):
            if len(shown) < limit:
                shown.append(_reading_json(reading))
                if not as_json:
                    typer.echo(_diff(reading))
    if as_json:
        show.json_whole({"applied": apply, **_tally_json(tally, kept), "changes": shown})
    else:
        typer.echo(_tally_told(tally, kept, shown=len(shown), applied=apply))


def day_given(text: str | None) -> "datetime | None":
    from datetime import UTC, date, datetime, time

    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise UserError(f"--since {text!r} is no day, such as 2026-03-02") from None


def refuse_unstored(archive: "Archive", wire: str) -> None:
    from storage.pruning import wires
    from wirewatch.wording import meant

    stored = wires(archive)
    if wire not in stored:
        raise UserError(f"no release of a wire {wire!r} is stored; {meant(wire, stored)}")


def _readings(
    archive: "Archive",
    within: "Within",
    tally: "Tally",
    kept: "Held",
    roster: "Roster",
    *,
    apply: bool,
    restart: bool,
    quiet: bool,
) -> "Iterator[Reading]":
    """Those that change, as they come; all are counted, with a progress bar."""
    from wirewatch import reparse
    from wirewatch.intake import bar

    after = reparse.stopped_at(archive, within) if apply and not restart else None
    if after is not None:
        typer.echo("going on where it was stopped; --restart begins anew", err=True)
    with bar(quiet=quiet) as progress:
        task = progress.add_task("read", total=kept.pages if after is None else None)
        for step in _steps(archive, within, roster, after=after, apply=apply):
            tally.add(step)
            progress.advance(task, len(step))
            yield from (each for each in step if each.fate is reparse.Fate.CHANGED)


def _steps(
    archive: "Archive", within: "Within", roster: "Roster", *, after: int | None, apply: bool
) -> "Iterator[list[Reading]]":
    from wirewatch import reparse

    if apply:
        return reparse.apply(archive, within, after=after, roster=roster)
    return reparse.look(archive, within, roster)


def _reading_json(reading: "Reading") -> "dict[str, Any]":
    changes = {name: {"stored": before, "read": after} for name, (before, after) in reading.changes.items()}
    return {
        "id": reading.release_id,
        "wire": reading.known.wire,
        "headline": reading.known.headline,
        "changes": changes,
    }


def _tally_json(tally: "Tally", kept: "Held") -> "dict[str, Any]":
    from wirewatch.reparse import Fate

    fates = {fate.value: tally.fates[fate.value] for fate in Fate}
    unread = {"teasers_without_page": kept.teasers, "without_page": kept.without_page}
    return {"pages": tally.fates.total(), **fates, "fields": dict(tally.fields.most_common()), **unread}


def _diff(reading: "Reading") -> str:
    """The release, and each field that changes; of texts the lines."""
    from wirewatch.cli import show

    known = reading.known
    lines = [f"{reading.release_id}  {show.stamp(known)}  {known.wire}  {show.plain(known.headline)}"]
    for name, (before, after) in reading.changes.items():
        if isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
            lines += [f"  {name}:", *_lines_changed(before, after)]
        else:
            lines.append(f"  {name}: {_short(before)} → {_short(after)}")
    return "\n".join(lines)


def _lines_changed(before: str, after: str) -> "Iterable[str]":
    from difflib import unified_diff

    told = list(unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm=""))[2:]
    changed = [line for line in told if not line.startswith("@@") and line.strip("+-").strip()]
    yield from (f"    {line[0]} {_short(line[1:])}" for line in changed[:LINES_MAX])
    if len(changed) > LINES_MAX:
        yield f"    … {len(changed) - LINES_MAX} more lines"


def _short(value: object) -> str:
    import json

    from wirewatch.cli import show

    if value is None or value in ("", [], {}):
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = show.plain(" ".join(text.split()))
    return text if len(text) <= CHARS_MAX else f"{text[: CHARS_MAX - 1]}…"


def _tally_told(tally: "Tally", kept: "Held", *, shown: int, applied: bool) -> str:
    from wirewatch.wording import counted

    fates = tally.fates
    verb = "corrected" if applied else "would change"
    lines = [f"{counted(fates.total(), 'page')} read again: {fates['changed']:,} {verb}, {fates['same']:,} the same"]
    if tally.fields:
        lines.append("  " + ", ".join(f"{name} {n:,}" for name, n in tally.fields.most_common()))
    if fates["changed"] > shown:
        lines.append(f"  shown: the first {shown:,}; --limit shows more")
    lines += [f"  {fates[name]:,} {why}" for name, why in _WHY.items() if fates[name]]
    if kept.without_page or kept.teasers:
        without = counted(kept.without_page + kept.teasers, "release")
        lines.append(f"  left as they are, without a stored page: {without}")
    if fates["changed"] and not applied:
        lines.append("nothing was changed; --apply does it")
    return "\n".join(lines)


_WHY = {
    "rejected": "no release to today's parsers, left as they are",
    "poorer": "would lose their text, left as they are",
    "damaged": "no longer what was fetched (see `wirewatch doctor`), left as they are",
    "overtaken": "rewritten or removed meanwhile; run it again",
}
