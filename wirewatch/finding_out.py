"""What a web address is, found out by asking it: politely, and only as far as it takes to choose."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from config import catalogue
from ingest.answers import Blocked, BlockReason, FetchAnswer, Fetched, FetchFailed, FetchReason
from ingest.fetch import Fetcher
from ingest.offers import Look, Offer, What, look, robots_sitemaps, well_known
from ingest.page import Page
from ingest.parse import parse, release_from_listed
from ingest.ways import newest_first, period_of
from ingest.wires import site_of
from news.links import url_key
from news.release import Reject, Release, iso
from news.source import ApiFields, Listed, SourceKind

SHOWN = 5
# Addresses tried beside the one given: enough to choose, few enough to be no burden.
TRIED_MAX = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """A release that would be stored, and how it was read."""

    release: Release
    how: str

    def told(self) -> dict[str, Any]:
        return {
            "headline": self.release.headline,
            "published_at": iso(self.release.published_at),
            "issuer": self.release.issuer,
            "language": self.release.language,
            "url": self.release.url,
            "read": self.how,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """An address that can be polled, and how it was come by."""

    look: Look
    how: str = ""

    @property
    def wire(self) -> str:
        return self.look.wire or "web"

    def told(self) -> dict[str, Any]:
        return {
            "url": self.look.url,
            "kind": self.look.kind.value if self.look.kind else None,
            "title": self.look.title,
            "wire": self.wire,
            "rows": len(self.look.rows),
            "newest": iso(self.look.newest),
            "how": self.how,
            "fields": {name: path for name, path in asdict(self.look.fields).items() if path}
            if self.look.fields
            else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of it. `best` is what to poll, None where nobody but the user can say or nothing can be polled.

    `why` is a sentence: what it is, or why nothing can be polled.
    """

    address: str
    why: str
    best: Choice | None = None
    choices: tuple[Choice, ...] = ()
    releases: tuple[Shown, ...] = ()
    warning: str = ""

    def told(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "why": self.why,
            "warning": self.warning or None,
            "best": self.best.told() if self.best else None,
            "choices": [choice.told() for choice in self.choices],
            "releases": [shown.told() for shown in self.releases],
        }


async def find_out(fetcher: Fetcher, address: str, *, wire: str | None, now: datetime) -> Finding:
    """Ask the address, then what it offers; read the first releases of what is best."""
    asker = _Asker(fetcher, wire)
    answer = await fetcher.fetch(address)
    if not isinstance(answer, Fetched):
        return Finding(address=address, why=_unanswered(address, answer))
    found = await asker.look(answer)
    if found.what is What.INDEX:
        named = await asker.index(found)
        if named and period_of(named[0].look.url) is not None:
            # One sitemap a month: the index is what stays.
            best = Choice(replace(found, rows=named[0].look.rows, wire=named[0].look.wire), "the address itself")
            return await _of_best(asker, address, best, named, now)
        return await _of_choices(asker, address, found, named, now)
    if found.kind is not None:
        others = await asker.try_offers(found.offers[:1]) if found.what is What.LISTING else ()
        best = Choice(found, "the address itself")
        return await _of_best(asker, address, best, tuple(others), now)
    if found.what in (What.PAGE, What.RELEASE):
        offers = _with_catalogue(found) or await asker.guesses(found.url)
        return await _of_choices(asker, address, found, await asker.try_offers(offers), now)
    return Finding(address=address, why=_unfit(address, found))


class _Asker:
    """Asks, and looks at what came; knows which wire the user means."""

    def __init__(self, fetcher: Fetcher, wire: str | None) -> None:
        self._fetcher, self._wire = fetcher, wire

    async def look(self, answer: Fetched) -> Look:
        page = Page(answer.final_url, answer.body, answer.content_type, answer.fetched_at)
        found = await asyncio.to_thread(look, page, wire=self._wire)
        if found.wire is not None:
            return found
        site = site_of(found.rows[0].url) if found.rows else ""
        known = next((one for one in catalogue.wires() if site_of(one.home) in (site_of(found.url), site)), None)
        return replace(found, wire=known.slug if known else None)

    async def try_offers(self, offers: Sequence[Offer]) -> tuple[Choice, ...]:
        """Those that can be polled, in the order offered."""
        answers = await asyncio.gather(*(self._fetcher.fetch(offer.url) for offer in offers[:TRIED_MAX]))
        found: list[Choice] = []
        for offer, answer in zip(offers, answers, strict=False):
            if not isinstance(answer, Fetched):
                continue
            seen = await self.look(answer)
            if seen.kind is not None and seen.what is not What.INDEX and seen.rows:
                found.append(Choice(replace(seen, title=seen.title or offer.title), offer.how))
            elif seen.what is What.INDEX:
                found += await self.index(seen)
        return tuple({url_key(choice.look.url): choice for choice in found}.values())

    async def index(self, found: Look) -> tuple[Choice, ...]:
        """The sitemaps of an index that may be polled: those for news, else the newest."""
        offers = [offer for offer in found.offers if "news" in urlsplit(offer.url).path.lower()] or found.offers[:1]
        answers = await asyncio.gather(*(self._fetcher.fetch(offer.url) for offer in offers[:2]))
        looks = [await self.look(answer) for answer in answers if isinstance(answer, Fetched)]
        return tuple(Choice(seen, "named by the index of sitemaps") for seen in looks if seen.rows)

    async def guesses(self, url: str) -> list[Offer]:
        """What robots.txt names, else what stands at well-known places."""
        robots = await self._fetcher.fetch(urljoin(url, "/robots.txt"))
        named = robots_sitemaps(robots.body.decode("utf-8", "replace"), url) if isinstance(robots, Fetched) else ()
        guessed = [Offer(at, SourceKind.FEED, how="at a well-known place") for at in well_known(url)]
        return [*(Offer(at, SourceKind.SITEMAP, how="named by robots.txt") for at in named[:2]), *guessed]

    async def first_releases(self, choice: Choice) -> tuple[Shown, ...]:
        rows = choice.look.rows
        # A sitemap may begin with its oldest row; the others show the newest first.
        first = (newest_first(rows)[0] if choice.look.kind is SourceKind.SITEMAP else rows)[:SHOWN]
        return tuple(await asyncio.gather(*(self._shown(choice, row) for row in first)))

    async def _shown(self, choice: Choice, row: Listed) -> Shown:
        alone = release_from_listed(choice.wire, row)
        if row.url is None:
            return Shown(alone, "its row alone: it names no page")
        answer = await self._fetcher.fetch(row.url)
        if not isinstance(answer, Fetched):
            return Shown(alone, f"its row alone: {_reason(answer)}")
        page = Page(answer.final_url, answer.body, answer.content_type, answer.fetched_at)
        found = await asyncio.to_thread(parse, page, wire=None if choice.wire == "web" else choice.wire, listed=row)
        if isinstance(found, Reject):
            return Shown(alone, f"its row alone: its page is a reject ({found.reason.value})")
        return Shown(found, f"its page ({len(found.body.split()):,} words)")


def _with_catalogue(found: Look) -> list[Offer]:
    """What the page offers, then what the catalogue knows of its site; feeds of the same site first."""
    site = site_of(found.url)
    offers = sorted(found.offers, key=lambda offer: site_of(offer.url) != site)
    known = [one for one in catalogue.wires() if site_of(one.home) == site]
    listed = [feed for one in known for feed in one.feeds[:1] if feed.state is not catalogue.FeedState.BLOCKED]
    have = {url_key(offer.url) for offer in offers}
    more = [Offer(feed.url, feed.kind, feed.title, "from the catalogue") for feed in listed]
    return [*offers, *(offer for offer in more if url_key(offer.url) not in have)]


async def _of_choices(asker: _Asker, address: str, found: Look, choices: Sequence[Choice], now: datetime) -> Finding:
    """One that is plainly meant, or all of them to choose from."""
    what = _named(found)
    if not choices:
        return Finding(address=address, why=f"{address} is {what}, and names no feed or sitemap that could be polled")
    in_head = [choice for choice in choices if "head" in choice.how]
    plain = in_head if len(in_head) == 1 else choices
    whole_site = plain[0].look.by_change
    if found.what is not What.RELEASE and len(plain) == 1 and not whole_site:
        finding = await _of_best(asker, address, plain[0], tuple(choices), now)
        return replace(finding, why=f"{address} is {what}; {finding.why}")
    why = f"{address} is {what}; choose what to poll"
    if len(plain) == 1 and whole_site:
        why = (
            f"{address} is {what}; all that it offers is a sitemap of the whole site, which may name more than releases"
        )
    return Finding(address=address, why=why, choices=tuple(choices))


async def _of_best(asker: _Asker, address: str, best: Choice, others: tuple[Choice, ...], now: datetime) -> Finding:
    releases = await asker.first_releases(best)
    kind = best.look.what.value
    of = f" of {best.look.title!r}" if best.look.title else ""
    title = f"{best.look.url} is a {kind}{of} with {len(best.look.rows):,} rows"
    stale = best.look.is_stale(now)
    newest = best.look.newest
    if best.look.fields is not None:
        title += ", its fields guessed: " + _guessed(best.look.fields)
    warning = f"its newest release is of {newest:%Y-%m-%d}: it may be dead" if stale and newest else ""
    choices = tuple(choice for choice in others if url_key(choice.look.url) != url_key(best.look.url))
    return Finding(address=address, why=title, best=best, choices=choices, releases=releases, warning=warning)


def _guessed(fields: ApiFields) -> str:
    return ", ".join(f"{name} = {path!r}" for name, path in asdict(fields).items() if path and name != "zone")


def _named(found: Look) -> str:
    match found.what:
        case What.RELEASE if found.release is not None:
            at = found.release.published_at
            return f"the page of a single release ({found.release.headline[:100]!r}{f', {at:%Y-%m-%d}' if at else ''})"
        case What.INDEX:
            return "an index of sitemaps"
        case _:
            return f"a web page ({found.title[:100]!r})" if found.title else "a web page"


_UNFIT = {
    What.DEAD: "a feed without items that is dead by its own word",
    What.EMPTY: "a feed without a single item",
    What.WALL: "a wall against programs, which Wirewatch does not evade",
    What.ERROR: "an error page",
    What.JSON: 'JSON in which no list of releases is to be seen; describe it as a [[source]] of kind = "api"',
    What.UNKNOWN: "nothing that can be polled",
}


def _unfit(address: str, found: Look) -> str:
    said = f": {found.said!r}" if found.said else ""
    return f"{address} is {_UNFIT[found.what]}{said}{_known_of(found.url)}"


def _known_of(url: str) -> str:
    """What the catalogue says of the site."""
    known = next((one for one in catalogue.wires() if site_of(one.home) and _under(url, site_of(one.home))), None)
    return f". Of {known.title}: {known.note}" if known and known.note else ""


def _under(url: str, site: str) -> bool:
    host = site_of(url)
    return host == site or host.endswith(f".{site}")


def _unanswered(address: str, answer: FetchAnswer) -> str:
    host = urlsplit(address).hostname or address
    match answer:
        case Blocked(reason=BlockReason.ADDRESS):
            return (
                f"{address} is a private address ({answer.detail}); what may be polled there is allowed in"
                f' wirewatch.toml: [network] allow = ["{host}"]'
            )
        case Blocked(reason=BlockReason.ROBOTS):
            return f"{address} is closed to programs by the site's robots.txt{_known_of(address)}"
        case FetchFailed(reason=FetchReason.FORBIDDEN):
            return (
                f"{address} is blocked: it answers programs with HTTP {answer.status}, which Wirewatch does not"
                f" evade{_known_of(address)}"
            )
        case FetchFailed(reason=FetchReason.DNS):
            return f"{address} cannot be reached: there is no {host}; look at the spelling"
        case _:
            return f"{address} cannot be read now: {_reason(answer)}{_known_of(address)}"


def _reason(answer: FetchAnswer) -> str:
    if isinstance(answer, Blocked | FetchFailed):
        return f"{answer.reason.value}: {answer.detail}" if answer.detail else answer.reason.value
    return "no answer"
