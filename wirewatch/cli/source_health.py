"""`wirewatch sources health`: how the sources stand, and one of them at length."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from storage.latencies import Spread
    from wirewatch.standing import Closely, Standing

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STATIONS = {
    "stamp_to_seen": "wire stamp → first seen",
    "seen_to_stored": "first seen → stored",
    "stored_to_matched": "stored → matched",
    "matched_to_delivered": "matched → delivered",
    "stamp_to_delivered": "wire stamp → delivered",
}


def health(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="SOURCE", help="One source, at length.")] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="Figures of so many days.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how sources stand, how late they are seen, what was missed."""
    from wirewatch import clock
    from wirewatch.cli import show
    from wirewatch.standing import closely, closely_json, standing_json, standings
    from wirewatch.wording import meant

    ours: Context = context.obj
    now, objective_s = clock.now(), ours.settings.polling.objective_s
    with ours.configured() as archive:
        if name is None:
            found = standings(archive, now=now, objective_s=objective_s, days=days)
            if as_json:
                show.json_whole([{"name": each.source.name, **_polls(each), **standing_json(each)} for each in found])
            else:
                _list(found)
            return
        lines = {line.source.name: line for line in archive.sources()}
        if name not in lines:
            raise UserError(f"there is no source {name!r}; {meant(name, lines)}")
        one = closely(archive, lines[name], now=now, objective_s=objective_s, days=days, zone=None)
    if as_json:
        show.json_whole({"name": name, **_polls(one.standing), **closely_json(one)})
    else:
        _tell(one)


def _polls(standing: "Standing") -> dict[str, object]:
    from news.release import iso

    state = standing.source.state
    return {
        "last_good_at": iso(state.last_good_at),
        "next_poll_at": iso(state.next_poll_at),
        "open_gaps": standing.line.gaps,
    }


def _list(found: "list[Standing]") -> None:
    from wirewatch.cli import show
    from wirewatch.standing import short

    show.table(
        ["source", "state", "last good poll", "next", "p50", "p95", "p99", "releases", "missed", "gaps", "reason"],
        [
            [
                each.source.name,
                each.state,
                show.local(each.source.state.last_good_at),
                show.local(each.source.state.next_poll_at),
                *(short(value) for value in (each.seen.p50, each.seen.p95, each.seen.p99)),
                each.figures.releases,
                each.figures.missed or "",
                each.line.gaps or "",
                each.why,
            ]
            for each in found
        ],
        empty="no sources yet: wirewatch sources add WIRE/FEED, or wirewatch init",
    )
    if found:
        typer.echo(f"\np50, p95, p99: from the wire's stamp until it was seen, over {found[0].days} days.")


def _tell(one: "Closely") -> None:
    from wirewatch.cli import show
    from wirewatch.standing import short

    standing = one.standing
    state, figures = standing.source.state, standing.figures
    typer.echo(f"{standing.source.name}: {standing.state}" + (f": {show.plain(standing.why)}" if standing.why else ""))
    typer.echo(f"last good poll {show.local(state.last_good_at)}, next {show.local(state.next_poll_at)}")
    typer.echo(f"open gaps: {standing.line.gaps}" if standing.line.gaps else "no open gaps")
    typer.echo(f"\nThe last {standing.days} days")
    for line in _counts(one):
        typer.echo(f"  {line}")
    if standing.within is not None:
        typer.echo(
            f"  {standing.within:.1%} were seen within {short(standing.objective_s)} of their stamps; 95% are wanted"
        )
    if figures.releases:
        typer.echo("")
        show.table(
            ["from → to", "p50", "p95", "p99", "longest", "of", "below zero"],
            [[words, *_figures(one.stations[key])] for key, words in _STATIONS.items()],
            empty="",
        )
    _tell_hours(one)
    _tell_fields(one)
    _tell_incidents(one)


def _counts(one: "Closely") -> list[str]:
    """Releases and polls in words; what there is none of is left out."""
    from ingest.health import NOT_MODIFIED
    from wirewatch.wording import counted

    figures, polls = one.standing.figures, one.outcomes.total()
    told = [counted(figures.releases, "release") if figures.releases else "no release came"]
    if figures.missed:
        told.append(f"{figures.missed} of them no poll saw: found in a gap afterwards")
    if figures.unstamped:
        told.append(f"{figures.unstamped} of them without a time of day, so in no figure below")
    if figures.revisions:
        told.append(f"{counted(figures.revisions, 'revision')}, in no figure below")
    if figures.apart:
        told.append(f"{figures.apart} that stood before the first poll or were brought in, in no figure below")
    if polls:
        ends = ", ".join(f"{n:,} {outcome}" for outcome, n in one.outcomes.most_common(8))
        share = one.outcomes[NOT_MODIFIED] / polls
        told.append(f"{counted(polls, 'poll')}, {share:.0%} of them not modified: {ends}")
    return told


def _figures(found: "Spread") -> list[object]:
    from wirewatch.standing import short

    waits = (found.p50, found.p95, found.p99, found.worst)
    return [*(short(wait) for wait in waits), found.n or "", found.negative or ""]


def _tell_hours(one: "Closely") -> None:
    from wirewatch.cli import show
    from wirewatch.standing import short

    if not one.hours:
        return
    cells = {(each.weekday, each.hour): f"{each.seen.n}: {short(each.seen.p95)}" for each in one.hours}
    days = [day for day in range(7) if any(weekday == day for weekday, _ in cells)]
    typer.echo("\nBy hour of the week, in local time: how many releases, and within which time 95% of them were seen")
    show.table(
        ["hour", *(WEEKDAYS[day] for day in days)],
        [
            [f"{hour:02}", *(cells.get((day, hour), "") for day in days)]
            for hour in range(24)
            if any(at == hour for _, at in cells)
        ],
        empty="",
    )


def _tell_fields(one: "Closely") -> None:
    from storage.fills import FIELDS
    from wirewatch.cli import show

    before, lately = one.fill
    if not lately.n:
        return
    worse = {drop.field for drop in one.drops}
    typer.echo(f"\nHow its pages are read: the newest {lately.n} releases, and the {before.n} of the weeks before")
    show.table(
        ["have", "lately", "before", ""],
        [
            [
                name,
                f"{lately.having[name] / lately.n:.0%}",
                f"{before.having[name] / before.n:.0%}" if before.n else "–",
                "worse: was the page redesigned?" if name in worse else "",
            ]
            for name in FIELDS
        ],
        empty="",
    )


def _tell_incidents(one: "Closely") -> None:
    from wirewatch.cli import show

    if not one.past:
        typer.echo(f"\nNo incident in {one.standing.days} days")
        return
    typer.echo("\nIncidents")
    show.table(
        ["kind", "began", "ended", "reason"],
        [
            [
                each.kind.value,
                show.local(each.opened_at),
                show.local(each.ended_at) if each.ended_at else "lasts",
                each.detail,
            ]
            for each in one.past
        ],
        empty="",
    )
