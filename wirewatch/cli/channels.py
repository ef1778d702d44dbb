"""`wirewatch channels`: where alerts go."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context, checked_name
from wirewatch.faults import FAILED, UserError

if TYPE_CHECKING:
    from alerts.channels import ChannelConfigError
    from news.alert import Outcome
    from storage.archive import Archive

app = typer.Typer(help="Where alerts go.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="email, webhook, slack, teams, apprise or console.")],
    settings: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=VALUE…", help="Its settings; env:NAME and file:PATH for secrets.")
    ] = None,
) -> None:
    """Add a channel. A secret that is typed is put into a file of its own, readable by you alone."""
    from alerts.channels import ChannelConfigError, open_channel
    from storage.rules import ChannelSpec, put_channel
    from wirewatch import clock
    from wirewatch.assemble import channel_context
    from wirewatch.secrets import put_away, resolve

    ours: Context = context.obj
    checked_name(name)
    typed = _pairs(settings or [])
    with ours.archive() as archive:
        for spec in archive.channels():
            if spec.name == name and spec.origin == "config":
                raise UserError(f"channel {name!r} stands in {ours.config_file}: change it there")
        # Opened once before it is kept: what cannot work is refused now, not at the first alert.
        try:
            spec = ChannelSpec(name, kind, typed)
            open_channel(name, resolve(spec), channel_context(ours.settings), kind=kind, of_file=False)
        except ChannelConfigError as error:
            raise UserError(_as_typed(error)) from None
        with archive.writing(clock.now()) as work:
            put_channel(work, ChannelSpec(name, kind, put_away(_secrets_beside(archive), name, typed, kind)))
    typer.echo(f"channel {name!r} is ready; try it: wirewatch channels test {name}")


def _secrets_beside(archive: "Archive") -> Path:
    """The folder for secrets that were typed."""
    return (archive.database.path or Path("wirewatch.db")).with_name("secrets")


def _as_typed(error: "ChannelConfigError") -> str:
    """The fault as one who writes no table must hear it."""
    mend = f"write {error.key}=…" if "table" in error.advice else error.advice
    return f"channel {error.channel!r}: {error.key} {error.problem}; {mend}"


def _pairs(settings: list[str]) -> dict[str, object]:
    """KEY=VALUE as typed; a key that is typed again makes a list."""
    typed: dict[str, object] = {}
    for setting in settings:
        key, found, value = setting.partition("=")
        if not found or not key:
            raise UserError(f"{setting!r} is no setting: write KEY=VALUE, such as to=desk@example.org")
        before = typed.get(key)
        typed[key] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return typed


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the channels, and how late they told of what they were given.

    Secrets are shown as where they are kept.
    """
    from datetime import timedelta

    from storage.latencies import ChannelLatency, channel_latencies
    from wirewatch import clock
    from wirewatch.cli import show
    from wirewatch.standing import DAYS, channel_json, short

    ours: Context = context.obj
    with ours.configured() as archive:
        found = archive.channels()
        with archive.database.reading() as connection:
            told = channel_latencies(connection, since=clock.now() - timedelta(days=DAYS))
    late = {c.name: told.get(c.name, ChannelLatency()) for c in found}
    if as_json:
        show.json_whole(
            [
                {"name": c.name, "kind": c.kind, "settings": dict(c.settings), "origin": c.origin}
                | {"days": DAYS, **channel_json(late[c.name])}
                for c in found
            ]
        )
        return
    spreads = {name: each.spreads() for name, each in late.items()}
    show.table(
        ["channel", "kind", "settings", "from", "sent", "dead", "after the match", "after the stamp"],
        [
            [
                c.name,
                c.kind,
                ", ".join(f"{key}={_typed(value)}" for key, value in c.settings.items()),
                _made_in(c.origin),
                late[c.name].sent,
                late[c.name].dead or "",
                short(spreads[c.name]["matched_to_delivered"].p95),
                short(spreads[c.name]["stamp_to_delivered"].p95),
            ]
            for c in found
        ],
        empty="no channels yet: wirewatch channels add desk email to=desk@example.org",
    )
    if found:
        typer.echo(f"\nOver {DAYS} days; 95% of what was sent arrived within that time of the match, and of the stamp.")


def _typed(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _made_in(origin: str) -> str:
    return "file" if origin == "config" else "here"


@app.command()
def test(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Send a test message to every recipient, and show the answer."""
    import asyncio

    ours: Context = context.obj
    outcomes = asyncio.run(_send_tests(ours, name))
    from news.alert import Sent

    for recipient, outcome in outcomes:
        told = f"sent {outcome.remote_id}".strip() if isinstance(outcome, Sent) else f"not sent: {outcome.reason}"
        typer.echo(f"{name} → {recipient}: {told}")
    if not all(isinstance(outcome, Sent) for _, outcome in outcomes):
        raise typer.Exit(FAILED)


async def _send_tests(ours: Context, name: str) -> "list[tuple[str, Outcome]]":
    from alerts.delivery import deliver
    from alerts.samples import test_delivery
    from wirewatch import clock
    from wirewatch.assemble import open_channels
    from wirewatch.pipeline import SEND_TIMEOUT_S
    from wirewatch.wording import meant

    with ours.configured() as archive:
        opened = open_channels(ours.settings, archive)
    channel = opened.get(name)
    if channel is None:
        raise UserError(f"there is no channel {name!r}; {meant(name, opened)}")
    found = []
    for recipient in channel.recipients:
        delivery = test_delivery(channel=name, recipient=recipient, now=clock.now())
        found.append((recipient, await deliver(delivery, channel, timeout_s=SEND_TIMEOUT_S)))
    for each in opened.values():
        await each.aclose()
    return found


@app.command()
def remove(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Remove a channel; its past deliveries stay in the ledger."""
    from storage.rules import remove_channel
    from wirewatch import clock
    from wirewatch.secrets import throw_away
    from wirewatch.wording import meant

    ours: Context = context.obj
    with ours.archive() as archive:
        if name in ours.settings.channels:
            raise UserError(f"channel {name!r} stands in {ours.config_file}: remove it there")
        known = {spec.name: spec for spec in archive.channels()}
        if name not in known:
            raise UserError(f"there is no channel {name!r}; {meant(name, known)}")
        with archive.writing(clock.now()) as work:
            remove_channel(work, name)
        throw_away(_secrets_beside(archive), known[name])
    typer.echo(f"channel {name!r} removed")
