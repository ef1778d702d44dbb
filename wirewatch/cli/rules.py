"""`wirewatch rules`: saved queries and where their alerts go."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context, checked_name
from wirewatch.cli.rule_telling import (
    AtMostOption,
    DigestOption,
    EveryCopyOption,
    UrgentOption,
    in_words,
    next_runs,
    state,
    told_as,
)
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from news.alert import Rule
    from news.query import Query, QueryError
    from news.query.packs import TermPacks
    from storage.archive import Archive

app = typer.Typer(help="Saved queries and where their alerts go.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    to: Annotated[list[str] | None, typer.Option("--to", metavar="CHANNEL", help="Where to; may be repeated.")] = None,
    digest: DigestOption = None,
    at_most: AtMostOption = None,
    urgent: UrgentOption = None,
    every_copy: EveryCopyOption = None,
) -> None:
    """Add a rule. It watches every release stored from now on."""
    from news.alert import AT_ONCE
    from storage.rules import RuleExistsError, RuleSpec, add_rule
    from wirewatch import clock

    ours: Context = context.obj
    checked_name(name)
    telling = told_as(AT_ONCE, digest, at_most, urgent=urgent, every_copy=every_copy)
    with ours.archive() as archive:
        show_hints(checked_rule(query, archive.packs()))
        check_channels(archive, to or [])
        try:
            with archive.writing(clock.now()) as work:
                rule = add_rule(work, RuleSpec(name, query, tuple(to or ()), telling=telling))
        except RuleExistsError as error:
            raise UserError(str(error)) from None
    where = ", ".join(to) if to else "nobody yet: its alerts are kept and shown (add --to CHANNEL to send them)"
    how = "" if telling == AT_ONCE else f", {in_words(telling)}"
    typer.echo(f"rule {rule.name!r} watches from now on and tells {where}{how}")


def checked_query(query: str, packs: "TermPacks") -> "Query":
    """The parsed query; a bad one is shown with a caret under the column."""
    from news.query import QueryError, parse

    try:
        return parse(query, packs)
    except QueryError as error:
        raise _unreadable(query, error) from None


def checked_rule(query: str, packs: "TermPacks") -> "Query":
    """The parsed query of a rule, which looks forward: dates are for searches."""
    from news.query import QueryError, refuse_dates

    parsed = checked_query(query, packs)
    try:
        refuse_dates(parsed)
    except QueryError as error:
        raise _unreadable(query, error) from None
    return parsed


def show_hints(query: "Query") -> None:
    for hint in query.hints:
        typer.echo(f"note: {hint}", err=True)


def _unreadable(query: str, error: "QueryError") -> UserError:
    return UserError(f"the query cannot be read\n{error.pointed(query)}")


def check_channels(archive: "Archive", to: Iterable[str]) -> None:
    from wirewatch.wording import meant

    known = [spec.name for spec in archive.channels()]
    for channel in to:
        if channel not in known:
            raise UserError(f"there is no channel {channel!r}; {meant(channel, known)}")


def rule_of(archive: "Archive", name: str) -> "Rule":
    from wirewatch.wording import meant

    rule = archive.rule_named(name)
    if rule is None:
        raise UserError(f"there is no rule {name!r}; {meant(name, [known.name for known in archive.rules()])}")
    return rule


def changeable(ours: Context, archive: "Archive", name: str) -> "Rule":
    rule = rule_of(archive, name)
    if rule.origin == "config":
        raise UserError(f"rule {name!r} stands in {ours.config_file}: change it there")
    return rule


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the rules."""
    from wirewatch import clock
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.configured() as archive:
        found = archive.rules()
    if as_json:
        show.json_whole([_row(rule) for rule in found])
        return
    show.table(
        ["rule", "query", "to", "told", "from", "state"],
        [
            [r.name, r.query, ", ".join(r.channels), in_words(r.telling), _made_in(r.origin), state(r, clock.now())]
            for r in found
        ],
        empty="no rules yet: wirewatch rules add NAME '\"blade battery\"' --to CHANNEL",
    )


def _made_in(origin: str) -> str:
    return "file" if origin == "config" else "here"


def _row(rule: "Rule") -> dict[str, object]:
    from dataclasses import asdict

    names = ("id", "uid", "name", "query", "channels", "paused", "origin", "generation", "silence_reason")
    until = rule.silenced_until.isoformat() if rule.silenced_until else None
    return {name: getattr(rule, name) for name in names} | asdict(rule.telling) | {"silenced_until": until}


@app.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """Show one rule."""
    from wirewatch import clock
    from wirewatch.cli import show as shown

    ours: Context = context.obj
    with ours.configured() as archive:
        rule = rule_of(archive, name)
        runs = next_runs(archive, rule, clock.now())
    if as_json:
        shown.json_whole(_row(rule))
        return
    facts = {
        "rule": rule.name,
        "query": rule.query,
        "to": ", ".join(rule.channels) or "nobody: its alerts are kept and shown",
        "told": in_words(rule.telling),
        **({"next": "; ".join(runs)} if runs else {}),
        "from": _made_in(rule.origin),
        "state": state(rule, clock.now()),
    }
    for label, value in facts.items():
        typer.echo(f"{label:7}{shown.plain(value)}")


@app.command()
def remove(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Remove a rule; the alerts it made stay."""
    from storage.rules import remove_rule
    from wirewatch import clock

    ours: Context = context.obj
    with ours.archive() as archive:
        rule = rule_of(archive, name)
        if rule.origin == "config":
            raise UserError(f"rule {name!r} stands in {ours.config_file}: remove it there")
        with archive.writing(clock.now()) as work:
            remove_rule(work, rule)
    typer.echo(f"rule {name!r} removed; its alerts stay")
