"""Commands that run things: `init`, `run`, `poll`, `doctor`, `demo`."""

from pathlib import Path
from typing import Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FAILED, UserError


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(run)
    app.command()(poll)
    app.command()(doctor)
    app.command()(demo)


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="Where to write it.")] = Path("wirewatch.toml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a commented wirewatch.toml, and say what to do next."""
    from config.example import example_text

    if file.exists() and not force:
        raise UserError(f"{file} is there already; --force overwrites it")
    try:
        file.write_text(example_text(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from None
    option = "" if file.name == "wirewatch.toml" and file.parent == Path() else f" --config {file}"
    typer.echo(
        f"{file} written. It watches one public feed with two rules and tells them on this terminal.\n"
        f"Next:\n"
        f"  1. open it, and write the words you track\n"
        f"  2. wirewatch{option} doctor    names anything that is wrong\n"
        f"  3. wirewatch{option} run       starts the watch and the dashboard"
    )


def run(
    context: typer.Context,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the dashboard.")] = True,
) -> None:
    """Run the daemon and the dashboard until Ctrl-C or SIGTERM."""
    import asyncio

    ours: Context = context.obj
    ours.log()
    for warning in ours.settings.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if ours.config_file is None and not _has_sources(ours):
        raise UserError("nothing to watch: no wirewatch.toml here; `wirewatch init` writes one, --config names one")
    asyncio.run(_run_until_told(ours, web))


def _has_sources(ours: Context) -> bool:
    with ours.archive() as archive:
        return bool(archive.sources())


async def _run_until_told(ours: Context, web: bool) -> None:
    import asyncio
    import signal

    from wirewatch import daemon

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await daemon.run(ours.settings, stop=stop, web=web, listening=lambda url: typer.echo(f"dashboard: {url}", err=True))


def poll(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]…", help="By name; without, all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Poll once now, read what is new, and deliver what it makes."""
    import asyncio

    from wirewatch.cli import show
    from wirewatch.intake import poll_once

    ours: Context = context.obj
    report = asyncio.run(poll_once(ours.settings, sources or [], quiet=as_json))
    if as_json:
        show.json_whole(report.told())
    else:
        typer.echo(str(report))
    if report.failed:
        raise typer.Exit(FAILED)


def doctor(
    context: typer.Context,
    mend: Annotated[
        bool, typer.Option("--mend", help="Mend in the archive what can be mended; the daemon must be stopped.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Name every problem, with its mend."""
    from wirewatch.cli import show
    from wirewatch.doctor import examine

    ours: Context = context.obj
    findings = examine(ours.settings, mend=mend)
    if as_json:
        show.json_whole([{"check": f.check, "ok": f.ok, "found": f.found, "mend": f.mend} for f in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.ok else 'BAD '} {finding.check}: {finding.found}")
            if finding.mend:
                typer.echo(f"       → {finding.mend}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


def demo(
    for_s: Annotated[float | None, typer.Option("--for", min=1, help="Seconds from the first poll; then end.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The dashboard's port; 0 takes any.")] = 8787,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per alert, then a summary.")] = False,
) -> None:
    """Show the whole of it at work, on this machine alone.

    A local newswire, the real daemon, a mailbox, a webhook receiver, the dashboard.
    """
    import asyncio
    import sys

    from wirewatch.demo import play

    code = asyncio.run(play(for_s=for_s, port=port, as_json=as_json, out=sys.stdout))
    raise typer.Exit(code or 0)
