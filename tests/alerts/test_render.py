from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import samples
from alerts.columns import columns, wrapped
from alerts.render import SUBJECT_MAX, WIDTH, Framing, html, subject, text
from alerts.stations import span_words, stations
from alerts.view import all_matched
from news.alert import MatchedText, MessageKind, Pickup
from news.release import Completeness, Kind, Precision, Zone

NOW = datetime(2026, 3, 2, 14, 30, 41, tzinfo=UTC)
FRAMING = Framing(sent_at=NOW, archive_name="desk", public_url="https://monitor.example.org")
SAMPLE = samples.test_message(NOW)


def message(*, kind=MessageKind.SINGLE, occasion="first", also_on=None, latency=None, **release):
    alert = SAMPLE.alerts[0]
    alert = replace(alert, occasion=occasion, release=replace(alert.release, **release))
    alert = replace(alert, also_on=alert.also_on if also_on is None else also_on, latency=latency or alert.latency)
    return replace(SAMPLE, kind=kind, alerts=(alert,))


def several(*rules):
    """What the named rules tell of one release, each by another stretch of its body."""
    alert, body = SAMPLE.alerts[0], SAMPLE.alerts[0].release.body
    hits = [(start, start + 20) for start in range(0, 15 * len(rules), 15)]
    return replace(
        SAMPLE,
        kind=MessageKind.SINGLE,
        alerts=tuple(
            replace(
                alert,
                id=n,
                rule_name=name,
                rule_query=f"q{n}",
                matched=(MatchedText(Zone.BODY, *hit, body[slice(*hit)]),),
            )
            for n, (name, hit) in enumerate(zip(rules, hits, strict=True))
        ),
    )


def test_what_several_rules_tell_of_one_release_is_told_once_and_names_them_all():
    told = several("Kites", "Silk", "Fields")
    assert subject(told).startswith("[Kites +2] ")
    plain, page = text(told, FRAMING), html(told, FRAMING)
    for n, name in enumerate(("Kites", "Silk", "Fields")):
        assert f"Rule {name}: q{n}" in plain
        assert f">{name}</span>" in page
    # Their stretches overlap: they are one.
    assert [(hit.start, hit.end) for hit in all_matched(told.alerts)] == [(0, 50)]
    assert all_matched(told.alerts)[0].text == told.alerts[0].release.body[:50]
    assert page.count("<h1") == 1


def test_of_very_many_rules_the_first_are_named_and_the_others_counted():
    told = several(*(f"Rule-{n}" for n in range(12)))
    assert subject(told).startswith("[Rule-0 +11] ")
    assert "… and 4 more rules" in text(told, FRAMING)
    assert "… and 4 more rules" in html(told, FRAMING)


class Page(HTMLParser):
    """Tags and addresses as a reader's program sees them."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.links, self.remote, self.bold, self._in_bold = [], [], [], [], False
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        named = dict(attrs)
        self.links += [named["href"]] if "href" in named else []
        self.remote += [named[key] for key in ("src", "background") if key in named]
        self._in_bold = tag == "b"

    def handle_endtag(self, tag):
        self._in_bold = False

    def handle_data(self, data):
        self.bold += [data] if self._in_bold else []


def test_the_text_says_rule_words_zone_wire_way_and_link():
    shown = text(message(), FRAMING)
    for part in (
        'Rule test: "solar kite"',
        "headline:    Acme Kites opens a field for its *solar kite*",
        "lead:        Acme Kites, maker of kites",
        "example · Acme Kites · EXAMPLE:KITE",
        "SPRINGFIELD, Ill. /Example Wire/ --",
        "(sent 41 seconds after the wire's stamp)",
        "https://example.org/releases/solar-kite",
        "https://example.net/solar-kite",
    ):
        assert part in shown
    way = " ".join(shown.split())
    assert (
        "wire stamp 2 Mar 2026, 14:30:00 → seen 14:30:39 → stored 14:30:40 → matched 14:30:40 → sent 14:30:41 UTC"
        in way
    )


def test_the_page_marks_exactly_the_words_that_matched():
    page = Page(html(message(), FRAMING))
    assert page.bold == ["solar kite"] * 4


def test_the_page_loads_nothing_and_keeps_its_dark_colours():
    source = html(message(), FRAMING)
    page = Page(source)
    assert page.remote == []
    assert not {"img", "script", "link", "iframe", "form"} & set(page.tags)
    assert "@media (prefers-color-scheme: dark)" in source
    assert '<h1 class="headline" dir="auto" style="' in source


HOSTILE = '</title><script>alert(1)</script><img src=x onerror=alert(1)> " onmouseover="x'


def test_hostile_markup_is_text_wherever_it_stands():
    hostile = message(
        headline=HOSTILE,
        issuer=HOSTILE,
        tickers=(HOSTILE,),
        wire=HOSTILE,
        body=HOSTILE,
        lead_span=(0, len(HOSTILE)),
        also_on=(Pickup(HOSTILE, "https://example.org/?a=<b>&c=\"d'"),),
    )
    at = HOSTILE.index("alert")
    alert = replace(
        hostile.alerts[0],
        rule_name=HOSTILE,
        rule_query=HOSTILE,
        matched=(MatchedText(Zone.BODY, at, at + 5, "alert"),),
    )
    source = html(replace(hostile, alerts=(alert,)), Framing(sent_at=NOW, archive_name=HOSTILE))
    assert not {"script", "img"} & set(Page(source).tags)
    assert "onerror" not in [name for name, _ in _attributes(source)]


def _attributes(source):
    found = []

    class Attributes(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend(attrs)

    Attributes().feed(source)
    return found


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//example.org", "https://", "ftp://x/y", "https://a b/", None]
)
def test_only_web_addresses_become_links(url):
    shown = message(url=url, also_on=(Pickup("elsewhere", url),))
    plain = replace(FRAMING, public_url=None)
    assert Page(html(shown, plain)).links == []
    assert url is None or url not in text(shown, plain)


@pytest.mark.parametrize(
    ("occasion", "kind", "word"),
    [
        ("revision:9", Kind.CORRECTION, "Correction"),
        ("revision:9", Kind.UPDATE, "Update"),
        ("revision:9", Kind.RELEASE, "Revised"),
        ("withdrawal:9", Kind.WITHDRAWAL, "Withdrawn"),
        ("first", Kind.ADVISORY, "Advisory"),
    ],
)
def test_a_later_version_says_what_kind_it_is_in_subject_text_and_page(occasion, kind, word):
    shown = message(occasion=occasion, kind=MessageKind.SINGLE)
    shown = replace(shown, alerts=(replace(shown.alerts[0], release=replace(shown.alerts[0].release, kind=kind)),))
    assert subject(shown).startswith(f"[test] {word}: Acme Kites")
    assert text(shown, FRAMING).startswith(f"{word.upper()}: ")
    assert f">{word}</span>" in html(shown, FRAMING)


def test_a_teaser_says_so():
    assert subject(message(completeness=Completeness.TEASER)).startswith("[test] Teaser: ")


def test_the_subject_names_the_issuer_unless_the_headline_does():
    assert subject(message()) == "[test] Acme Kites opens a field for its solar kite"
    assert subject(message(issuer="Acme Sails")).endswith("solar kite — Acme Sails")


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=100))
def test_a_subject_is_one_bounded_line_without_hidden_characters(headline, issuer):
    shown = subject(message(headline=headline, issuer=issuer))
    assert len(shown) <= SUBJECT_MAX
    assert not any(ord(char) < 32 or char in "\u202e\u2066\u200b\u2028\x7f\ufeff" for char in shown)
    shown.encode("utf-8")


def test_reordering_characters_are_gone_and_joiners_of_persian_stay():
    shown = message(headline="\u202eevil\u2066 Acme\u200b Kites می\u200cشود")
    for form in (subject(shown), text(shown, FRAMING), html(shown, FRAMING)):
        assert "evil Acme Kites می\u200cشود" in form
        assert not set(form) & set("\u202e\u2066\u200b")


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "headline": st.text(max_size=600),
            "issuer": st.none() | st.text(max_size=300),
            "body": st.text(max_size=300),
            "wire": st.text(max_size=40),
            "url": st.none() | st.text(max_size=60),
        }
    )
)
def test_any_text_renders_and_can_be_encoded(release):
    shown = message(lead_span=None, **release)
    text(shown, FRAMING).encode("utf-8")
    html(shown, FRAMING).encode("utf-8")


def test_over_long_text_is_cut_and_the_link_stays():
    shown = message(headline="word " * 5000, body="solar kite " * 50_000)
    told = text(shown, FRAMING)
    assert len(told) < 6000
    assert "https://example.org/releases/solar-kite" in told
    assert len(html(shown, FRAMING)) < 40_000


@settings(deadline=None)
@given(st.lists(st.sampled_from(["word", "刀片电池更安全。", "größer", "بطارية", "a", "—"]), max_size=80))
def test_lines_of_the_text_fit_their_columns(words):
    joined = " ".join(words)
    lines = wrapped(joined, 40, first="  x: ", rest="     ")
    assert all(columns(line) <= 42 for line in lines)
    assert "".join("".join(lines).split()) == "x:" + "".join(joined.split())


def test_the_sample_fits_seventy_eight_columns():
    assert all(columns(line) <= WIDTH for line in text(message(), FRAMING).splitlines())


def test_a_test_message_says_that_it_is_invented():
    assert subject(SAMPLE).startswith("[test] Test: ")
    assert "Nothing happened" in text(SAMPLE, FRAMING)
    assert "Nothing happened" in html(SAMPLE, FRAMING)


def test_a_message_of_many_alerts_shows_some_and_counts_the_rest():
    many = replace(message(), kind=MessageKind.DIGEST, alerts=message().alerts * 40)
    assert subject(many) == "[wirewatch] 40 alerts on releases found late: test (40)"
    assert "… and 15 more: https://monitor.example.org" in text(many, FRAMING)
    page = Page(html(many, FRAMING))
    assert page.tags.count("h2") == 25
    assert page.links.count("https://example.org/releases/solar-kite") == 25


def test_a_repeat_says_that_it_may_be_one():
    repeat = replace(FRAMING, repeat=True)
    assert "You may have had this message before" in text(message(), repeat)
    assert "You may have had this message before" in html(message(), repeat)
    assert "You may have had" not in text(message(), FRAMING)


def test_a_stamp_of_day_precision_is_a_date_without_lateness():
    day = datetime(2022, 9, 9, tzinfo=UTC)
    latency = replace(SAMPLE.alerts[0].latency, stamped=None)
    shown = message(published_at=day, time_precision=Precision.DAY, latency=latency).alerts[0]
    told = stations(shown, NOW)
    assert told.line.startswith("wire stamp 9 Sep 2022 → seen 2 Mar 2026, 14:30:39 → stored 14:30:40")
    assert told.lateness == "the wire gives no time of day, so no lateness can be told"


@pytest.mark.parametrize(
    ("stamped", "precision", "words"),
    [
        (NOW - timedelta(seconds=41), Precision.SECOND, "sent 41 seconds after the wire's stamp"),
        (NOW + timedelta(minutes=2), Precision.SECOND, "sent 2 minutes before the wire's own stamp"),
        (NOW - timedelta(seconds=200), Precision.MINUTE, "sent about 3 minutes after the wire's stamp"),
        (NOW - timedelta(seconds=41), Precision.MINUTE, "sent within a minute of the wire's stamp"),
        (NOW - timedelta(days=3, hours=2, minutes=5), Precision.SECOND, "sent 3 days 2 hours after the wire's stamp"),
    ],
)
def test_lateness_is_told_in_words_as_exactly_as_the_stamp_is(stamped, precision, words):
    latency = replace(SAMPLE.alerts[0].latency, stamped=stamped)
    shown = message(published_at=stamped, time_precision=precision, latency=latency)
    assert stations(shown.alerts[0], NOW).lateness == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "less than a second"), (1, "1 second"), (3600, "1 hour"), (3605, "1 hour"), (90_061, "1 day 1 hour")],
)
def test_a_span_of_time_in_its_two_largest_units(seconds, words):
    assert span_words(seconds) == words
