import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import samples
from alerts.channels.webhook_body import BODY_BYTES_MAX, encoded, webhook_body, webhook_data
from news.alert import MatchedText, MessageKind, Pickup
from news.release import Dateline, Zone, release_to_json

NOW = datetime(2026, 3, 2, 14, 30, 41, tzinfo=UTC)
SAMPLE = samples.test_message(NOW)


def message(*, kind=MessageKind.SINGLE, count=1, occasion="first", matched=None, also_on=(), query="q", **release):
    alert = SAMPLE.alerts[0]
    alert = replace(
        alert,
        occasion=occasion,
        rule_query=query,
        also_on=also_on,
        matched=alert.matched if matched is None else matched,
        release=replace(alert.release, **release),
    )
    return replace(SAMPLE, kind=kind, alerts=(alert,) * count)


def size(body):
    return len(encoded(body).encode("utf-8"))


def test_the_data_is_the_release_without_its_body_and_all_that_was_promised():
    alert = SAMPLE.alerts[0]
    data = webhook_data(alert)
    assert list(data) == ["id", "occasion", "rule", "story", "release", "matches", "latency"]
    assert data["rule"] == {"id": 0, "name": "test", "query": '"solar kite"'}
    assert data["story"] == {
        "id": 0,
        "also_on": [{"wire": "another-wire", "url": "https://example.net/solar-kite", "language": None}],
    }
    assert set(data["release"]) == set(release_to_json(alert.release)) - {"body"} | {"id", "excerpt"}
    assert "solar kite" in data["release"]["excerpt"]
    assert data["matches"][0] == ["headline", 33, 43, "solar kite"]
    assert data["latency"] == {
        "stamped": "2026-03-02T14:30:00Z",
        "seen": "2026-03-02T14:30:39Z",
        "stored": "2026-03-02T14:30:40Z",
        "matched": "2026-03-02T14:30:40Z",
    }


@pytest.mark.parametrize(
    ("kind", "occasion", "told"),
    [
        (MessageKind.SINGLE, "first", "release.matched"),
        (MessageKind.SINGLE, "replay:1", "release.matched"),
        (MessageKind.SINGLE, "revision:9", "release.corrected"),
        (MessageKind.SINGLE, "withdrawal:9", "release.withdrawn"),
        (MessageKind.TEST, "first", "channel.test"),
        (MessageKind.DIGEST, "first", "digest"),
    ],
)
def test_the_type_is_told_by_the_occasion(kind, occasion, told):
    body = webhook_body(message(kind=kind, occasion=occasion))
    assert (body["type"], body["timestamp"]) == (told, "2026-03-02T14:30:41Z")


def test_what_fits_is_not_cut():
    assert "cut" not in webhook_body(message())["data"]


def test_what_is_cut_is_named_and_the_least_needed_goes_first():
    body = webhook_body(message(boilerplate="b" * 30_000, body="solar kite. " * 90, lead_span=(0, 1_000)))
    assert body["data"]["cut"] == ["release.boilerplate"]
    assert body["data"]["release"]["boilerplate"].endswith("…")
    assert len(body["data"]["release"]["lead"]) == 1_000


def test_a_digest_of_many_is_counted_where_it_cannot_be_listed():
    body = webhook_body(message(kind=MessageKind.DIGEST, count=300))
    assert size(body) <= BODY_BYTES_MAX
    assert body["data"]["count"] == 300
    assert 1 <= len(body["data"]["alerts"]) < 300


def test_an_address_is_whole_or_gone():
    url = "https://example.org/" + "x" * 30_000
    assert webhook_body(message(url=url))["data"]["release"]["url"] is None


# Drawn small and blown up in the test: what hypothesis prints of an example stays readable.
LENGTH = st.sampled_from([0, 1, 300, 9_000, 40_000])
SEED = st.tuples(st.text(min_size=1, max_size=4), LENGTH)
TEXT_FIELDS = ("headline", "body", "boilerplate", "contact", "wire", "issuer", "url")
LIST_FIELDS = ("subtitles", "tickers", "isins", "links", "images", "documents")


def words(seed):
    text, length = seed
    return (text * length)[:length]


def items(seed):
    text, length = seed
    return (text * 40,) * (length // 20)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys(TEXT_FIELDS, SEED)),
    st.fixed_dictionaries(dict.fromkeys(LIST_FIELDS, SEED)),
    SEED,
    SEED,
    st.integers(0, 3000),
)
def test_any_release_fits_and_is_json(texts, lists, query, pickups, hits):
    release = {field: words(seed) for field, seed in texts.items()} | {
        field: items(seed) for field, seed in lists.items()
    }
    body = webhook_body(
        message(
            lead_span=(0, len(release["body"])),
            dateline=Dateline(text=release["headline"], place=release["wire"], date=date(2026, 3, 2)),
            matched=tuple(MatchedText(Zone.BODY, n, n + 1, "x") for n in range(hits)),
            also_on=tuple(Pickup(wire, "https://example.org/") for wire in items(pickups)),
            query=words(query),
            **release,
        )
    )
    told = json.loads(encoded(body).encode("utf-8"))
    assert size(body) <= BODY_BYTES_MAX
    assert all(len(match) == 4 for match in told["data"]["matches"])
    assert {"id", "occasion", "rule", "story", "release", "matches", "latency"} <= set(told["data"])
