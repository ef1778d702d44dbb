"""A message in words: a subject, a plain text of 78 columns, an HTML page of 600 pixels. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.columns import columns, wrapped
from alerts.passages import excerpt, passages
from alerts.plain import cut, one_line
from alerts.view import AlertView, alert_view, label, marked, web_address
from news.alert import Message, MessageKind

__all__ = ["Framing", "excerpt", "html", "passages", "subject", "text"]

SUBJECT_MAX = 180
ALERTS_MAX = 25
WIDTH = 78
_NAME_IN_SUBJECT_MAX = 40
_HEADLINE_IN_SUBJECT_MAX = 110

_TEMPLATES = Environment(
    loader=PackageLoader("alerts", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What surrounds the alerts: when it goes out, from where, and whether it may have come before."""

    sent_at: datetime
    archive_name: str
    public_url: str | None = None
    repeat: bool = False


def subject(message: Message) -> str:
    """`[rule] Correction: headline — issuer` on one line, at most 180 characters."""
    first = message.alerts[0]
    release = first.release
    rule = one_line(first.rule_name, _NAME_IN_SUBJECT_MAX)
    headline = one_line(release.headline, _HEADLINE_IN_SUBJECT_MAX) or "(no headline)"
    issuer = one_line(release.issuer or "", _NAME_IN_SUBJECT_MAX)
    test = "Test: " if message.kind is MessageKind.TEST else ""
    kind = f"{label(first)}: " if label(first) else ""
    more = f" (and {len(message.alerts) - 1} more)" if len(message.alerts) > 1 else ""
    by = f" — {issuer}" if issuer and issuer.casefold() not in headline.casefold() else ""
    return cut(f"[{rule}] {test}{kind}{headline}{by}{more}", SUBJECT_MAX)


def html(message: Message, framing: Framing) -> str:
    """A whole page with its styles inline, nothing remote, light and dark; all text of strangers escaped."""
    page = _TEMPLATES.get_template("alert.html").render(
        subject=subject(message),
        alerts=_views(message, framing),
        left=max(0, len(message.alerts) - ALERTS_MAX),
        test=message.kind is MessageKind.TEST,
        framing=framing,
        public_url=web_address(framing.public_url),
    )
    return _INLINER.inline(page)


def text(message: Message, framing: Framing) -> str:
    """The twin of the page for readers without one: matched words stand between asterisks."""
    lines: list[str] = []
    if message.kind is MessageKind.TEST:
        lines += [*wrapped("This is a test with an invented release. Nothing happened.", WIDTH), ""]
    for n, view in enumerate(_views(message, framing)):
        lines += ["", "=" * WIDTH, ""] if n else []
        lines += _alert_lines(view)
    if len(message.alerts) > ALERTS_MAX:
        lines += ["", f"… and {len(message.alerts) - ALERTS_MAX} more alerts"]
    return "\n".join([*lines, "", *_footer(framing)]) + "\n"


def _views(message: Message, framing: Framing) -> tuple[AlertView, ...]:
    return tuple(alert_view(alert, framing.sent_at) for alert in message.alerts[:ALERTS_MAX])


def _alert_lines(view: AlertView) -> list[str]:
    label_prefix = f"{view.label.upper()}: " if view.label else ""
    headline = wrapped(label_prefix + view.headline, WIDTH)
    lines = [*headline, "-" * min(WIDTH, max(map(columns, headline)))]
    lines += wrapped(" · ".join([view.wire, *([view.issuer] if view.issuer else []), *view.tickers]), WIDTH)
    lines += wrapped(view.dateline, WIDTH) if view.dateline else []
    lines += ["", *wrapped(f"Rule {view.rule}: {view.query}", WIDTH, rest="  ")]
    for shown in view.excerpts:
        lines += ["", *wrapped(marked(shown.pieces, "*"), WIDTH, first=f"  {shown.zone + ':':<13}", rest=" " * 15)]
    lines += ["", f"  … and {view.excerpts_left} more"] if view.excerpts_left else []
    lines += ["", *wrapped(view.stations.line, WIDTH), *wrapped(f"({view.stations.lateness})", WIDTH)]
    lines += ["", view.url] if view.url else []
    return lines + _also_lines(view)


def _also_lines(view: AlertView) -> list[str]:
    if not view.also_on:
        return []
    lines = ["", "Also on:"]
    for pickup in view.also_on:
        lines += [f"  {pickup.wire}", f"    {pickup.url}"] if pickup.url else [f"  {pickup.wire}"]
    return lines + ([f"  … and {view.also_left} more"] if view.also_left else [])


def _footer(framing: Framing) -> list[str]:
    address = web_address(framing.public_url)
    lines = ["-- ", *wrapped(f"Wirewatch, archive {one_line(framing.archive_name, 80)}", WIDTH)]
    lines += [address] if address else []
    if framing.repeat:
        lines += wrapped("You may have had this message before: an earlier attempt ended without an answer.", WIDTH)
    return lines
