"""`wirewatch rules check`, `import` and `export`: rules kept as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.cli.rules import check_channels
from wirewatch.faults import BAD_INPUT, FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from news.query.packs import TermPacks
    from storage.archive import Archive
    from wirewatch.rulefiles import Fault, FileRule

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="TOML, JSON Lines, or a list of queries.")]


def add_to(app: typer.Typer) -> None:
    app.command()(check)
    app.command("import")(import_)
    app.command()(export)


def check(context: typer.Context, file: RulesFile, as_json: AsJson = False) -> None:
    """Check that rules find their samples. Exit code 1 if one does not, 2 if a rule cannot be read."""
    from dataclasses import asdict

    from news.query.packs import in_force
    from wirewatch import rulecheck
    from wirewatch.cli import show
    from wirewatch.rulefiles import packs_beside
    from wirewatch.wording import counted

    ours: Context = context.obj
    packs = in_force({**ours.settings.packs, **packs_beside(file)})
    rules, faults = _read(file, packs)
    failed = [failure for rule in rules for failure in rulecheck.check(rule, packs)]
    samples = sum(len(rule.must_match) + len(rule.must_not_match) for rule in rules)
    if as_json:
        show.json_whole(
            {
                "rules": len(rules),
                "samples": samples,
                "failed": [asdict(failure) for failure in failed],
                "faults": [asdict(fault) for fault in faults],
            }
        )
    else:
        for failure in failed:
            typer.echo(f"{failure.rule}: {failure.wanted} {failure.sample} (“{failure.excerpt}”): {failure.why}")
        _show_faults(faults)
        typer.echo(f"{counted(len(rules), 'rule')}, {counted(samples, 'sample')}, {len(failed)} failed")
    if faults:
        raise typer.Exit(BAD_INPUT)
    if failed:
        raise typer.Exit(FOUND_NOTHING)


def _read(file: Path, packs: "TermPacks") -> "tuple[list[FileRule], list[Fault]]":
    from wirewatch.rulefiles import FileRule, read_rules

    items = read_rules(file, packs)
    return (
        [item for item in items if isinstance(item, FileRule)],
        [item for item in items if not isinstance(item, FileRule)],
    )


def _show_faults(faults: "Sequence[Fault]") -> None:
    for fault in faults:
        typer.echo(f"{fault.where}: {fault.reason}", err=True)


def import_(
    context: typer.Context,
    file: RulesFile,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="CHANNEL", help="Where to, for rules that name no channel.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Change rules of the same name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Add rules from a file. What cannot be taken over is told, the rest is added; exit code 2 then."""
    ours: Context = context.obj
    with ours.archive() as archive:
        rules, faults = _read(file, archive.packs())
        check_channels(archive, to or [])
        refused = _refused(archive, rules, replace=replace)
        wanted = [rule for rule in rules if rule.where not in {fault.where for fault in refused}]
        added, changed = _keep(archive, wanted, tuple(to or ()), dry_run=dry_run)
    _show_faults([*faults, *refused])
    known = len(wanted) - added - changed
    would = "would be " if dry_run else ""
    typer.echo(
        f"{added} {would}added, {changed} {would}changed, {known} known already, {len(faults) + len(refused)} refused"
    )
    if faults or refused:
        raise typer.Exit(BAD_INPUT)


def _refused(archive: "Archive", rules: "Sequence[FileRule]", *, replace: bool) -> "list[Fault]":
    from wirewatch.rulefiles import Fault
    from wirewatch.wording import meant

    stored = {rule.name: rule for rule in archive.rules()}
    channels = [spec.name for spec in archive.channels()]
    seen: dict[str, str] = {}
    found = []
    for rule in rules:
        unknown = next((name for name in rule.to if name not in channels), None)
        there = stored.get(rule.name)
        first = seen.setdefault(rule.name, rule.where)
        if unknown is not None:
            found.append(Fault(where=rule.where, reason=f"there is no channel {unknown!r}; {meant(unknown, channels)}"))
        elif first != rule.where:
            found.append(Fault(where=rule.where, reason=f"{rule.name!r} has a name that is already taken at {first}"))
        elif there is not None and there.query != rule.query and (there.origin == "config" or not replace):
            hint = "change it in the configuration file" if there.origin == "config" else "add --replace to change it"
            found.append(Fault(where=rule.where, reason=f"rule {rule.name!r} exists with another query; {hint}"))
    return found


def _keep(archive: "Archive", rules: "Sequence[FileRule]", to: tuple[str, ...], *, dry_run: bool) -> tuple[int, int]:
    """How many were added and changed, in one transaction. A rule that stands as the file says is left alone."""
    from storage.rules import RuleSpec, add_rule, change_rule
    from wirewatch import clock

    stored = {rule.name: rule for rule in archive.rules()}
    told = {name: rule.channels for name, rule in stored.items()}
    specs = [
        RuleSpec(rule.name, rule.query, rule.to or told.get(rule.name) or to, rule.paused, rule.telling)
        for rule in rules
    ]
    fresh = [spec for spec in specs if spec.name not in stored]
    other = [spec for spec in specs if spec.name in stored and stored[spec.name].query != spec.query]
    if dry_run or not (fresh or other):
        return len(fresh), len(other)
    with archive.writing(clock.now()) as work:
        for spec in fresh:
            add_rule(work, spec)
        for spec in other:
            change_rule(work, stored[spec.name], spec)
    return len(fresh), len(other)


def export(
    context: typer.Context,
    form: Annotated[str, typer.Option("--format", help="jsonl or toml.")] = "jsonl",
) -> None:
    """Print all rules so that `rules import` reads them back."""
    from wirewatch.rulefiles import packs_written, written

    ours: Context = context.obj
    with ours.configured() as archive:
        rules = archive.rules()
        own = {name: variants for name, (variants, _) in archive.own_packs().items()}
    packs = [*packs_written(own, [rule.query for rule in rules])]
    match form:
        case "jsonl" | "toml":
            for text in (*(packs if form == "toml" else ()), *written(rules, form)):
                typer.echo(text, nl=False)
            if packs and form == "jsonl":
                typer.echo("note: rules name term packs of yours; --format toml exports them too", err=True)
        case _:
            raise UserError(f"--format {form!r} is neither jsonl nor toml")
