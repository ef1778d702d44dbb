"""`wirewatch deliveries`: what left the house, and what did not."""

from typing import Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import UserError

app = typer.Typer(help="What left the house, and what did not.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only those due, sending, sent or dead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    cursor: Annotated[int | None, typer.Option(help="Go on below this delivery id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List deliveries, newest first."""
    from news.alert import DeliveryState
    from wirewatch.cli import show

    ours: Context = context.obj
    if state is not None and state not in set(DeliveryState):
        raise UserError(f"--state {state!r} is none of {', '.join(DeliveryState)}")
    with ours.reading() as archive:
        found = archive.deliveries(limit=limit, cursor=cursor, state=state)
    if as_json:
        show.json_whole([line_json(line) for line in found])
        return
    show.table(
        ["id", "alerts", "channel", "recipient", "state", "attempts", "due", "settled", "reason"],
        [
            [
                line.id,
                ", ".join(map(str, line.alert_ids)),
                line.channel,
                line.recipient,
                line.state,
                line.attempts,
                show.local(line.due_at) if line.state == DeliveryState.DUE else "–",
                show.local(line.settled_at),
                line.reason,
            ]
            for line in found
        ],
        empty="no deliveries" + (f" that are {state}" if state else " yet"),
    )


@app.command()
def retry(context: typer.Context, delivery_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Try a dead or waiting delivery again now; the daemon sends it."""
    from storage.outbox import retry_now
    from wirewatch import clock

    ours: Context = context.obj
    with ours.archive() as archive, archive.writing(clock.now()) as work:
        if not retry_now(work, delivery_id):
            raise UserError(f"delivery {delivery_id} is not there, was sent, or is under way")
    typer.echo(f"delivery {delivery_id} is due now")


def line_json(line: object) -> dict[str, object]:
    """A delivery as the interfaces show it."""
    from news.release import iso
    from storage.archive import DeliveryLine

    assert isinstance(line, DeliveryLine)  # noqa: S101 - narrows a lazily imported type
    return {
        "id": line.id,
        "alerts": list(line.alert_ids),
        "channel": line.channel,
        "recipient": line.recipient,
        "key": line.key,
        "status": line.state,
        "attempts": line.attempts,
        "repeats": line.repeats,
        "due_at": iso(line.due_at),
        "at": iso(line.settled_at),
        "reason": line.reason,
    }
