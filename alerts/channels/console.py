"""Alerts as lines on a terminal."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.text import Text

from alerts.channels.contract import ChannelContext
from alerts.view import AlertView, alert_view
from news.alert import Delivery, MessageKind, Outcome, Retry, Sent
from news.release import Zone

ALERTS_MAX = 50
EXCERPTS_MAX = 2


class ConsoleSettings(BaseModel):
    """`color`: `auto` colours a terminal and leaves a pipe plain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    color: Literal["auto", "always", "never"] = "auto"


class ConsoleChannel:
    """Writes at once: the lines stand there when `send` returns."""

    def __init__(self, name: str, settings: ConsoleSettings, context: ChannelContext) -> None:
        self.name = name
        self.recipients = ("console",)
        self._context = context
        self._color = settings.color

    async def send(self, delivery: Delivery) -> Outcome:
        now = self._context.now()
        message = delivery.message
        lines = Text()
        if message.kind is MessageKind.TEST:
            lines.append("Test, with an invented release: ", style="dim")
        for alert in message.alerts[:ALERTS_MAX]:
            _append(lines, alert_view(alert, now))
        if len(message.alerts) > ALERTS_MAX:
            lines.append(f"… and {len(message.alerts) - ALERTS_MAX} more alerts\n")
        if delivery.repeat:
            lines.append("  (may have been shown before)\n", style="dim")
        return self._write(lines)

    async def aclose(self) -> None:
        """The stream belongs to the application."""

    def _write(self, lines: Text) -> Outcome:
        try:
            encoding = getattr(self._context.console, "encoding", None) or "utf-8"
            shown = Text(lines.plain.encode(encoding, "replace").decode(encoding), spans=lines.spans)
            self._console().print(shown, end="", soft_wrap=True, highlight=False)
            self._context.console.flush()
        except (OSError, ValueError) as err:  # a closed pipe, a full disk, a stream that was closed
            return Retry(f"console: {type(err).__name__}")
        return Sent()

    def _console(self) -> Console:
        return Console(
            file=self._context.console,
            force_terminal={"always": True, "never": False}.get(self._color),
            no_color=self._color == "never" or None,
        )


def _append(lines: Text, view: AlertView) -> None:
    lines.append("● ", style="green").append(f"[{view.rule}] ", style="bold green")
    if view.label:
        lines.append(f"{view.label.upper()} ", style="bold yellow")
    lines.append(view.headline, style="bold")
    by = " · ".join(part for part in (view.wire, view.issuer, *view.tickers) if part)
    lines.append(f"\n  {by}\n", style="cyan")
    # The headline stands above already.
    beyond = [shown for shown in view.excerpts if shown.zone != Zone.HEADLINE] or list(view.excerpts)
    for shown in beyond[:EXCERPTS_MAX]:
        lines.append(f"  {shown.zone}: ", style="dim")
        for text, hit in shown.pieces:
            lines.append(text, style="bold yellow" if hit else "")
        lines.append("\n")
    hidden = view.excerpts_left + sum(sum(hit for _, hit in shown.pieces) for shown in beyond[EXCERPTS_MAX:])
    if hidden:
        lines.append(f"  … and {hidden} more\n", style="dim")
    lines.append(f"  {view.stations.line}; {view.stations.lateness}\n", style="dim")
    if view.url:
        lines.append(f"  {view.url}\n", style="blue")
