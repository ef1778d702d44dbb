"""Alerts as lines on a terminal."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.text import Text

from alerts.channels.contract import ChannelContext
from alerts.digests import DigestView, digest_view, is_over, notice_view
from alerts.render import TOGETHER
from alerts.view import AlertView, alert_view
from news.alert import Delivery, MessageKind, Outcome, Retry, Sent
from news.notice import Notice

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
        if message.notice is not None:
            _append_notice(lines, message.notice)
        elif message.kind in TOGETHER:
            _append_digest(lines, digest_view(message, now, items_max=ALERTS_MAX))
        else:
            _append(lines, alert_view(message.alerts, now))
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
    rules = ", ".join(rule.name for rule in view.rules) + (f" +{view.rules_left}" if view.rules_left else "")
    lines.append("● ", style="green").append(f"[{rules}] ", style="bold green")
    if view.label:
        lines.append(f"{view.label.upper()} ", style="bold yellow")
    lines.append(view.headline, style="bold")
    by = " · ".join(part for part in (view.wire, view.issuer, *view.tickers) if part)
    lines.append(f"\n  {by}\n", style="cyan")
    if view.note:
        lines.append(f"  {view.note}\n")
    for shown in view.beyond_headline[:EXCERPTS_MAX]:
        lines.append(f"  {shown.zone}: ", style="dim")
        for text, hit in shown.pieces:
            lines.append(text, style="bold yellow" if hit else "")
        lines.append("\n")
    hidden = view.excerpts_left + sum(shown.hits for shown in view.beyond_headline[EXCERPTS_MAX:])
    if hidden:
        lines.append(f"  … and {hidden} more\n", style="dim")
    lines.append(f"  {view.stations.line}; {view.stations.lateness}\n", style="dim")
    if view.url:
        lines.append(f"  {view.url}\n", style="blue")


def _append_digest(lines: Text, view: DigestView) -> None:
    lines.append("● ", style="green").append(f"[wirewatch] {view.title}\n", style="bold green")
    lines.append(f"  {view.why}\n", style="dim")
    for item in view.items:
        lines.append("  - ", style="green").append(f"[{item.rule}] ", style="green")
        if item.label:
            lines.append(f"{item.label.upper()} ", style="bold yellow")
        lines.append(item.headline, style="bold").append(f"\n    {item.lateness}\n", style="dim")
        if item.url:
            lines.append(f"    {item.url}\n", style="blue")
    if view.left:
        lines.append(f"  … and {view.left} more\n", style="dim")


def _append_notice(lines: Text, notice: Notice) -> None:
    view, over = notice_view(notice), is_over(notice)
    lines.append("▲ ", style="green" if over else "red")
    lines.append(f"[wirewatch] {view.subject}\n", style="bold green" if over else "bold red")
    lines.append(f"  {view.sentence}\n")
    for row in view.rows:
        lines.append(f"  - {row.source} ", style="bold").append(f"{row.state}\n")
    if view.left:
        lines.append(f"  … and {view.left} more\n", style="dim")
    if view.advice:
        lines.append(f"  What to do: {view.advice}\n", style="dim")
