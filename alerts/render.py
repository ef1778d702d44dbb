"""A message in words: a subject, a plain text of 78 columns, an HTML page of 600 pixels. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.columns import columns, wrapped
from alerts.corrections import Correction, correction
from alerts.digests import digest_subject, digest_view, is_over, notice_subject, notice_view
from alerts.lines import WIDTH, digest_lines, notice_lines
from alerts.passages import excerpt, passages
from alerts.plain import cut, one_line
from alerts.view import AlertView, alert_view, headline, label, marked, web_address
from news.alert import Message, MessageKind
from news.changes import Edit

__all__ = ["Framing", "excerpt", "html", "passages", "subject", "text"]

SUBJECT_MAX = 180
IS_TEST = "This is a test with an invented release. Nothing happened."
IS_REPEAT = "You may have had this message before: an earlier attempt ended without an answer."
TOGETHER = frozenset({MessageKind.BUNDLE, MessageKind.DIGEST})
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
    """`[rule] Correction: headline — issuer` on one line, at most 180 characters.

    `[rule +2]` where two others are true of it, too. Of what tells several alerts or none it begins with `[wirewatch]`,
    how many of which rules, or what is wrong.
    """
    if message.notice is not None:
        return notice_subject(message.notice)
    if message.kind in TOGETHER:
        return digest_subject(message)
    first = message.alerts[0]
    release = first.release
    others = len(message.alerts) - 1
    rule = one_line(first.rule_name, _NAME_IN_SUBJECT_MAX) + (f" +{others}" if others else "")
    title = one_line(headline(first), _HEADLINE_IN_SUBJECT_MAX) or "(no headline)"
    issuer = one_line(release.issuer or "", _NAME_IN_SUBJECT_MAX)
    test = "Test: " if message.kind is MessageKind.TEST else ""
    kind = f"{label(first)}: " if label(first) else ""
    by = f" — {issuer}" if issuer and issuer.casefold() not in title.casefold() else ""
    return cut(f"[{rule}] {test}{kind}{title}{by}", SUBJECT_MAX)


def html(message: Message, framing: Framing) -> str:
    """A whole page with its styles inline, nothing remote, light and dark; all text of strangers escaped."""
    name, shown = _content(message, framing)
    page = _TEMPLATES.get_template(name).render(
        subject=subject(message),
        is_test=IS_TEST,
        is_repeat=IS_REPEAT,
        framing=framing,
        public_url=web_address(framing.public_url),
        **shown,
    )
    return _INLINER.inline(page)


def _content(message: Message, framing: Framing) -> tuple[str, dict[str, Any]]:
    """The template of a message, and what stands in it."""
    if message.notice is not None:
        return "notice.html", {"notice": notice_view(message.notice), "over": is_over(message.notice)}
    if message.kind in TOGETHER:
        return "digest.html", {"digest": digest_view(message, framing.sent_at)}
    return "alert.html", {"alert": _single(message, framing), "test": message.kind is MessageKind.TEST}


def _single(message: Message, framing: Framing) -> AlertView:
    return alert_view(message.alerts, framing.sent_at, correction=correction(message.alerts[0]))


def text(message: Message, framing: Framing) -> str:
    """The twin of the page for readers without one: matched words stand between asterisks."""
    if message.notice is not None:
        return "\n".join([*notice_lines(message.notice), "", *_footer(framing)]) + "\n"
    if message.kind in TOGETHER:
        digest = digest_view(message, framing.sent_at)
        return "\n".join([*digest_lines(digest, framing.public_url), "", *_footer(framing)]) + "\n"
    lines: list[str] = []
    if message.kind is MessageKind.TEST:
        lines += [*wrapped(IS_TEST, WIDTH), ""]
    lines += _alert_lines(_single(message, framing))
    return "\n".join([*lines, "", *_footer(framing)]) + "\n"


def _alert_lines(view: AlertView) -> list[str]:
    label_prefix = f"{view.label.upper()}: " if view.label else ""
    title = wrapped(label_prefix + view.headline, WIDTH)
    lines = [*title, "-" * min(WIDTH, max(map(columns, title)))]
    lines += wrapped(" · ".join([view.wire, *([view.issuer] if view.issuer else []), *view.tickers]), WIDTH)
    lines += wrapped(view.dateline, WIDTH) if view.dateline else []
    lines += [""]
    for rule in view.rules:
        lines += wrapped(f"Rule {rule.name}: {rule.query}", WIDTH, rest="  ")
    lines += [f"… and {view.rules_left} more rules"] if view.rules_left else []
    lines += ["", *wrapped(view.note, WIDTH)] if view.note else []
    lines += _correction_lines(view.correction) if view.correction else []
    for shown in view.excerpts:
        lines += ["", *wrapped(marked(shown.pieces, "*"), WIDTH, first=f"  {shown.zone + ':':<13}", rest=" " * 15)]
    lines += ["", f"  … and {view.excerpts_left} more"] if view.excerpts_left else []
    lines += ["", *wrapped(view.stations.line, WIDTH), *wrapped(f"({view.stations.lateness})", WIDTH)]
    lines += ["", view.url] if view.url else []
    return lines + _also_lines(view)


def _correction_lines(told: Correction) -> list[str]:
    """What changed: `[-gone-]` and `{+new+}`, as word diffs are written."""
    signs = {Edit.KEPT: ("", ""), Edit.REMOVED: ("[-", "-]"), Edit.ADDED: ("{+", "+}")}
    lines = ["", "What changed:"] if told.places else []
    for place in told.places:
        text = "".join(f"{signs[edit][0]}{text}{signs[edit][1]}" for text, edit in place.pieces)
        lines += wrapped(text, WIDTH, first=f"  {place.zone + ':':<13}", rest=" " * 15)
    return lines + ([f"  … and {told.left} more {'place' if told.left == 1 else 'places'}"] if told.left else [])


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
        lines += wrapped(IS_REPEAT, WIDTH)
    return lines
