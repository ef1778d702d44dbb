"""What a correction changed, as readers are shown it by mail, webhook and chat."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from alerts import samples
from alerts.card import card
from alerts.channels.webhook_body import BODY_BYTES_MAX, encoded, webhook_body
from alerts.corrections import PLACES_MAX, correction
from alerts.render import Framing, html, text
from news.alert import Alert, Message, MessageKind
from news.changes import Edit

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
FRAMING = Framing(sent_at=NOW, archive_name="desk")


def corrected(**before: str) -> Message:
    message = samples.test_message(NOW)
    [alert] = message.alerts
    earlier = replace(alert.release, **before)
    later = replace(alert, occasion="revision:7", before=earlier)
    return replace(message, kind=MessageKind.SINGLE, alerts=(later,))


def only(message: Message) -> Alert:
    [alert] = message.alerts
    return alert


def test_the_changed_words_are_shown_among_those_around_them() -> None:
    message = corrected(
        headline="Acme Kites opens a field for its lunar kite",
        body=only(corrected()).release.body.replace("light alone", "3 volts <b>alone"),
    )
    told = correction(only(message))
    assert told is not None
    assert [place.zone for place in told.places] == ["headline", "body"]
    assert [piece for piece in told.places[0].pieces if piece[1] is not Edit.KEPT] == [
        ("lunar", Edit.REMOVED),
        ("solar", Edit.ADDED),
    ]
    assert (told.removed_figures, told.added_figures) == (("3",), ())
    page = html(message, FRAMING)
    assert "What changed" in page
    assert ">lunar</del>" in page
    assert ">solar</ins>" in page
    assert "&lt;b&gt;alone" in page
    plain = text(message, FRAMING)
    assert "[-lunar-]{+solar+}" in plain
    assert "changed in the headline:" in "\n".join(line.text for line in card(message, FRAMING).lines)
    data = webhook_body(message)["data"]["correction"]
    assert ["removed", "lunar"] in data["changes"][0]["words"]
    assert data["figures"] == {"removed": ["3"], "added": []}


def test_the_mark_of_a_correction_is_no_change_of_its_headline() -> None:
    message = corrected(headline="Acme Kites opens a field", body="It measured 39 hectares.")
    alert = only(message)
    marked = replace(alert.release, headline="CORRECTING and REPLACING Acme Kites opens a field")
    told = correction(replace(alert, release=marked))
    assert told is not None
    assert {place.zone for place in told.places} == {"body"}


def test_a_first_text_has_no_correction() -> None:
    message = samples.test_message(NOW)
    assert correction(only(message)) is None
    assert "What changed" not in html(message, FRAMING)
    assert "correction" not in webhook_body(message)["data"]


def test_a_later_text_that_says_the_same_shows_no_change() -> None:
    message = corrected()
    told = correction(only(message))
    assert told is not None
    assert told.places == ()
    assert "What changed" not in html(message, FRAMING) + text(message, FRAMING)


def test_very_many_changes_are_cut_and_counted_and_fit_a_webhook() -> None:
    paragraphs = [f"Paragraph {n} says {'this and that ' * 30}{n}." for n in range(400)]
    message = corrected(body="\n\n".join(paragraphs))
    alert = only(message)
    later = "\n\n".join(paragraph.replace("says", "said").replace("that", "those") for paragraph in paragraphs)
    message = replace(message, alerts=(replace(alert, release=replace(alert.release, body=later)),))
    told = correction(only(message))
    assert told is not None
    assert len(told.places) == PLACES_MAX
    assert f"and {told.left} more places" in text(message, FRAMING)
    body = encoded(webhook_body(message))
    assert len(body.encode()) <= BODY_BYTES_MAX
    assert json.loads(body)["data"]["release"]["url"]
    assert len(html(message, FRAMING)) < 60_000
