"""`wirewatch rules test` and `rules explain`: what a rule would do, and why it did what it did."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirewatch.cli.context import Context
from wirewatch.cli.rules import checked_rule, rule_of, show_hints
from wirewatch.faults import FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from news.alert import Alert, Rule
    from news.query import Query
    from storage.archive import Archive, Stored
    from wirewatch.backtest import Backtest, Example

DAYS_MAX = 3_660
COMPARED_DAYS = 90
# Comparing two queries is a courtesy of `edit`: it may take a second or so, no more.
COMPARED_EXAMINED_MAX = 3_000
_BARS = "·▁▂▃▄▅▆▇█"
_SHOWN_MAX = 3

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    app.command("test")(try_)
    app.command()(explain)


def try_(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How many days back.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Show what a rule would have sent. Stories by day, with examples."""
    from wirewatch import clock
    from wirewatch.backtest import backtest
    from wirewatch.cli import show
    from wirewatch.intake import bar

    ours: Context = context.obj
    with ours.configured() as archive, bar(quiet=as_json) as progress:
        parsed = checked_rule(query, archive.packs())
        task = progress.add_task("releases read", total=None)
        found = backtest(
            archive, parsed, now=clock.now(), days=days, progress=lambda n: progress.update(task, completed=n)
        )
    if as_json:
        show.json_whole(found.told())
        return
    show_hints(parsed)
    _show_backtest(found)


def _show_backtest(found: "Backtest") -> None:
    from alerts.plain import visible
    from wirewatch.wording import counted

    stories = len(found.stories)
    copies = found.releases - stories
    also = f" (and {counted(copies, 'further release')} of the same)" if copies else ""
    typer.echo(f"{counted(stories, 'story')} in {counted(found.days, 'day')}{also}, {found.a_day:.1f} a day")
    if not found.complete:
        typer.echo("this is not all: the search was ended", err=True)
    if not stories:
        typer.echo("search without a time: wirewatch search QUERY; one release: wirewatch rules explain QUERY RELEASE")
        return
    busiest = max(found.by_day, key=lambda day: found.by_day[day])
    typer.echo(f"{found.since} {_bars(found.by_day)} today; most on {busiest}: {found.by_day[busiest]}")
    for example in found.examples:
        typer.echo(f"\n{_day(example)}  {example.stored.release.wire}  {visible(example.stored.release.headline)}")
        typer.echo(f"            {visible(_words(example))}")
    if found.floods:
        typer.echo(
            f"\nwarning: {found.a_day:.0f} alerts a day are more than a person reads. "
            "Narrow it: headline:…, atleast/2:…, NEAR/5, or -word for what is not meant.",
            err=True,
        )


def _bars(by_day: "Mapping[date, int]") -> str:
    most = max(*by_day.values(), len(_BARS) - 1)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in by_day.values())


def _day(example: "Example") -> str:
    return (example.stored.release.published_at or example.stored.first_seen_at).strftime("%Y-%m-%d")


def _words(example: "Example") -> str:
    words = list(dict.fromkeys(f"{text.zone.value} “{' '.join(text.text.split())}”" for text in example.matched))
    more = f" and {len(words) - _SHOWN_MAX} more" if len(words) > _SHOWN_MAX else ""
    return (", ".join(words[:_SHOWN_MAX]) or "by its metadata alone") + more


def show_difference(archive: "Archive", before: str, after: "Query") -> None:
    """What another query would have told in the last 90 days that the old one did not, and the other way round."""
    from news.query import QueryError, parse
    from wirewatch import clock
    from wirewatch.backtest import backtest

    now = clock.now()
    try:
        old, new = (
            backtest(archive, query, now=now, days=COMPARED_DAYS, examined_max=COMPARED_EXAMINED_MAX)
            for query in (parse(before, archive.packs()), after)
        )
    except QueryError:
        return
    if not (old.complete and new.complete):
        typer.echo("too many releases to compare at once: see `wirewatch rules test QUERY`")
        return
    gained, lost = (
        {story: example for story, example in one.stories.items() if story not in other.stories}
        for one, other in ((new, old), (old, new))
    )
    typer.echo(f"in the last {COMPARED_DAYS} days: +{len(gained)} −{len(lost)} stories, now {len(new.stories)}")
    _show_stories("+", gained)
    _show_stories("−", lost)


def _show_stories(sign: str, stories: "Mapping[int, Example]") -> None:
    from alerts.plain import visible

    newest = sorted(stories.values(), key=lambda example: -example.stored.id)
    for example in newest[:_SHOWN_MAX]:
        typer.echo(f"  {sign} {_day(example)}  {visible(example.stored.release.headline)}")


def explain(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, or a query.")],
    release: Annotated[int, typer.Argument(metavar="RELEASE", help="A release's id.")],
    as_json: AsJson = False,
) -> None:
    """Show why a rule matches a release or not, and what came of it."""
    from alerts.plain import visible
    from news.query.explain import explain as explained
    from wirewatch.cli import show

    ours: Context = context.obj
    with ours.configured() as archive:
        stored = archive.release(release)
        if stored is None:
            raise UserError(f"there is no release {release}; see `wirewatch search`", code=FOUND_NOTHING)
        known = archive.rule_named(rule) or _query_as_rule(archive, rule)
        query = checked_rule(known if isinstance(known, str) else known.query, archive.packs())
        told = explained(query, stored.release)
        became = [] if isinstance(known, str) else _became(archive, known, stored)
    if as_json:
        show.json_whole(
            {
                "rule": None if isinstance(known, str) else known.name,
                "query": query.text,
                "release": stored.id,
                "matches": told.true,
                "explanation": told.told(),
                "became": became,
            }
        )
        return
    typer.echo(f"{stored.id}  {stored.release.wire}  {visible(stored.release.headline)}")
    for line in told.lines():
        clause = line.lstrip()
        typer.echo(" " * (len(line) - len(clause)) + visible(clause))
    for row in became:
        typer.echo(_became_line(row))
    if not became and not isinstance(known, str):
        typer.echo("nothing came of it: no alert, nothing held")


def _query_as_rule(archive: "Archive", text: str) -> "str | Rule":
    """What is no rule's name may be a query; a single word that is neither is a misspelt name."""
    from news.query import QueryError, parse

    try:
        parse(text, archive.packs())
    except QueryError:
        return rule_of(archive, text)
    return text


def _became(archive: "Archive", rule: "Rule", stored: "Stored") -> list[dict[str, Any]]:
    """What was held of the pair, and each alert of it with its deliveries."""
    from news.release import iso

    held = [
        {"what": "held", "reason": line.reason, "at": iso(line.at)}
        for line in archive.held(stored.id)
        if line.rule == rule.name
    ]
    alerts = [alert for alert in archive.alerts(1_000, release_id=stored.id) if alert.rule_id == rule.id]
    return [*held, *(_alert_row(archive, alert) for alert in alerts)]


def _alert_row(archive: "Archive", alert: "Alert") -> dict[str, Any]:
    from news.release import iso

    lines = archive.deliveries(alert_id=alert.id)
    deliveries = [
        {
            "channel": line.channel,
            "recipient": line.recipient,
            "status": line.state,
            "attempts": line.attempts,
            "at": iso(line.settled_at),
            "reason": line.reason,
        }
        for line in lines
    ]
    return {
        "what": "alert",
        "id": alert.id,
        "occasion": alert.occasion,
        "query": alert.rule_query,
        "at": iso(alert.made_at),
        "deliveries": deliveries,
    }


def _became_line(row: dict[str, Any]) -> str:
    from datetime import datetime

    from wirewatch.cli import show

    at = show.local(datetime.fromisoformat(row["at"]))
    if row["what"] == "held":
        return f"held {at}: {row['reason']}"
    sent = [
        f"{line['channel']} {line['recipient']} {line['status']}" + (f" ({line['reason']})" if line["reason"] else "")
        for line in row["deliveries"]
    ]
    return f"alert {row['id']} {at} ({row['occasion']}): {', '.join(sent) or 'sent to nobody: no channel'}"
