"""The two ways of telling the demo: a story on a terminal, or lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from alerts.channels.webhook_body import webhook_data
from alerts.passages import Excerpt, excerpts
from alerts.plain import one_line
from news.alert import Alert
from wirewatch.demo.scenes import Arrived, Ending, OnTheWire, Scene, Seeded, Settled, Told
from wirewatch.demo.stage import RECIPIENT, Stage
from wirewatch.web.api import delivery_json

EXCERPTS_SHOWN = 3
EXCERPT_CHARS = 220
_WORD_COLUMN = 12
_INDENT = 10 + _WORD_COLUMN
_NARROWEST = 20


class Teller(Protocol):
    def opening(self, stage: Stage) -> None: ...

    def tell(self, scene: Scene) -> None: ...


class JsonLines:
    """One line per alert once its deliveries settled, and one for the end; nothing else."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def opening(self, stage: Stage) -> None:
        """Nothing is told before the first alert."""

    def tell(self, scene: Scene) -> None:
        match scene:
            case Told(alert=alert, deliveries=deliveries):
                self._line({**webhook_data(alert), "deliveries": [delivery_json(line) for line in deliveries]})
            case Ending():
                counts = ("releases", "alerts", "deliveries", "duplicates")
                self._line({"summary": {name: getattr(scene, name) for name in counts}})
            case _:
                return

    def _line(self, told: object) -> None:
        print(json.dumps(told, ensure_ascii=False), file=self._out, flush=True)


class Narrator:
    """Tells each scene in a line or two. `clock` times the lines, from the end of the first poll on."""

    def __init__(self, out: TextIO, clock: Callable[[], datetime]) -> None:
        self._console = Console(file=out, highlight=False)
        self._clock = clock
        self._begun: datetime | None = None

    def opening(self, stage: Stage) -> None:
        lines = (
            ("newswire", f"{stage.newswire.listing_url}"),
            ("dashboard", f"{stage.dashboard_url}  (open it and watch)"),
            ("rules", 'Chongqing   "blade battery"'),
            ("told to", f"{RECIPIENT} by a real SMTP server, and a signed webhook"),
        )
        self._console.print(Text("Wirewatch demo", style="bold"), end="")
        self._console.print("  Everything runs on this machine and nothing leaves it. Ctrl-C ends it.\n", style="dim")
        for name, what in lines:
            self._console.print(Text(f"  {name:<11}", style="cyan").append(what, style="default"), soft_wrap=True)
        self._console.print()

    def tell(self, scene: Scene) -> None:
        match scene:
            case Seeded(entries=count):
                self._begun = self._clock()
                self._say(
                    "first poll", f"{count} releases were there already: they are stored, searchable, not alerted"
                )
            case OnTheWire(published=published):
                self._say("published", one_line(published.headline, 200), dim=True)
            case Arrived(alerts=()):
                self._say("read", f"{_how_late(scene)}no rule matches", dim=True)
            case Arrived(alerts=alerts):
                rules = " and ".join(f"“{alert.rule_name}”" for alert in alerts)
                self._say("ALERT", f"{_how_late(scene)}it matches {rules}", style="bold green")
                for alert in alerts:
                    self._reasons(alert)
            case Settled():
                self._delivery(scene)
            case Ending():
                self._summary(scene)
            case _:
                return

    def _say(self, word: str, words: str, *, dim: bool = False, style: str = "bold") -> None:
        now_s = (self._clock() - self._begun).total_seconds() if self._begun else 0.0
        line = Text(f"{now_s:6.1f} s  ", style="dim").append(f"{word:<{_WORD_COLUMN}}", style="dim" if dim else style)
        self._console.print(line.append(words, style="dim" if dim else "default"), soft_wrap=True)

    def _reasons(self, alert: Alert) -> None:
        shown, left = excerpts(alert.release, alert.matched, count_max=EXCERPTS_SHOWN, chars_max=EXCERPT_CHARS)
        for excerpt in shown:
            self._below(self._marked(excerpt))
        if left:
            self._below(Text(f"and {left} more places", style="dim"))

    def _below(self, line: Text) -> None:
        # Padded by hand: rich's own padding ends every line in blanks, which a pipe would keep.
        for part in line.wrap(self._console, max(self._console.width - _INDENT - 2, _NARROWEST)):
            part.rstrip()
            self._console.print(Text(" " * _INDENT).append_text(part), soft_wrap=True)

    def _marked(self, excerpt: Excerpt) -> Text:
        """What matched stands out by colour where there is any, else between asterisks."""
        plain = not self._console.is_terminal or self._console.no_color
        line = Text(f"{excerpt.zone}: ", style="dim")
        for words, hit in excerpt.pieces:
            line.append(f"*{words}*" if hit and plain else words, style="bold yellow" if hit else "default")
        return line

    def _delivery(self, scene: Settled) -> None:
        line = scene.delivery
        if line.state != "sent" or line.settled_at is None:
            self._say(line.channel, f"“{scene.alert.rule_name}” was not delivered: {line.reason}", style="bold red")
            return
        since = scene.published.at if scene.published else scene.alert.made_at
        late_s = (line.settled_at - since).total_seconds()
        self._say(
            line.channel, f"“{scene.alert.rule_name}” delivered to {line.recipient}, {late_s:.1f} s after publication"
        )

    def _summary(self, end: Ending) -> None:
        twice = "none of them twice" if end.duplicates == 0 else f"{end.duplicates} of them twice"
        self._console.print(
            f"\n{end.releases} releases stored, {end.alerts} alerts, {end.deliveries} messages delivered, {twice}.",
            style="bold",
            soft_wrap=True,
        )
        self._console.print("For your own words and wires: wirewatch init, then wirewatch run.", style="dim")


def _how_late(scene: Arrived) -> str:
    kind = "a new version of an earlier release, " if scene.stored.revises is not None else ""
    if scene.published is None:
        return kind
    late_s = (scene.stored.stored_at - scene.published.at).total_seconds()
    return f"stored {late_s:.1f} s after it was published, {kind}"
