"""A digest, bundle or notice in words, before it takes a form: few lines of each alert, and all of them counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.absence import stretch
from alerts.notices import state
from alerts.passages import Excerpt
from alerts.plain import cut, one_line
from alerts.stations import day_words
from alerts.view import NAME_MAX, alert_view
from news.alert import Absence, AbsenceCause, Alert, Message, Reason, Together
from news.notice import Notice, NoticeType
from news.release import Precision
from news.schedule import Every

ITEMS_MAX = 25
RULES_MAX = 12
RULES_IN_SUBJECT_MAX = 3
ROWS_MAX = 25
# A mail of many kilobytes is clipped by the readers' programs.
EXCERPT_MAX, HEADLINE_MAX = 220, 200
SUBJECT_MAX = 180


_LABELS = {
    Reason.AWAY: "Caught up",
    Reason.LATE: "Found late",
    Reason.DIGEST: "Digest",
    Reason.QUIET: "Quiet hours",
    Reason.THROTTLED: "Many at once",
}
_DIGESTS = {
    Every.HOUR.value: "Hourly digest",
    Every.DAY.value: "Daily digest",
    Every.WORKDAY.value: "Digest of the working day",
    Every.WEEK.value: "Weekly digest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One alert of a digest. `why` is the sentence that says most, `more` how many other places matched."""

    rule: str
    label: str
    headline: str
    wire: str
    issuer: str
    published: str
    why: Excerpt | None
    more: int
    lateness: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """`label` names the kind of digest, `title` counts, and `why` says why they are told together.

    `left` are those that are not among `items`.
    """

    label: str
    title: str
    why: str
    rules: tuple[tuple[str, int], ...]
    rules_left: int
    items: tuple[DigestItem, ...]
    left: int

    @property
    def rules_line(self) -> str:
        """`Rules: Chongqing (20), Kites (14) and 3 more`."""
        rules = ", ".join(f"{name} ({count})" for name, count in self.rules)
        return f"Rules: {rules}" + (f" and {self.rules_left} more" if self.rules_left else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    source: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """`rows` are the troubles one by one, where there are several."""

    subject: str
    sentence: str
    advice: str
    rows: tuple[NoticeRow, ...]
    left: int

    @property
    def advice_pieces(self) -> tuple[tuple[str, bool], ...]:
        """The advice cut at its backticks: stretches, and whether each is something to be typed."""
        return tuple((part, bool(n % 2)) for n, part in enumerate(self.advice.split("`")))


def digest_subject(message: Message) -> str:
    """`[wirewatch] 34 alerts caught up, 02:10–07:45 UTC: Chongqing (20), Kites (14)`, at most 180 characters."""
    together = together_of(message)
    names = [f"{one_line(name, 40)} ({count})" for name, count in together.rules[:RULES_IN_SUBJECT_MAX]]
    more = len(together.rules) - len(names)
    rules = ", ".join(names) + (f" and {more} more" if more else "")
    return cut(f"[wirewatch] {_title(together)}: {rules}", SUBJECT_MAX)


def notice_subject(notice: Notice) -> str:
    return cut(f"[wirewatch] {one_line(notice.subject, SUBJECT_MAX)}", SUBJECT_MAX)


def together_of(message: Message) -> Together:
    """What a digest says of itself; counted from its alerts where nothing was written down."""
    if message.together is not None:
        return message.together
    counts: dict[str, int] = {}
    for alert in message.alerts:
        counts[alert.rule_name] = counts.get(alert.rule_name, 0) + 1
    rules = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Together(reason=Reason.LATE, count=len(message.alerts), rules=tuple(rules))


def digest_view(message: Message, sent_at: datetime, *, items_max: int = ITEMS_MAX) -> DigestView:
    together = together_of(message)
    shown = message.alerts[:items_max]
    return DigestView(
        label=_LABELS[together.reason],
        title=_title(together),
        why=_why(together),
        rules=tuple((one_line(name, NAME_MAX), count) for name, count in together.rules[:RULES_MAX]),
        rules_left=max(0, len(together.rules) - RULES_MAX),
        items=tuple(_item(alert, sent_at) for alert in shown),
        left=max(0, together.count - len(shown)),
    )


def notice_view(notice: Notice) -> NoticeView:
    several = len(notice.troubles) > 1
    rows = [
        NoticeRow(source=one_line(trouble.source, NAME_MAX), state=state(trouble), detail=one_line(trouble.detail, 200))
        for trouble in notice.troubles[:ROWS_MAX]
    ]
    return NoticeView(
        subject=one_line(notice.subject, SUBJECT_MAX),
        sentence=one_line(notice.sentence, 600),
        advice=one_line(notice.advice, 600),
        rows=tuple(rows) if several else (),
        left=max(0, len(notice.troubles) - ROWS_MAX) if several else 0,
    )


def is_over(notice: Notice) -> bool:
    return notice.type is NoticeType.UP


def _title(together: Together) -> str:
    alerts = "1 alert" if together.count == 1 else f"{together.count:,} alerts"
    match together.reason:
        case Reason.AWAY if together.since and together.until:
            return f"{alerts} caught up, {_stretch(together.since, together.until)}"
        case Reason.DIGEST:
            every = (together.schedule or "").partition("@")[0]
            return f"{_DIGESTS.get(every, 'Digest')}, {alerts}"
        case Reason.QUIET:
            return f"{alerts} kept over quiet hours"
        case Reason.THROTTLED:
            return f"{together.count:,} more alert{'' if together.count == 1 else 's'} within the hour"
        case _:
            return f"{alerts} on releases found late"


def _why(together: Together) -> str:
    match together.reason:
        case Reason.AWAY if together.since and together.until:
            return (
                f"Wirewatch was away, {_stretch(together.since, together.until)}. What was published meanwhile is told "
                "here together; what was still fresh on the return came by itself."
            )
        case Reason.DIGEST:
            return f"Told together, as the rules ask: {together.schedule}."
        case Reason.QUIET:
            return "They came in the quiet hours of this channel and were kept until those were over."
        case Reason.THROTTLED:
            return "The rule had told of as many at once as it may in an hour; these are the others."
        case _:
            return (
                "These releases were old when they were first seen, though we were watching: so many at once that "
                "they are told in one message."
            )


def _stretch(since: datetime, until: datetime) -> str:
    return stretch(Absence(gone_at=since, back_at=until, cause=AbsenceCause.STOPPED))


def _item(alert: Alert, sent_at: datetime) -> DigestItem:
    view = alert_view([alert], sent_at, chars_max=EXCERPT_MAX)
    why = next(iter(view.beyond_headline), None)
    every = view.excerpts_left + sum(each.hits for each in view.excerpts)
    return DigestItem(
        rule=view.rule,
        label=view.label,
        headline=cut(view.headline, HEADLINE_MAX),
        wire=view.wire,
        issuer=view.issuer,
        published=_published(alert),
        why=why,
        more=max(0, every - (why.hits if why else 0)),
        lateness=view.stations.lateness,
        url=view.url,
    )


def _published(alert: Alert) -> str:
    release = alert.release
    if release.published_at is None:
        return ""
    at = release.published_at.astimezone(UTC)
    day = day_words(at.date())
    return day if release.time_precision is Precision.DAY else f"{day}, {at:%H:%M} UTC"
