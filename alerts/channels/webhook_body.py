"""What a webhook says: `{"type", "timestamp", "data"}`, always below 20,000 bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from alerts.corrections import Correction, correction
from alerts.digests import together_of
from alerts.passages import excerpt
from alerts.plain import cut, unbroken
from alerts.view import all_matched
from news.alert import Alert, MatchedText, Message, MessageKind
from news.notice import Notice
from news.release import Span, iso, release_to_json

BODY_BYTES_MAX = 19_000
"""Standard Webhooks asks for payloads below 20 kB; an envelope around the body has room within them."""

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
    ("", "rules", 10),
)
# Should those not do: (characters of any string, items of any list), ever fewer.
_SQUEEZES = ((1_000, 20), (300, 10), (120, 5), (40, 3))
_URL_MAX = 2_000
_ITEMS_OF_A_MATCH = 4
_LEAD_IN_DIGEST_MAX, _MATCHES_IN_DIGEST_MAX, _RULES_MAX = 400, 5, 40
_QUERY_OF_SEVERAL_MAX = 300
_NAME_MAX, _TEXT_MAX = 100, 1_000


def webhook_data(alert: Alert) -> dict[str, Any]:
    """The `data` of one alert, uncut; the release as `wirewatch parse` prints it, less its body."""
    release = release_to_json(alert.release)
    del release["body"]
    spans = tuple(Span(hit.zone, hit.start, hit.end) for hit in alert.matched)
    release["id"] = alert.release_id
    release["excerpt"] = excerpt(alert.release, spans)
    latency = alert.latency
    told = correction(alert)
    return {
        "id": alert.id,
        "occasion": alert.occasion,
        "rule": _rule(alert),
        "story": {"id": alert.story_id, "also_on": [pickup._asdict() for pickup in alert.also_on]},
        "release": release,
        "matches": _matches(alert.matched),
        **({"correction": {**_correction(told), "still_matches": not alert.unmatched}} if told else {}),
        "latency": {
            "stamped": iso(latency.stamped),
            "seen": iso(latency.seen),
            "stored": iso(latency.stored),
            "matched": iso(latency.matched),
        },
    }


def _rule(alert: Alert) -> dict[str, Any]:
    return {"id": alert.rule_id, "name": alert.rule_name, "query": alert.rule_query}


def _matches(matched: Iterable[MatchedText]) -> list[list[Any]]:
    return [[hit.zone.value, hit.start, hit.end, hit.text] for hit in matched]


def _correction(told: Correction) -> dict[str, Any]:
    """`changes` are the first places: the zone, and stretches of words that were kept, removed or added."""
    return {
        "changes": [
            {"zone": place.zone, "words": [[edit.value, text] for text, edit in place.pieces]} for place in told.places
        ],
        "left": told.left,
        "figures": {"removed": list(told.removed_figures), "added": list(told.added_figures)},
    }


def webhook_body(message: Message) -> dict[str, Any]:
    """The body of one message; `timestamp` is when it was made, so that every attempt sends the same bytes.

    `data.rules` are all the rules that it tells of, with the alert of each; `data.rule` and `data.id` are the first's.

    What had to be shortened to fit is named in `data.cut`; the rest of it stands under the release's `url`.
    """
    body: dict[str, Any] = {"type": _type(message), "timestamp": iso(message.made_at)}
    if message.notice is not None:
        return _shortened(body | {"data": notice_data(message.notice)}, "incidents")
    if message.kind is MessageKind.BUNDLE or message.kind is MessageKind.DIGEST:
        return _digest(body, message)
    alerts = [webhook_data(message.alerts[0])]
    alerts[0]["matches"] = _matches(all_matched(message.alerts))
    alerts[0]["rules"] = [
        {"alert": each.id, **_rule(each), "query": cut(each.rule_query, _QUERY_OF_SEVERAL_MAX)}
        for each in message.alerts
    ]
    return _fitted(body | {"data": alerts[0]}, alerts)


def cloud_event(body: dict[str, Any], *, key: str, archive: str) -> dict[str, Any]:
    """`body` in the envelope of CloudEvents 1.0, structured JSON: `id` is the `webhook-id`, stable over attempts.

    A receiver that knows the one form finds `type` and `data` at the same place in the other.
    """
    return {
        "specversion": "1.0",
        "id": key,
        "source": f"/wirewatch/{quote(unbroken(archive), safe='')}",
        "type": f"wirewatch.{body['type']}",
        "time": body["timestamp"],
        "datacontenttype": "application/json",
        "data": body["data"],
    }


def _digest(body: dict[str, Any], message: Message) -> dict[str, Any]:
    """`data.alerts` are the newest, as many as fit, in the form of single ones with the long parts left empty.

    `data.count` counts all of them and `data.left` those that are not among `alerts`.
    """
    together = together_of(message)
    alerts = [_shorter(webhook_data(alert)) for alert in message.alerts]
    data: dict[str, Any] = {
        "reason": together.reason.value,
        "since": iso(together.since),
        "until": iso(together.until),
        "count": together.count,
        "rules": [{"name": cut(name, _NAME_MAX), "count": count} for name, count in together.rules[:_RULES_MAX]],
        "alerts": alerts,
        "left": 0,
    }
    fitted = _fitted(body | {"data": data}, alerts)
    data["left"] = together.count - len(data["alerts"])
    return fitted


def notice_data(notice: Notice) -> dict[str, Any]:
    """The `data` of a notice. `source`, `kind`, `since` and `until` are null where the incidents differ in them."""
    incidents = [
        {
            "source": trouble.source,
            "kind": trouble.kind.value,
            "since": iso(trouble.since),
            "until": iso(trouble.until),
            "detail": trouble.detail,
        }
        for trouble in notice.troubles
    ]
    shared = {
        name: values.pop() if len(values := {row[name] for row in incidents}) == 1 else None
        for name in ("source", "kind", "since", "until")
    }
    return {
        "subject": notice.subject,
        "sentence": notice.sentence,
        "what_to_do": notice.advice,
        **shared,
        "count": len(incidents),
        "incidents": incidents,
        "left": 0,
    }


def _shorter(alert: dict[str, Any]) -> dict[str, Any]:
    release = alert["release"]
    for key in ("boilerplate", "contact"):
        release[key] = ""
    for key in ("links", "images", "documents", "translations"):
        release[key] = []
    release["lead"] = cut(release["lead"] or "", _LEAD_IN_DIGEST_MAX)
    alert["matches"] = alert["matches"][:_MATCHES_IN_DIGEST_MAX]
    return alert


def _shortened(body: dict[str, Any], name: str) -> dict[str, Any]:
    """`body` with ever fewer items in the list `name` of its data, until it fits; `left` counts the others."""
    data = body["data"]
    whole = len(data[name])
    for row in data[name]:
        row.update({key: cut(value, _NAME_MAX * 2) for key, value in row.items() if isinstance(value, str)})
    data.update({key: cut(value, _TEXT_MAX) for key, value in data.items() if isinstance(value, str)})
    while not _fits(body) and data[name]:
        data[name] = data[name][: len(data[name]) * 3 // 4]
    data["left"] = whole - len(data[name])
    return body


def encoded(body: dict[str, Any]) -> str:
    """Compact JSON that UTF-8 can carry; letters beyond ASCII stay letters."""
    return unbroken(json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _type(message: Message) -> str:
    if message.kind is MessageKind.TEST:
        return "channel.test"
    if message.notice is not None:
        return message.notice.type.value
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
            if len(holder.get(key) or "") > limit:
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
