"""How a rule's alerts are told: digests, throttles, urgency; and `wirewatch rules silence`."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from news.alert import Rule, Telling
    from storage.archive import Archive

NONE = "none"
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SILENCE_MAX = timedelta(days=366)

DigestOption = Annotated[
    str | None,
    typer.Option(
        "--digest", metavar="WHEN", help="Told together: hourly, daily@08:00, workdays@08:00, weekly@mon 08:00; none."
    ),
]
AtMostOption = Annotated[
    int | None,
    typer.Option("--at-most", metavar="N", min=0, help="So many at once in an hour; 0: as many as come."),
]
UrgentOption = Annotated[
    bool | None, typer.Option("--urgent/--not-urgent", help="Waits for no quiet hours.", show_default=False)
]
EveryCopyOption = Annotated[
    bool | None,
    typer.Option("--every-copy/--once-a-story", help="Tells of every copy and translation.", show_default=False),
]


def told_as(
    before: "Telling", digest: str | None, at_most: int | None, *, urgent: bool | None, every_copy: bool | None
) -> "Telling":
    """`before`, changed by what was typed."""
    from dataclasses import replace

    from news.alert import AT_MOST_HOURLY_MAX
    from news.schedule import read_schedule

    told = before
    if digest is not None:
        try:
            told = replace(told, digest=None if digest == NONE else str(read_schedule(digest)))
        except ValueError as error:
            raise UserError(f"--digest {digest!r} {error}") from None
    if at_most is not None:
        if at_most > AT_MOST_HOURLY_MAX:
            raise UserError(
                f"--at-most {at_most} is too many: write a number up to {AT_MOST_HOURLY_MAX:,}, or 0 for all"
            )
        told = replace(told, at_most_hourly=at_most or None)
    told = told if urgent is None else replace(told, urgent=urgent)
    return told if every_copy is None else replace(told, every_copy=every_copy)


def in_words(telling: "Telling") -> str:
    """`at once`, `daily@08:00`, `at once, 10 in an hour at most; urgent; every copy`."""
    words = telling.digest or "at once"
    if telling.at_most_hourly is not None and telling.digest is None:
        words += f", {telling.at_most_hourly} in an hour at most"
    return "; ".join([words, *(["urgent"] if telling.urgent else []), *(["every copy"] if telling.every_copy else [])])


def state(rule: "Rule", now: datetime) -> str:
    """`on`, `paused`, or until when it is silenced and why."""
    if rule.paused:
        return "paused"
    if rule.silenced_until is not None and now < rule.silenced_until:
        why = f": {rule.silence_reason}" if rule.silence_reason else ""
        return f"silenced until {_minute(rule.silenced_until)}{why}"
    return "on"


def _minute(at: datetime) -> str:
    from alerts.stations import day_words

    utc = at.astimezone(UTC)
    return f"{day_words(utc.date())}, {utc:%H:%M} UTC"


def next_runs(archive: "Archive", rule: "Rule", now: datetime) -> list[str]:
    """When the rule's next digest goes out, by channel, on the clock of those whom it reaches."""
    from alerts.channels import channel_manner
    from alerts.timing import next_digest

    hours = {spec.name: channel_manner(spec.name, spec.settings, kind=spec.kind).hours for spec in archive.channels()}
    runs = [
        (name, hours[name].zone, run)
        for name in rule.channels
        if name in hours and (run := next_digest(rule.telling, hours[name], now)) is not None
    ]
    return [f"{name}: {run.astimezone(zone):%a %-d %b, %H:%M} {zone}" for name, zone, run in runs]


def add_to(app: typer.Typer) -> None:
    app.command()(silence)
    app.command()(unsilence)


def silence(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    for_: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long: 30m, 2h, 7d.")] = None,
    until: Annotated[str | None, typer.Option(metavar="ISO", help="Until when, such as 2026-12-01T08:00Z.")] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is shown beside the rule.")] = "",
) -> None:
    """Let a rule tell nobody for a while. What it matches meanwhile is held and can be looked up."""
    from storage.rules import silence_rule
    from wirewatch import clock
    from wirewatch.cli.rules import rule_of

    ours: Context = context.obj
    end = _end(for_, until, clock.now())
    if len(reason) > 200 or not reason.isprintable():  # noqa: PLR2004  a line beside a rule
        raise UserError("--reason is one line of at most 200 characters")
    with ours.archive() as archive:
        rule = rule_of(archive, name)
        with archive.writing(clock.now()) as work:
            silence_rule(work, rule, end, reason)
    typer.echo(f"rule {name!r} tells nobody until {_minute(end)}; end it sooner: wirewatch rules unsilence")


def unsilence(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Let a silenced rule tell again."""
    from storage.rules import silence_rule
    from wirewatch import clock
    from wirewatch.cli.rules import rule_of

    ours: Context = context.obj
    with ours.archive() as archive:
        rule = rule_of(archive, name)
        with archive.writing(clock.now()) as work:
            silence_rule(work, rule, None)
    typer.echo(f"rule {name!r} tells again")


def _end(for_: str | None, until: str | None, now: datetime) -> datetime:
    if (for_ is None) == (until is None):
        raise UserError("say how long: --for 2h, or --until 2026-12-01T08:00Z")
    end = _after(for_, now) if for_ is not None else _at(until or "")
    if not now < end <= now + _SILENCE_MAX:
        raise UserError("a silence ends in the future, and within a year; to stop a rule for good, pause it")
    return end


def _after(text: str, now: datetime) -> datetime:
    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdigit() or len(number) > 5 or unit not in _UNITS:  # noqa: PLR2004  digits
        raise UserError(f"--for {text!r} is no time: write 30m, 2h or 7d")
    return now + int(number) * _UNITS[unit]


def _at(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--until {text!r} is no time: write 2026-12-01T08:00Z") from None
    if at.tzinfo is None:
        raise UserError(f"--until {text!r} names no zone: write {text}Z for UTC, or {text}+01:00")
    return at.astimezone(UTC)
