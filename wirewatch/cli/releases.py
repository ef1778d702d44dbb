"""`wirewatch releases`: what is stored."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from storage.archive import HeldLine, Stored

app = typer.Typer(help="What is stored.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def show(
    context: typer.Context,
    release_id: Annotated[int, typer.Argument(metavar="ID")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Print the page it was read from, as fetched.")] = False,
) -> None:
    """Show one release, its story, and what its matches came to."""
    import sys

    from news.release import iso, release_to_json
    from wirewatch.cli import show as shown

    ours: Context = context.obj
    with ours.reading() as archive:
        stored = archive.release(release_id)
        if stored is None:
            raise UserError(f"there is no release {release_id}; see `wirewatch search`", code=FOUND_NOTHING)
        page = archive.raw(release_id) if raw else None
        members = [member.id for member in archive.story(stored.story_id)]
        held = archive.held(release_id)
    if raw:
        if page is None:
            raise UserError(f"no page is kept of release {release_id}", code=FOUND_NOTHING)
        sys.stdout.buffer.write(page.body)
        return
    if as_json:
        shown.json_whole(
            {
                "id": stored.id,
                **release_to_json(stored.release),
                "story": {"id": stored.story_id, "members": members},
                "origin": stored.origin,
                "revises": stored.revises,
                "superseded_by": stored.superseded_by,
                "source": stored.source,
                "first_seen_at": iso(stored.first_seen_at),
                "stored_at": iso(stored.stored_at),
                "held": [{"rule": line.rule, "reason": line.reason, "at": iso(line.at)} for line in held],
            }
        )
        return
    _tell(stored, members, held)


def _tell(stored: "Stored", members: list[int], held: "list[HeldLine]") -> None:
    from alerts.plain import visible
    from news.release import Zone
    from wirewatch.cli import show as shown

    release = stored.release
    typer.echo(visible(release.headline))
    for subtitle in release.subtitles:
        typer.echo(f"  {visible(subtitle)}")
    facts = [release.wire, release.issuer, ", ".join(release.tickers), release.language, shown.stamp(release)]
    typer.echo(" · ".join(visible(str(fact)) for fact in facts if fact))
    typer.echo(f"{release.url or 'no address'}\n")
    for zone in (Zone.DATELINE, Zone.BODY, Zone.BOILERPLATE, Zone.CONTACT):
        if text := release.zone(zone):
            typer.echo(f"[{zone.value}]")
            typer.echo("\n".join(visible(line) for line in text.split("\n")) + "\n")
    others = [str(member) for member in members if member != stored.id]
    typer.echo(f"release {stored.id}, {stored.origin}, seen {shown.local(stored.first_seen_at)}")
    if others:
        typer.echo(f"same story: {', '.join(others)}")
    for line in held:
        typer.echo(f"rule {line.rule!r} matched and was held: {line.reason}")
