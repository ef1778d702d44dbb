"""`wirewatch sources add` and `sources catalogue`: what to poll, picked or found out."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wirewatch.cli.context import Context, checked_name
from wirewatch.faults import BAD_INPUT, FOUND_NOTHING, UserError

if TYPE_CHECKING:
    from config.catalogue import Feed, Wire
    from storage.sources import SourceSpec
    from wirewatch.finding_out import Choice, Finding

_NEAR_MAX = 8  # entries told of as perhaps meant

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="URL|WIRE/FEED", help="An address, or a catalogue entry.")],
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    wire: Annotated[str | None, typer.Option(help="The wire's slug, for an address.")] = None,
    kind: Annotated[str | None, typer.Option(help="feed, listing, sitemap or api: with it nothing is asked.")] = None,
    interval_s: Annotated[float | None, typer.Option("--interval", min=20, help="Seconds between polls.")] = None,
    alert_seed: Annotated[bool, typer.Option("--alert-seed", help="Alert on what it shows at first, too.")] = False,
    dedupe: Annotated[bool, typer.Option("--dedupe/--no-dedupe", help="Join its releases to others' stories.")] = True,
    pick: Annotated[int | None, typer.Option("--pick", min=1, help="Which of the choices that were listed.")] = None,
    look: Annotated[bool, typer.Option("--look", help="Show what it is and would store, and add nothing.")] = False,
    unseen: Annotated[bool, typer.Option("--unseen", help="Add it as it is, without asking it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find out what an address is, and poll it from now on.

    The first five releases that it would store are shown. What it shows at the first poll is stored without
    alerting. Exit code 2 where you must choose, or nothing can be polled.
    """
    ours: Context = context.obj
    if name is not None:
        checked_name(name)
    given = _Given(ours, name, wire, interval_s, alert_seed=alert_seed, dedupe=dedupe)
    picked = _of_catalogue(address)
    spec: SourceSpec | None
    told: dict[str, Any]
    if picked is not None:
        spec, told = given.of_catalogue(*picked), {"why": _stated(*picked)}
        if picked[1].state == "blocked" and not (unseen or look):
            raise UserError(f"{told['why']}; nothing was added (--unseen adds it all the same)")
        if not as_json:
            typer.echo(told["why"])
    else:
        url = _web_address(address)
        if unseen or kind is not None:
            spec, told = given.spec(url, _kind(kind), wire or "web"), {}
        else:
            choice, told = _found_out(ours, url, wire, pick, quiet=as_json)
            spec = given.of_choice(choice) if choice is not None else None
    added = None if look or spec is None else _stored(ours, spec)
    if as_json:
        from wirewatch.cli import show

        show.json_whole({**told, "added": added})
    elif added is not None:
        often = f"every {added['interval_s']:g} s" + (
            "" if added["fixed"] else ", and by its rhythm once that is known"
        )
        told_of = f"({added['wire']}, {added['kind']})"
        typer.echo(f"source {added['name']!r} {told_of} will be polled {often}: {added['url']}")
    if spec is None:
        raise typer.Exit(BAD_INPUT)


class _Given:
    """What the user said of the source to be, beside its address."""

    def __init__(
        self,
        ours: Context,
        name: str | None,
        wire: str | None,
        interval_s: float | None,
        *,
        alert_seed: bool,
        dedupe: bool,
    ) -> None:
        self._polling = ours.settings.polling
        self._name, self._wire, self._interval_s = name, wire, interval_s
        self._alert_seed, self._dedupe = alert_seed, dedupe

    def spec(
        self, url: str, kind: str, wire: str, *, name: str | None = None, first_s: float | None = None
    ) -> "SourceSpec":
        from ingest.wires import site_of
        from storage.sources import SourceSpec

        fixed = self._interval_s is not None or self._polling.interval_s is not None
        often = self._interval_s or (None if name is None else first_s) or self._polling.interval_s or first_s
        return SourceSpec(
            self._name or name or site_of(url) or url,
            wire,
            kind,
            url,
            often or self._polling.budget_s,
            self._alert_seed,
            trusted=False,
            origin="db",
            fixed=fixed,
            dedupe=self._dedupe,
        )

    def of_catalogue(self, wire: "Wire", feed: "Feed") -> "SourceSpec":
        return self.spec(feed.url, feed.kind.value, wire.slug, name=f"{wire.slug}/{feed.key}", first_s=feed.interval_s)

    def of_choice(self, choice: "Choice") -> "SourceSpec":
        from dataclasses import replace

        from config import catalogue

        known, seen = catalogue.feed_at(choice.look.url), choice.look
        kind = seen.kind.value if seen.kind else "feed"
        spec = self.spec(seen.url, kind, self._wire or choice.wire, first_s=known.interval_s if known else None)
        return replace(spec, fields=seen.fields)


def _stored(ours: Context, spec: "SourceSpec") -> dict[str, Any]:
    from storage.sources import add_source
    from wirewatch import clock

    with ours.archive() as archive, archive.writing(clock.now()) as work:
        if not add_source(work, spec):
            raise UserError(f"a source named {spec.name!r} exists already; give it another --name")
    told = ("name", "wire", "kind", "url", "interval_s", "fixed")
    return {field: getattr(spec, field) for field in told}


def _kind(said: str | None) -> str:
    from news.source import SourceKind

    if said is not None and said not in set(SourceKind):
        raise UserError(f"--kind {said!r} is none of {', '.join(SourceKind)}")
    return said or SourceKind.FEED.value


# ------------------------------------------------------------------ addresses


def _web_address(address: str) -> str:
    """The address in one spelling; one without a scheme is taken for https."""
    import re

    from news.links import canonical_url

    host = re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?].*)?", address, re.IGNORECASE)
    url = canonical_url(f"https://{address}" if host else address)
    if url is None:
        raise UserError(f"{address!r} is no web address that can be polled; it must begin with https:// or http://")
    return url


def _of_catalogue(address: str) -> "tuple[Wire, Feed] | None":
    """The catalogue's entry, where the address is none of the web."""
    from config import catalogue

    if "://" in address or "." in address.partition("/")[0]:
        return None
    found = catalogue.feed(address)
    if found is None:
        raise UserError(f"{address!r} is no address and no catalogue entry; {_meant(address)}")
    return found


def _meant(address: str) -> str:
    """What of the catalogue may be meant by an entry that it does not have."""
    from config import catalogue
    from wirewatch.wording import meant

    whole = catalogue.wire(address.rstrip("/"))
    if whole is not None and not whole.feeds:
        return f"of {whole.title} no feed is known: {whole.note}"
    if whole is not None:
        return (
            f"name one of its feeds, as in {whole.slug}/{whole.feeds[0].key}: wirewatch sources catalogue {whole.slug}"
        )
    near = [f"{wire.slug}/{feed.key}" for wire, feed in catalogue.search([address])]
    guess = meant(address, near or catalogue.addresses())
    if near and not guess.startswith("did you mean"):
        guess = "there are " + ", ".join(near[:_NEAR_MAX])
    return f"{guess}; all: wirewatch sources catalogue"


def _stated(wire: "Wire", feed: "Feed") -> str:
    states = {
        "proved": "was read as the wire serves it",
        "unproved": "is known from public code and notes, and was never read by us as the wire serves it",
        "blocked": "is closed to programs, or dead",
    }
    note = " ".join(text for text in (feed.note, wire.note) if text)
    return f"{wire.title}, {feed.title}: it {states[feed.state.value]}" + (f". {note}" if note else "")


# ------------------------------------------------------------------ finding out


def _found_out(
    ours: Context, url: str, wire: str | None, pick: int | None, *, quiet: bool
) -> "tuple[Choice | None, dict[str, Any]]":
    import asyncio

    finding = asyncio.run(_ask(ours, url, wire))
    best = finding.best
    if pick is not None and finding.choices:
        if pick > len(finding.choices):
            raise UserError(f"--pick {pick}: there are {len(finding.choices)} choices")
        best = finding.choices[pick - 1]
    if best is None and not finding.choices:
        # Nothing came of it: said once, as any mistake is.
        if not quiet:
            raise UserError(f"{finding.why}; nothing was added (--unseen adds it all the same)")
        return None, finding.told()
    if not quiet:
        _show(finding, chosen=best)
    return best, finding.told()


async def _ask(ours: Context, url: str, wire: str | None) -> "Finding":
    from wirewatch import clock
    from wirewatch.assemble import fetcher
    from wirewatch.finding_out import find_out

    asking = fetcher(ours.settings)
    try:
        return await find_out(asking, url, wire=wire, now=clock.now())
    finally:
        await asking.aclose()


def _show(finding: "Finding", *, chosen: "Choice | None") -> None:
    from wirewatch.cli import show

    typer.echo(show.plain(finding.why))
    if finding.warning:
        typer.echo(f"warning: {show.plain(finding.warning)}")
    if finding.releases and chosen is finding.best:
        typer.echo("the first it would store:")
        show.table(
            ["published", "issuer", "headline", "language", "read from"],
            [
                [show.stamp(one.release), one.release.issuer, one.release.headline, one.release.language, one.how]
                for one in finding.releases
            ],
            empty="nothing",
        )
    if finding.choices and chosen is None:
        show.table(
            ["pick", "kind", "rows", "newest", "address", "title", "how found"],
            [
                [
                    n,
                    one.look.what.value,
                    len(one.look.rows),
                    show.local(one.look.newest),
                    one.look.url,
                    one.look.title,
                    one.how,
                ]
                for n, one in enumerate(finding.choices, start=1)
            ],
            empty="nothing",
        )
        typer.echo("nothing was added: add one of these addresses, or the same again with --pick N")
    elif finding.choices:
        typer.echo("it offers, too: " + show.plain(", ".join(one.look.url for one in finding.choices)))


# ------------------------------------------------------------------ the catalogue


def catalogue(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD…]", help="Only entries with these words.")] = None,
    as_json: AsJson = False,
) -> None:
    """List or search the known wires' public feeds.

    Exit code 1 if none has the words.
    """
    from config import catalogue as known
    from wirewatch.cli import show
    from wirewatch.wording import meant

    del context
    found = known.search(words or [])
    if as_json:
        show.json_whole([_entry(wire, feed) for wire, feed in found])
    elif found:
        show.table(
            ["entry", "kind", "state", "language", "what", "note"],
            [
                [f"{wire.slug}/{feed.key}", feed.kind.value, feed.state.value, feed.language, feed.title, feed.note]
                for wire, feed in found
            ],
            empty="",
        )
        closed = [wire for wire in known.wires() if wire.note and (not words or any(wire is one for one, _ in found))]
        for wire in closed:
            typer.echo(f"{wire.title}: {wire.note}")
    else:
        said = " ".join(words or [])
        typer.echo(f"nothing in the catalogue has {said!r}; {meant(said, known.vocabulary())}")
    if not found:
        raise typer.Exit(FOUND_NOTHING)


def _entry(wire: "Wire", feed: "Feed") -> dict[str, Any]:
    return {
        "entry": f"{wire.slug}/{feed.key}",
        "wire": wire.title,
        "title": feed.title,
        "url": feed.url,
        "kind": feed.kind.value,
        "state": feed.state.value,
        "language": feed.language or None,
        "country": feed.country or None,
        "note": feed.note or None,
        "wire_note": wire.note or None,
    }
