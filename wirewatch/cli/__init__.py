"""The command line. Commands import what they need when they run: `--help` answers at once."""

import sys
from typing import Annotated

import typer

from wirewatch.cli import (
    alerts,
    backfilling,
    carrying,
    channels,
    deliveries,
    erasing,
    packs,
    pruning,
    reading,
    releases,
    rereading,
    rule_changes,
    rule_files,
    rule_telling,
    rule_trials,
    rules,
    running,
    sources,
    stories,
)
from wirewatch.cli.context import Context, report

app = typer.Typer(
    name="wirewatch",
    help="Watch newswires: keep every press release, alert when a rule matches, search the history.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

running.add_to(app)
reading.add_to(app)
pruning.add_to(app)
carrying.add_to(app)
rereading.add_to(app)
backfilling.add_to(app)
erasing.add_to(releases.app)
for commands in (rule_changes, rule_telling, rule_trials, rule_files):
    commands.add_to(rules.app)
for name, group in (
    ("rules", rules.app),
    ("packs", packs.app),
    ("alerts", alerts.app),
    ("releases", releases.app),
    ("channels", channels.app),
    ("deliveries", deliveries.app),
    ("sources", sources.app),
    ("stories", stories.app),
):
    app.add_typer(group, name=name)


def _version(wanted: bool) -> None:
    if wanted:
        from wirewatch import version

        typer.echo(f"wirewatch {version()}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[
        str | None, typer.Option("--config", "-c", metavar="FILE", help="The wirewatch.toml to use.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and debug logs.")] = False,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    context.obj = Context(config, debug=debug)


def main() -> None:
    """The console script. Exit codes: 0 done, 1 nothing found, 2 bad input, 3 no release, 4 failed."""
    try:
        app(prog_name="wirewatch")
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        sys.exit(report(error))
