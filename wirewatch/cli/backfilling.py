"""`wirewatch backfill`: reading what a source published before it was watched."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FAILED, FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from wirewatch.backfill_order import Answer, Wish


def add_to(app: typer.Typer) -> None:
    app.command()(backfill)


def backfill(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="By name.")],
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Published on that day or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Published on that day or before.")] = None,
    alert: Annotated[bool, typer.Option("--alert", help="Alert on what it finds; without, nothing does.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of where it was stopped.")] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop one that the daemon walks; the same again goes on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read what a source published before the watch began.

    It walks back through the source's listing pages, sitemaps and other feeds.
    Days are those of the wire's own calendar. What was stopped or killed goes on where it was.
    """
    from wirewatch.cli import show

    ours: Context = context.obj
    if stop:
        answer = _stopped(ours, source)
    else:
        answer = _walked(ours, _wish(source, since, until, alert=alert, restart=restart), quiet=as_json)
    if as_json:
        show.json_whole(answer.told())
    else:
        typer.echo(_in_words(answer))
    if not stop and _failed(answer):
        raise typer.Exit(FAILED)
    if not stop and not answer.order.rows:
        raise typer.Exit(FOUND_NOTHING)


def _wish(source: str, since: str | None, until: str | None, *, alert: bool, restart: bool) -> "Wish":
    from wirewatch.backfill_order import Wish, day

    if since is None:
        raise UserError("--since is missing: the day to go back to, such as --since 2026-03-02")
    first, last = day(since, "--since"), day(until, "--until") if until is not None else None
    if last is not None and last < first:
        raise UserError(f"--until {until} is before --since {since}")
    return Wish(source=source, since=first, until=last, alert=alert, restart=restart)


def _walked(ours: Context, wish: "Wish", *, quiet: bool) -> "Answer":
    import asyncio

    from wirewatch.backfill_order import named, run

    with ours.configured() as archive:
        named(archive, wish.source)
    try:
        return asyncio.run(run(ours.settings, wish, quiet=quiet, say=lambda told: typer.echo(told, err=True)))
    except KeyboardInterrupt:
        typer.echo("left; the same command goes on where it is", err=True)
        raise typer.Exit(130) from None


def _stopped(ours: Context, name: str) -> "Answer":
    from storage.backfills import stop
    from wirewatch import clock
    from wirewatch.backfill_order import named, stands

    with ours.archive() as archive:
        source = named(archive, name)
        with archive.writing(clock.now()) as work:
            walked = stop(work, source.id)
        answer = stands(archive, name)
    if not walked or answer is None:
        raise UserError(f"no back-fill of {name!r} is under way")
    return answer


def _failed(answer: "Answer") -> bool:
    from wirewatch.lookback import END, REACHED

    ends = [reason for _, reason in answer.order.ends]
    return bool(ends) and not any(reason in (END, REACHED) for reason in ends)


def _in_words(answer: "Answer") -> str:
    from wirewatch.wording import counted

    order, states = answer.order, answer.states
    head = f"{answer.source.name}: {counted(order.pages, 'page')} looked at, {counted(order.rows, 'row')}"
    lines = [f"{head}: {order.listed:,} new, {order.known:,} known or shown before, {order.outside:,} of other days"]
    if order.left:
        lines.append(f"  {order.left:,} left to polls and gaps, which alert on them")
    if states:
        lines.append("  of the new: " + ", ".join(f"{n:,} {state}" for state, n in sorted(states.items())))
    lines += [f"  {way}: {_why(reason)}" for way, reason in order.ends]
    if order.stand.value == "stopped":
        lines.append("  stopped; the same command goes on from here")
    return "\n".join(lines)


def _why(reason: str) -> str:
    from wirewatch.lookback import END

    return "all that it shows" if reason == END else reason
