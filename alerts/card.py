"""A message as a card for chat: few lines of runs, each plain, bold or a link. Pure.

The channels that write to chat programs turn the runs into what each of them understands; none of them has to
escape markup, for the runs never hold any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from alerts.corrections import Correction, Place, correction
from alerts.digests import DigestItem, DigestView, NoticeView, digest_view, is_over, notice_view
from alerts.passages import Excerpt
from alerts.render import IS_REPEAT, IS_TEST, TOGETHER, Framing, subject
from alerts.view import AlertView, alert_view, web_address
from news.alert import Message, MessageKind
from news.changes import Edit

ITEMS_MAX = 15
EXCERPTS_MAX = 3
# What is left where a message must be short at all costs: ever fewer items, and ever shorter excerpts.
_SQUEEZES = ((ITEMS_MAX, 320), (8, 200), (4, 160), (2, 120), (1, 80))


class Look(StrEnum):
    """How a line looks: the headline, ordinary text, or small print."""

    TITLE = "title"
    TEXT = "text"
    SMALL = "small"


class Mood(StrEnum):
    """What a card is about, for those programs that colour them."""

    NEWS = "news"
    TROUBLE = "trouble"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Run:
    """`link` is an http or https address, or None."""

    text: str
    bold: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    runs: tuple[Run, ...]
    look: Look = Look.TEXT

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`summary` is one line that says most, for a telephone's lock screen. `link` is where the whole of it stands."""

    summary: str
    lines: tuple[Line, ...]
    mood: Mood = Mood.NEWS
    link: str | None = None


def card(message: Message, framing: Framing, *, fits: Callable[[Card], bool] = lambda _: True) -> Card:
    """The card of a message: the longest that `fits`, else the shortest there is. It always keeps its link."""
    changed = correction(message.alerts[0]) if message.alerts and message.kind not in TOGETHER else None
    shown = _card(message, framing, changed, *_SQUEEZES[0])
    for items, chars in _SQUEEZES[1:]:
        if fits(shown):
            return shown
        shown = _card(message, framing, changed, items, chars)
    return shown


def _card(message: Message, framing: Framing, changed: Correction | None, items: int, chars: int) -> Card:
    link = web_address(framing.public_url)
    mood = Mood.NEWS
    if message.notice is not None:
        mood = Mood.OVER if is_over(message.notice) else Mood.TROUBLE
        lines = _of_notice(notice_view(message.notice), items)
    elif message.kind in TOGETHER:
        lines = _of_digest(digest_view(message, framing.sent_at, items_max=items), link)
    else:
        view = alert_view(message.alerts, framing.sent_at, chars_max=chars, correction=changed)
        link = view.url or link
        lines = _of_alert(view, test=message.kind is MessageKind.TEST, excerpts_max=min(items, EXCERPTS_MAX))
    if framing.repeat:
        lines = (*lines, _small(IS_REPEAT))
    return Card(summary=subject(message), lines=lines, mood=mood, link=link)


def _of_alert(view: AlertView, *, test: bool, excerpts_max: int) -> tuple[Line, ...]:
    lines = [_small(IS_TEST)] if test else []
    lines += [Line((*_label(view.label), Run(view.headline, bold=True, link=view.url)), Look.TITLE)]
    lines += [_small(" · ".join(part for part in (view.wire, view.issuer, *view.tickers) if part))]
    lines += [_small(f"Rule {rule.name}: {rule.query}") for rule in view.rules]
    lines += [_small(f"… and {view.rules_left} more rules")] if view.rules_left else []
    lines += [Line((Run(view.note),))] if view.note else []
    if view.correction:
        lines += [Line(tuple(_changed(place))) for place in view.correction.places[:excerpts_max]]
    lines += [Line(tuple(_excerpt(each))) for each in view.beyond_headline[:excerpts_max]]
    hidden = view.excerpts_left + sum(each.hits for each in view.beyond_headline[excerpts_max:])
    lines += [_small(f"… and {hidden} more")] if hidden else []
    lines += [_small(f"{view.stations.line}; {view.stations.lateness}")]
    if view.also_on:
        pickups = [Run(pickup.wire, link=pickup.url) for pickup in view.also_on]
        runs = [run for pickup in pickups for run in (Run(", "), pickup)][1:]
        more = [Run(f" and {view.also_left} more")] if view.also_left else []
        lines += [Line((Run("Also on "), *runs, *more), Look.SMALL)]
    return tuple(lines)


def _of_digest(view: DigestView, link: str | None) -> tuple[Line, ...]:
    lines = [Line((Run(view.title, bold=True),), Look.TITLE), Line((Run(view.why),)), _small(view.rules_line)]
    for item in view.items:
        lines += _of_item(item)
    if view.left:
        lines += [Line((Run(f"… and {view.left:,} more", link=link),), Look.SMALL)]
    return tuple(lines)


def _of_item(item: DigestItem) -> Iterator[Line]:
    yield Line((Run("• "), *_label(item.label), Run(item.headline, bold=True, link=item.url)))
    if item.why is not None:
        yield Line(tuple(_excerpt(item.why)))
    yield _small(" · ".join(part for part in (item.rule, item.wire, item.published, item.lateness) if part))


def _of_notice(view: NoticeView, rows_max: int) -> tuple[Line, ...]:
    lines = [Line((Run(view.subject, bold=True),), Look.TITLE), Line((Run(view.sentence),))]
    lines += [Line((Run("• "), Run(row.source, bold=True), Run(f" {row.state}"))) for row in view.rows[:rows_max]]
    left = view.left + max(0, len(view.rows) - rows_max)
    lines += [_small(f"… and {left} more")] if left else []
    if view.advice:
        lines += [Line((Run("What to do: "), *(Run(text, bold=typed) for text, typed in view.advice_pieces if text)))]
    return tuple(lines)


def _label(label: str) -> tuple[Run, ...]:
    return (Run(f"{label.upper()}: ", bold=True),) if label else ()


def _changed(place: Place) -> Iterator[Run]:
    yield Run(f"changed in the {place.zone}: ")
    for text, edit in place.pieces:
        yield Run(f"[was: {text.strip()}] " if edit is Edit.REMOVED else text, bold=edit is Edit.ADDED)


def _excerpt(shown: Excerpt) -> Iterator[Run]:
    yield Run(f"{shown.zone}: ")
    yield from (Run(text, bold=hit) for text, hit in shown.pieces if text)


def _small(text: str) -> Line:
    return Line((Run(text),), Look.SMALL)
