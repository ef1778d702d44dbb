"""`wirewatch rules edit`, `pause` and `resume`: a rule keeps its id and what it fired."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context, checked_name
from wirewatch.cli.rule_telling import AtMostOption, DigestOption, EveryCopyOption, UrgentOption, told_as
from wirewatch.cli.rules import changeable, check_channels, checked_rule, show_hints
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from news.alert import Rule
    from storage.archive import Archive

Name = Annotated[str, typer.Argument(metavar="NAME")]


def add_to(app: typer.Typer) -> None:
    app.command()(edit)
    app.command()(pause)
    app.command()(resume)


def edit(
    context: typer.Context,
    name: Name,
    query: Annotated[str | None, typer.Option(metavar="QUERY", help="What it asks from now on.")] = None,
    to: Annotated[list[str] | None, typer.Option("--to", metavar="CHANNEL", help="Where to; may be repeated.")] = None,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Another name.")] = None,
    digest: DigestOption = None,
    at_most: AtMostOption = None,
    urgent: UrgentOption = None,
    every_copy: EveryCopyOption = None,
) -> None:
    """Change a rule. Shows what another query gains and loses over 90 days."""
    from wirewatch.cli.rule_trials import show_difference

    ours: Context = context.obj
    if all(each is None for each in (query, to, new_name, digest, at_most, urgent, every_copy)):
        raise UserError("nothing to change: give --query, --to, --name, --digest, --at-most, --urgent or --every-copy")
    with ours.archive() as archive:
        parsed = None if query is None else checked_rule(query, archive.packs())
        rule = changeable(ours, archive, name)
        check_channels(archive, to or [])
        _check_free(archive, rule, new_name)
        changed = replace(
            rule,
            query=rule.query if query is None else query,
            channels=rule.channels if to is None else tuple(to),
            name=rule.name if new_name is None else new_name,
            telling=told_as(rule.telling, digest, at_most, urgent=urgent, every_copy=every_copy),
        )
        _change(archive, rule, changed)
        typer.echo(f"rule {changed.name!r} changed")
        if parsed is not None:
            show_hints(parsed)
            show_difference(archive, rule.query, parsed)


def _check_free(archive: "Archive", rule: "Rule", new_name: str | None) -> None:
    if new_name is None or checked_name(new_name) == rule.name:
        return
    if archive.rule_named(new_name) is not None:
        raise UserError(f"rule {new_name!r} exists already; choose another name")


def _change(archive: "Archive", rule: "Rule", changed: "Rule") -> None:
    from storage.rules import change_rule, spec_of
    from wirewatch import clock

    with archive.writing(clock.now()) as work:
        change_rule(work, rule, spec_of(changed))


def pause(context: typer.Context, name: Name) -> None:
    """Let a rule watch no longer, until it is resumed."""
    _set_paused(context.obj, name, paused=True)


def resume(context: typer.Context, name: Name) -> None:
    """Let a paused rule watch again. It watches every release stored from now on."""
    _set_paused(context.obj, name, paused=False)


def _set_paused(ours: Context, name: str, *, paused: bool) -> None:
    with ours.archive() as archive:
        rule = changeable(ours, archive, name)
        if rule.paused != paused:
            _change(archive, rule, replace(rule, paused=paused))
    typer.echo(f"rule {name!r} {'is paused' if paused else 'watches from now on'}")
