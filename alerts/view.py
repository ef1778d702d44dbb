"""What a message says, before it takes a form: the same facts for email, text and console, cleaned for showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from alerts.corrections import Correction
from alerts.passages import Excerpt, Piece, excerpts
from alerts.plain import cut, one_line, visible
from alerts.stations import Stations, stations
from news.alert import Alert, MatchedText, Pickup
from news.kinds import unmarked
from news.release import Completeness, Kind, Zone

HEADLINE_MAX = 300
NAME_MAX = 80
PICKUPS_MAX = 8
RULES_MAX = 8
LEAD_MAX = 400
URL_MAX = 2_000
QUERY_MAX = 300
TICKERS_MAX = 8
NO_LONGER = "The rule was true of the earlier text, and is no longer true of this one."

_KINDS = {
    Kind.CORRECTION: "Correction",
    Kind.UPDATE: "Update",
    Kind.WITHDRAWAL: "Withdrawn",
    Kind.RETRANSMISSION: "Retransmission",
    Kind.ADVISORY: "Advisory",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupView:
    """`wire` is followed by the language where it is another than the release's: `Acme Wire (de)`."""

    wire: str
    url: str | None


@dataclass(frozen=True, slots=True)
class RuleView:
    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """What one rule tells of a release, or several, in words. `rules` are the first of them.

    `label` says what kind of text it is where it is not simply news; else empty.
    `note` is what must be said beside it, else empty. `url`, and those of `also_on`, are http or https, or None: a link
    from a wire may be anything.
    """

    alert_id: int
    label: str
    rules: tuple[RuleView, ...]
    rules_left: int
    headline: str
    wire: str
    issuer: str
    tickers: tuple[str, ...]
    dateline: str
    excerpts: tuple[Excerpt, ...]
    excerpts_left: int
    stations: Stations
    url: str | None
    also_on: tuple[PickupView, ...]
    also_left: int
    correction: Correction | None = None
    note: str = ""

    @property
    def rule(self) -> str:
        """`Chongqing`, or `Chongqing +2`: the first of the rules and how many others."""
        others = len(self.rules) - 1 + self.rules_left
        return self.rules[0].name + (f" +{others}" if others else "")

    @property
    def beyond_headline(self) -> tuple[Excerpt, ...]:
        """The excerpts that say more than the headline, which stands above them; all of them where none does."""
        return tuple(each for each in self.excerpts if each.zone != Zone.HEADLINE) or self.excerpts


def alert_view(
    alerts: Sequence[Alert], sent_at: datetime, *, chars_max: int = 320, correction: Correction | None = None
) -> AlertView:
    """`alerts` are of one release, one for each rule that is told of, and what any of them matched is shown.

    `chars_max` is the length of an excerpt; `correction` what the release changed, where that is to be shown.
    """
    alert = alerts[0]
    release = alert.release
    shown, left = excerpts(release, all_matched(alerts), chars_max=chars_max)
    if not shown and release.lead:
        # A rule on metadata alone has no words to point at; the lead says what it is about.
        shown = (Excerpt(zone="lead", pieces=((cut(visible(release.lead).strip(), LEAD_MAX), False),)),)
    return AlertView(
        alert_id=alert.id,
        label=label(alert),
        rules=tuple(
            RuleView(one_line(each.rule_name, NAME_MAX), one_line(each.rule_query, QUERY_MAX))
            for each in alerts[:RULES_MAX]
        ),
        rules_left=max(0, len(alerts) - RULES_MAX),
        headline=one_line(headline(alert), HEADLINE_MAX) or "(no headline)",
        wire=one_line(release.wire, NAME_MAX),
        issuer=one_line(release.issuer or "", NAME_MAX),
        tickers=tuple(one_line(ticker, 24) for ticker in release.tickers[:TICKERS_MAX]),
        dateline=one_line(release.dateline.text if release.dateline else "", 200),
        excerpts=shown,
        excerpts_left=left,
        stations=stations(alert, sent_at),
        url=web_address(release.url),
        also_on=tuple(
            PickupView(wire=_where(pickup), url=web_address(pickup.url)) for pickup in alert.also_on[:PICKUPS_MAX]
        ),
        also_left=max(0, len(alert.also_on) - PICKUPS_MAX),
        correction=correction,
        note=NO_LONGER if alert.unmatched else "",
    )


def all_matched(alerts: Sequence[Alert]) -> tuple[MatchedText, ...]:
    """What any of the alerts matched in their release, in zone order; stretches that overlap are one."""
    if len(alerts) == 1:
        return alerts[0].matched
    zones = list(Zone)
    hits = sorted({hit for alert in alerts for hit in alert.matched}, key=lambda hit: (zones.index(hit.zone), hit[1:3]))
    found: list[MatchedText] = []
    for hit in hits:
        last = found[-1] if found else None
        if last is None or last.zone != hit.zone or hit.start >= last.end:
            found.append(hit)
        elif hit.end > last.end:
            text = alerts[0].release.zone(hit.zone)[last.start : hit.end]
            found[-1] = MatchedText(hit.zone, last.start, hit.end, text)
    return tuple(found)


def _where(pickup: Pickup) -> str:
    wire = one_line(pickup.wire, NAME_MAX)
    return f"{wire} ({one_line(pickup.language, 20)})" if pickup.language else wire


def label(alert: Alert) -> str:
    """`Correction`, `Withdrawn`, `Revised`, `Teaser` …: what a reader must know before the headline; empty for news."""
    named = _KINDS.get(alert.release.kind)
    if named:
        return named
    if alert.occasion.startswith("withdrawal:"):
        return "Withdrawn"
    if alert.occasion.startswith("revision:"):
        return "Revised"
    return "Teaser" if alert.release.completeness is Completeness.TEASER else ""


def headline(alert: Alert) -> str:
    """As published; without the mark that the label repeats."""
    return unmarked(alert.release.headline) if label(alert) else alert.release.headline


def web_address(url: str | None) -> str | None:
    """`url` if a browser may be sent there, else None."""
    if not url or len(url) > URL_MAX or visible(url) != url or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def marked(pieces: tuple[Piece, ...], mark: str) -> str:
    """An excerpt as plain text, what matched between `mark`s."""
    return "".join(f"{mark}{text}{mark}" if hit and text.strip() else text for text, hit in pieces).strip()
