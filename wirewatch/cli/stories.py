"""`wirewatch stories`: releases that are one piece of news; shown, joined and split."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirewatch.cli.context import Context
from wirewatch.cli.narrowing import Since, Until
from wirewatch.faults import FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from storage.archive import Archive
    from wirewatch.story_told import StoryTold

app = typer.Typer(help="Releases that are one piece of news.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StoryId = Annotated[int, typer.Argument(metavar="ID", help="A story's, or that of any release in it.")]


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many.")] = 30,
    cursor: Annotated[int | None, typer.Option(help="Go on below this story id.")] = None,
    since: Since = None,
    until: Until = None,
    several: Annotated[bool, typer.Option("--several", help="Only those with two releases or more.")] = False,
    as_json: AsJson = False,
) -> None:
    """List stories, the newest first."""
    from storage.stories import stories
    from wirewatch.cli import show

    ours: Context = context.obj
    bounds = {"since_id": _first_id(since, "--since"), "until_id": _first_id(until, "--until")}
    with ours.reading() as archive, archive.database.reading() as connection:
        found = stories(connection, limit, cursor, several=several, **bounds)
    if as_json:
        show.json_whole([story_line_json(line) for line in found])
        return
    show.table(
        ["id", "opened", "releases", "wires", "languages", "alerts", "headline"],
        [
            [
                line.id,
                show.local(line.opened_at),
                line.members,
                ", ".join(line.wires),
                ", ".join(line.languages),
                line.alerts or "",
                line.headline,
            ]
            for line in found
        ],
        empty="no stories yet" if cursor is None else "no further stories",
    )


def story_line_json(line: Any) -> dict[str, Any]:  # noqa: ANN401 - a StoryLine
    from dataclasses import asdict

    from news.release import iso

    return {**asdict(line), "opened_at": iso(line.opened_at), "last_at": iso(line.last_at)}


@app.command()
def show(context: typer.Context, id_: StoryId, as_json: AsJson = False) -> None:
    """Show a story. How long after the first each release came, and what was told of it."""
    from wirewatch.cli import show as shown
    from wirewatch.story_told import story_json, told_story

    ours: Context = context.obj
    with ours.reading() as archive:
        story = told_story(archive, id_)
    if story is None:
        raise _no_story(id_)
    if as_json:
        shown.json_whole(story_json(story))
        return
    _tell(story)


def _tell(story: "StoryTold") -> None:
    from alerts.plain import visible
    from wirewatch.cli import show as shown
    from wirewatch.story_told import part_of
    from wirewatch.wording import lapse

    typer.echo(f"story {story.id}: {visible(story.head.release.headline)}\n")
    shown.table(
        ["release", "wire", "lang", "seen", "after", "is", "why", "headline"],
        [
            [
                member.id,
                member.release.wire,
                member.release.language or "",
                shown.local(member.first_seen_at),
                lapse(member.first_seen_at - story.first_seen_at),
                part_of(member, story.head),
                member.why or "",
                member.release.headline,
            ]
            for member in story.members
        ],
        empty="",
    )
    typer.echo("")
    for alert in story.alerts:
        typer.echo(f"alert {alert.id}: rule {alert.rule_name!r}, {alert.occasion}, by release {alert.release_id}")
    if not story.alerts:
        typer.echo("no rule told of it")
    if story.apart_from:
        typer.echo(f"set apart by hand from: {', '.join(map(str, story.apart_from))}")


@app.command()
def merge(
    context: typer.Context,
    one: Annotated[int, typer.Argument(metavar="ID")],
    other: Annotated[int, typer.Argument(metavar="ID")],
) -> None:
    """Make one story of two. What was told stays told, and nothing is told anew."""
    from storage.stories import StoryError
    from storage.stories import merge as merge_stories
    from wirewatch import clock

    ours: Context = context.obj
    with ours.archive() as archive:
        first, second = _named(archive, one), _named(archive, other)
        try:
            with archive.writing(clock.now()) as work:
                kept = merge_stories(work, first, second)
        except StoryError as error:
            raise UserError(str(error)) from None
    gone = second if kept == first else first
    typer.echo(f"story {gone} is in story {kept} now; `wirewatch stories split RELEASE` takes one out again")


@app.command()
def split(context: typer.Context, release_id: Annotated[int, typer.Argument(metavar="RELEASE")]) -> None:
    """Take a release out of its story, with its versions. No later copy makes the two one again."""
    from storage.stories import StoryError
    from storage.stories import split as split_story
    from wirewatch import clock

    ours: Context = context.obj
    with ours.archive() as archive:
        if archive.release(release_id) is None:
            raise UserError(f"there is no release {release_id}; see `wirewatch stories show`", code=FOUND_NOTHING)
        try:
            with archive.writing(clock.now()) as work:
                left, new = split_story(work, release_id)
        except StoryError as error:
            raise UserError(f"release {release_id} cannot be taken out: {error}") from None
    typer.echo(f"stories {left} and {new} are two now; undo it: wirewatch stories merge {left} {new}")


def _named(archive: "Archive", id_: int) -> int:
    from storage.stories import story_named

    with archive.database.reading() as connection:
        found = story_named(connection, id_)
    if found is None:
        raise _no_story(id_)
    return found


def _no_story(id_: int) -> UserError:
    return UserError(f"there is no story {id_}, and no release; see `wirewatch stories list`", code=FOUND_NOTHING)


def _first_id(day: str | None, option: str) -> int | None:
    """The lowest id of a day: ids begin with it."""
    from datetime import UTC, datetime

    from storage.work import ID_BITS, day_of

    if day is None:
        return None
    try:
        return day_of(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)) << ID_BITS
    except ValueError:
        raise UserError(f"{option} {day!r} is no day: write 2026-03-02") from None
