"""`wirewatch alerts`: what was told, why, to whom, and how late."""

from typing import TYPE_CHECKING, Annotated

import typer

from wirewatch.cli.context import Context
from wirewatch.faults import FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from news.alert import Alert

app = typer.Typer(help="What was told, why, to whom and how late.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    cursor: Annotated[int | None, typer.Option(help="Go on below this alert id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List alerts, newest first."""
    from alerts.channels.webhook_body import webhook_data
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.reading() as archive:
        found = archive.alerts(limit, cursor)
    if as_json:
        show.json_whole([webhook_data(alert) for alert in found])
        return
    show.table(
        ["id", "made", "rule", "headline", "matched", "late"],
        [
            [
                alert.id,
                show.local(alert.made_at),
                alert.rule_name,
                alert.release.headline,
                ", ".join(dict.fromkeys(span.text for span in alert.matched)),
                lateness(alert),
            ]
            for alert in found
        ],
        empty="no alerts yet",
    )


def lateness(alert: "Alert") -> str:
    """From the wire's stamp to the alert, in the largest unit; `–` where only the day is known."""
    from wirewatch.wording import lapse

    stamped = alert.latency.stamped
    return "–" if stamped is None else lapse(alert.made_at - stamped)


@app.command()
def show(
    context: typer.Context, alert_id: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False
) -> None:
    """Show one alert: why it fired, and every delivery."""
    from alerts.channels.webhook_body import webhook_data
    from alerts.render import Framing, text
    from news.alert import Message, MessageKind
    from wirewatch.assemble import public_url
    from wirewatch.cli import show as shown
    from wirewatch.cli.deliveries import line_json

    ours: Context = context.obj
    with ours.reading() as archive:
        alert = archive.alert(alert_id)
        deliveries = archive.deliveries(alert_id=alert_id)
    if alert is None:
        raise UserError(f"there is no alert {alert_id}; see `wirewatch alerts list`", code=FOUND_NOTHING)
    if as_json:
        shown.json_whole({**webhook_data(alert), "deliveries": [line_json(line) for line in deliveries]})
        return
    message = Message(id=0, kind=MessageKind.SINGLE, alerts=(alert,), made_at=alert.made_at)
    sent_at = max((line.settled_at for line in deliveries if line.settled_at), default=alert.made_at)
    framing = Framing(sent_at=sent_at, archive_name="wirewatch", public_url=public_url(ours.settings))
    typer.echo(text(message, framing))
    shown.table(
        ["channel", "recipient", "state", "attempts", "settled", "reason"],
        [[d.channel, d.recipient, d.state, d.attempts, shown.local(d.settled_at), d.reason] for d in deliveries],
        empty="sent to nobody: its rule names no channel",
    )
