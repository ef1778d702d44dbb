"""What a webhook says: `{"type", "timestamp", "data"}`, always below 20,000 bytes."""

from __future__ import annotations

import json
from typing import Any

from alerts.passages import excerpt
from alerts.plain import cut, unbroken
from news.alert import Alert, Message, MessageKind
from news.release import Span, iso, release_to_json

BODY_BYTES_MAX = 19_999
"""Standard Webhooks asks for payloads below 20 kB."""

# What gives way first, and to how many characters or items, one after the other until the body fits.
_CUTS = (
    ("release", "boilerplate", 400),
    ("release", "contact", 300),
    ("release", "links", 5),
    ("release", "images", 3),
    ("release", "documents", 5),
    ("release", "translations", 5),
    ("release", "lead", 1_500),
    ("", "matches", 50),
    ("story", "also_on", 10),
    ("rule", "query", 1_000),
)
# Should those not do: (characters of any string, items of any list), ever fewer.
_SQUEEZES = ((1_000, 20), (300, 10), (120, 5), (40, 3))
_URL_MAX = 2_000
_ITEMS_OF_A_MATCH = 4


def webhook_data(alert: Alert) -> dict[str, Any]:
    """The `data` of one alert, uncut; the release as `wirewatch parse` prints it, less its body."""
    release = release_to_json(alert.release)
    del release["body"]
    spans = tuple(Span(hit.zone, hit.start, hit.end) for hit in alert.matched)
    release["id"] = alert.release_id
    release["excerpt"] = excerpt(alert.release, spans)
    latency = alert.latency
    return {
        "id": alert.id,
        "occasion": alert.occasion,
        "rule": {"id": alert.rule_id, "name": alert.rule_name, "query": alert.rule_query},
        "story": {"id": alert.story_id, "also_on": [{"wire": wire, "url": url} for wire, url in alert.also_on]},
        "release": release,
        "matches": [[hit.zone.value, hit.start, hit.end, hit.text] for hit in alert.matched],
        "latency": {
            "stamped": iso(latency.stamped),
            "seen": iso(latency.seen),
            "stored": iso(latency.stored),
            "matched": iso(latency.matched),
        },
    }


def webhook_body(message: Message) -> dict[str, Any]:
    """The body of one message; `timestamp` is when it was made, so that every attempt sends the same bytes.

    What had to be shortened to fit is named in `data.cut`; the rest of it stands under the release's `url`.
    """
    alerts = [webhook_data(alert) for alert in message.alerts]
    body = {"type": _type(message), "timestamp": iso(message.made_at), "data": alerts[0]}
    if message.kind is MessageKind.BUNDLE or message.kind is MessageKind.DIGEST:
        body["data"] = {"count": len(alerts), "alerts": alerts}
    return _fitted(body, alerts)


def encoded(body: dict[str, Any]) -> str:
    """Compact JSON that UTF-8 can carry; letters beyond ASCII stay letters."""
    return unbroken(json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _type(message: Message) -> str:
    if message.kind is MessageKind.TEST:
        return "channel.test"
    if message.kind is not MessageKind.SINGLE:
        return "digest"
    told, _, _ = message.alerts[0].occasion.partition(":")
    return {"revision": "release.corrected", "withdrawal": "release.withdrawn"}.get(told, "release.matched")


def _fits(body: dict[str, Any]) -> bool:
    return len(encoded(body).encode("utf-8")) <= BODY_BYTES_MAX


def _fitted(body: dict[str, Any], alerts: list[dict[str, Any]]) -> dict[str, Any]:
    """`body` made to fit; `alerts` are the parts of it that may be cut, in place."""
    for part, key, limit in _CUTS:
        if _fits(body):
            return body
        for alert in alerts:
            holder = alert[part] if part else alert
            if len(holder[key] or "") > limit:
                held = holder[key]
                holder[key] = cut(held, limit) if isinstance(held, str) else held[:limit]
                alert.setdefault("cut", []).append(f"{part}.{key}" if part else key)
    for characters, items in _SQUEEZES:
        if _fits(body):
            return body
        for alert in alerts:
            alert.update({key: _kept(key, value, characters, items) for key, value in alert.items()})
            alert["cut"] = ["all"]
    # Only a digest has so many parts; the rest of them is counted, and shown where the alerts are listed.
    while not _fits(body) and len(alerts) > 1:
        alerts = body["data"]["alerts"] = alerts[: len(alerts) * 3 // 4]
    return body


def _squeezed(value: object, characters: int, items: int) -> object:
    match value:
        case str():
            return cut(value, characters)
        case list():
            return [_squeezed(item, characters, items) for item in value[: max(items, _ITEMS_OF_A_MATCH)]]
        case dict():
            return {key: _kept(key, item, characters, items) for key, item in value.items()}
        case _:
            return value


def _kept(key: str, value: object, characters: int, items: int) -> object:
    # Half an address leads nowhere: it goes whole or not at all.
    if key == "url" and isinstance(value, str):
        return value if len(value) <= min(characters * 20, _URL_MAX) else None
    return _squeezed(value, characters, items)
