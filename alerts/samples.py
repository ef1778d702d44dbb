"""An invented alert, to try a channel with."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.keys import delivery_key, thread_key
from news.alert import Alert, Delivery, Latency, MatchedText, Message, MessageKind, Pickup
from news.release import Dateline, Precision, Release, StampSource, Zone, first_paragraph

_BODY = (
    "Acme Kites, maker of kites for calm days, today opened a test field for its solar kite on the edge of town. "
    "The solar kite stays aloft on light alone, the company says.\n\n"
    "“A solar kite needs no wind and no patience,” said the head of flight."
)
_HEADLINE = "Acme Kites opens a field for its solar kite"


def test_message(now: datetime) -> Message:
    """A message of kind `test` whose one release says on every line that it is invented."""
    release = Release(
        wire="example",
        headline=_HEADLINE,
        url="https://example.org/releases/solar-kite",
        dateline=Dateline(text="SPRINGFIELD, Ill. /Example Wire/ --", place="SPRINGFIELD, Ill.", wire="Example Wire"),
        published_at=now - timedelta(seconds=41),
        published_at_source=StampSource.FEED,
        time_precision=Precision.SECOND,
        issuer="Acme Kites",
        tickers=("EXAMPLE:KITE",),
        language="en",
        body=_BODY,
        lead_span=first_paragraph(_BODY),
    )
    alert = Alert(
        id=0,
        occasion="first",
        rule_id=0,
        rule_uid="00000000-0000-4000-8000-000000000000",
        rule_name="test",
        rule_query='"solar kite"',
        story_id=0,
        release_id=0,
        release=release,
        matched=_found("solar kite", release),
        latency=Latency(
            stamped=now - timedelta(seconds=41),
            seen=now - timedelta(seconds=2),
            stored=now - timedelta(seconds=1),
            matched=now - timedelta(seconds=1),
        ),
        made_at=now,
        also_on=(Pickup("another-wire", "https://example.net/solar-kite"),),
    )
    return Message(id=0, kind=MessageKind.TEST, alerts=(alert,), made_at=now)


def test_delivery(*, channel: str, recipient: str, now: datetime) -> Delivery:
    """The test message on its way to one recipient, under an id of its own each time."""
    told = now.isoformat()
    return Delivery(
        id=0,
        key=delivery_key(
            archive_uid="test",
            rule_uid="test",
            release_identity=told,
            occasion="test",
            channel=channel,
            recipient=recipient,
        ),
        thread=thread_key(archive_uid="test", story_identity=told, channel=channel, recipient=recipient),
        message=test_message(now),
        channel=channel,
        recipient=recipient,
        attempts=0,
        due_at=now,
    )


def _found(words: str, release: Release) -> tuple[MatchedText, ...]:
    found: list[MatchedText] = []
    for zone in (Zone.HEADLINE, Zone.BODY):
        text = release.zone(zone)
        at = text.find(words)
        while at >= 0:
            found.append(MatchedText(zone, at, at + len(words), words))
            at = text.find(words, at + len(words))
    return tuple(found)
