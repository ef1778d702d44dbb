"""`wirewatch prune`: let go what is older than it is to be kept."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from config.settings import Settings
    from storage.archive import Archive
    from storage.pruning import Plan, Policy

DAYS_MAX = 36_500
_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def add_to(app: typer.Typer) -> None:
    app.command()(prune)


def prune(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would go, and why the rest stays.")
    ] = False,
    days: Annotated[int | None, typer.Option(min=1, max=DAYS_MAX, help="Keep releases so many days.")] = None,
    wire: Annotated[str | None, typer.Option(help="Only those of this wire, by its slug.")] = None,
    raw_days: Annotated[int | None, typer.Option(min=1, max=DAYS_MAX, help="Keep pages as they came so many.")] = None,
    drop_alerted: Annotated[bool, typer.Option("--drop-alerted", help="Those that alerted go as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let go what is older than [retention] keeps.

    What is said here goes before the file. Without --wire, --days stands for [retention] days; days of single
    wires in the file stay in force.
    """
    from wirewatch.cli import show

    ours: Context = context.obj
    wanted = _policy(ours.settings, days=days, wire=wire, raw_days=raw_days, drop_alerted=drop_alerted)
    with ours.reading() if dry_run else ours.archive() as archive:
        _refuse_unknown(ours.settings, archive, wire)
        found = _planned(archive, wanted, quiet=as_json)
        done = {} if dry_run else _done(archive, wanted, found, quiet=as_json)
        in_a_file = archive.database.path is not None
    if as_json:
        show.json_whole({"dry_run": dry_run, **(plan_json(found) if dry_run else done)})
    elif dry_run:
        typer.echo(told(found))
    else:
        typer.echo(_told_done(done, in_a_file=in_a_file))


def _policy(
    settings: "Settings", *, days: int | None, wire: str | None, raw_days: int | None, drop_alerted: bool
) -> "Policy":
    from dataclasses import replace

    from wirewatch.retention import policy

    wanted = policy(settings.retention)
    if days is not None:
        wanted = replace(wanted, days=days) if wire is None else replace(wanted, wires={wire: days})
    if wire is not None:  # of the others nothing is asked
        wanted = replace(wanted, wire=wire, days=None, wires={wire: wanted.wires.get(wire, wanted.days)})
    wanted = replace(wanted, raw_days=raw_days or wanted.raw_days)
    if drop_alerted:
        wanted = replace(wanted, keep_alerted=False)
    if not wanted.asks:
        of, line, option = "", "days = 730", ""
        if wire is not None:
            of, line, option = f" of {wire}", f"wires = {{ {wire} = 730 }}", f" --wire {wire}"
        raise UserError(
            f"nothing says how long releases{of} are to be kept, so all of them are. Write `{line}` under "
            f"[retention] in wirewatch.toml, or say it for this once: wirewatch prune --days 730{option} --dry-run"
        )
    return wanted


def _refuse_unknown(settings: "Settings", archive: "Archive", wire: str | None) -> None:
    from config.catalogue import wires as known_wires
    from storage.pruning import wires
    from wirewatch.wording import meant

    known = {each.slug for each in known_wires()} | {source.wire for source in settings.sources}
    if wire is None or wire in known:
        return
    stored = wires(archive)
    if wire not in stored:
        raise UserError(f"no release of a wire {wire!r} is stored; {meant(wire, stored)}")


def _planned(archive: "Archive", wanted: "Policy", *, quiet: bool) -> "Plan":
    from storage.pruning import Plan, plan
    from wirewatch import clock
    from wirewatch.intake import bar

    found = Plan()
    with bar(quiet=quiet) as progress:
        task = progress.add_task("look", total=None)
        for found in plan(archive, wanted, clock.now()):
            progress.update(task, completed=found.looked_at)
    return found


def _done(archive: "Archive", wanted: "Policy", found: "Plan", *, quiet: bool) -> "dict[str, Any]":
    from collections import Counter

    from wirewatch.intake import bar
    from wirewatch.retention import prune_now

    by_wire: Counter[str] = Counter()
    pages = 0
    with bar(quiet=quiet) as progress:
        task = progress.add_task("prune", total=found.releases.total() + found.pages_alone)
        for step in prune_now(archive, wanted):
            by_wire.update(step.releases)
            pages += step.pages
            progress.advance(task, sum(step.releases.values()) + step.pages)
    return {"releases": by_wire.total(), "by_wire": dict(by_wire.most_common()), "pages_alone": pages}


def plan_json(found: "Plan") -> "dict[str, Any]":
    return {
        "releases": found.releases.total(),
        "by_wire": dict(found.releases.most_common()),
        "pages": found.pages,
        "bytes": found.bytes,
        "oldest": str(found.oldest) if found.oldest else None,
        "newest": str(found.newest) if found.newest else None,
        "pages_alone": found.pages_alone,
        "bytes_alone": found.bytes_alone,
        "kept": {fate.name.lower(): n for fate, n in found.kept.items()},
    }


def told(found: "Plan") -> str:
    """What would go and why the rest stays, in words."""
    from wirewatch.wording import counted

    lines = [f"would go: {_gone(found.releases)}"]
    if found.releases:
        lines[0] += f", {counted(found.pages, 'page')}, about {size(found.bytes)}"
        lines.append(f"  the oldest of {found.oldest}, the newest of {found.newest}")
    if found.pages_alone:
        alone = counted(found.pages_alone, "page")
        lines.append(f"would go: {alone} of releases whose text stays, {size(found.bytes_alone)}")
    reasons = [f"{n:,} {_WHY[fate.name]}" for fate, n in found.kept.items() if n]
    lines.append(f"stay: {'; '.join(reasons) or 'none'}")
    return "\n".join(lines)


_WHY = {
    "YOUNG": "not old enough",
    "ALERTED": "of a story that alerted (--drop-alerted lets them go)",
    "UNTOLD": "of which a delivery is still to be sent",
    "UNREAD": "whose page is still to be read",
}


def _told_done(done: "Mapping[str, Any]", *, in_a_file: bool) -> str:
    from wirewatch.wording import counted

    if not done["releases"] and not done["pages_alone"]:
        return "nothing is old enough; --dry-run says why each stays"
    line = f"gone: {_gone(done['by_wire'])}"
    if done["pages_alone"]:
        line += f"; {counted(done['pages_alone'], 'page')} of releases whose text stays"
    return f"{line}\nthe file keeps its size: what is free in it is used again" if in_a_file else line


def _gone(by_wire: "Mapping[str, int]") -> str:
    from wirewatch.wording import counted

    total = counted(sum(by_wire.values()), "release")
    several = ", ".join(f"{wire} {n:,}" for wire, n in sorted(by_wire.items(), key=lambda each: -each[1]))
    return f"{total} ({several})" if by_wire else total


def size(of: int) -> str:
    """`1.4 MB`."""
    for unit, one in _UNITS:
        if of >= one:
            return f"{of / one:.1f} {unit}"
    return f"{of} bytes"
