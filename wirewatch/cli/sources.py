"""`wirewatch sources`: what is polled."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli import source_check, source_health
from wirewatch.cli.context import Context, checked_name
from wirewatch.cli.gaps import gaps
from wirewatch.faults import UserError

if TYPE_CHECKING:
    from news.source import Source

app = typer.Typer(help="What is polled.", no_args_is_help=True, rich_markup_mode=None)
app.command()(source_health.health)
app.command()(gaps)
app.command()(source_check.check)


@app.command()
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="URL|WIRE/FEED", help="An address, or a catalogue entry.")],
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    wire: Annotated[str | None, typer.Option(help="The wire's slug, for an address.")] = None,
    kind: Annotated[str, typer.Option(help="feed or listing.")] = "feed",
    interval_s: Annotated[float | None, typer.Option("--interval", min=20, help="Seconds between polls.")] = None,
    alert_seed: Annotated[bool, typer.Option("--alert-seed", help="Alert on what it shows at first, too.")] = False,
) -> None:
    """Add a source. What it shows at the first poll is stored without alerting."""
    from storage.sources import SourceSpec, add_source
    from wirewatch import clock

    ours: Context = context.obj
    if name is not None:
        checked_name(name)
    fixed = interval_s is not None or ours.settings.polling.interval_s is not None
    what = _spec(ours, address, name, wire, kind, interval_s)
    spec = SourceSpec(*what, alert_seed, trusted=False, origin="db", fixed=fixed)
    with ours.archive() as archive, archive.writing(clock.now()) as work:
        if not add_source(work, spec):
            raise UserError(f"a source named {spec.name!r} exists already; give it another --name")
    often = f"every {spec.interval_s:g} s" + ("" if fixed else ", and by its rhythm once that is known")
    typer.echo(f"source {spec.name!r} ({spec.wire}, {spec.kind}) will be polled {often}: {spec.url}")


def _spec(
    ours: Context, address: str, name: str | None, wire: str | None, kind: str, interval_s: float | None
) -> tuple[str, str, str, str, float]:
    from urllib.parse import urlsplit

    from config import catalogue
    from news.links import canonical_url
    from news.source import SourceKind
    from wirewatch.wording import meant

    if kind not in set(SourceKind):
        raise UserError(f"--kind {kind!r} is none of {', '.join(SourceKind)}")
    if "://" not in address:
        picked = catalogue.feed(address)
        if picked is None:
            hint = meant(address, catalogue.addresses())
            raise UserError(f"{address!r} is no address and no catalogue entry; {hint}")
        known, feed = picked
        return name or address, known.slug, feed.kind.value, feed.url, interval_s or feed.interval_s
    url = canonical_url(address)
    if url is None:
        raise UserError(f"{address!r} is no web address that can be polled; it must begin with https:// or http://")
    site = (urlsplit(url).hostname or url).removeprefix("www.")
    return (
        name or site,
        wire or "web",
        kind,
        url,
        interval_s or ours.settings.polling.interval_s or ours.settings.polling.budget_s,
    )


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the sources and how their last poll ended."""
    from news.release import iso
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.configured() as archive:
        found = archive.sources()
    if as_json:
        show.json_whole(
            [
                {
                    "id": line.source.id,
                    "name": line.source.name,
                    "wire": line.source.wire,
                    "kind": line.source.kind.value,
                    "url": line.source.url,
                    "interval_s": line.source.interval_s,
                    "fixed": line.source.fixed,
                    "last_polled_at": iso(line.source.state.last_polled_at),
                    "last_outcome": line.source.state.last_outcome,
                    "next_poll_at": iso(line.source.state.next_poll_at),
                    "failures": line.source.state.failures,
                    "moved_to": line.source.state.move.to,
                    "moved_polls": line.source.state.move.polls,
                    "moved_adopted": line.source.state.move.adopted,
                    "entries": line.entries,
                    "open_gaps": line.gaps,
                }
                for line in found
            ]
        )
        return
    show.table(
        ["source", "wire", "kind", "every", "last poll", "outcome", "next", "gaps"],
        [
            [
                line.source.name,
                line.source.wire,
                line.source.kind.value,
                f"{line.source.interval_s:g} s" if line.source.fixed else "as learned",
                show.local(line.source.state.last_polled_at),
                line.source.state.last_outcome,
                show.local(line.source.state.next_poll_at),
                line.gaps or "",
            ]
            for line in found
        ],
        empty="no sources yet: wirewatch sources add WIRE/FEED, or wirewatch init",
    )
    for line in found:
        if line.source.state.move.to is not None:
            typer.echo(_moved(line.source))


def _moved(source: "Source") -> str:
    """That a source says it moved for good, what we make of it, and what is left to do."""
    from news.source import MOVED_AFTER

    move = source.state.move
    said = f"{source.name!r} says that it moved for good to {move.to}"
    if move.adopted:
        return f"{said}: it is polled there now; if that is right, write this address where it was configured"
    if not move.polls:
        return f"{said}, which shows nothing that it showed before: look whether that is right"
    return f"{said}: it answered well there {move.polls} times, and is polled there after {MOVED_AFTER}"
