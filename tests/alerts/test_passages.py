from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.passages import excerpt, excerpts, passages, sentences
from alerts.plain import visible
from alerts.view import marked
from news.alert import MatchedText
from news.release import Release, Span, Zone, first_paragraph

TEXTS = st.text(alphabet="ab .!?\n。”\u202e\u200bé刀", max_size=120)


def release(body, **more):
    return Release(wire="w", headline="H", body=body, lead_span=first_paragraph(body), **more)


def hits(text, word, zone=Zone.BODY):
    found, at = [], text.find(word)
    while at >= 0:
        found.append(MatchedText(zone, at, at + len(word), word))
        at = text.find(word, at + 1)
    return found


def test_hits_in_one_sentence_share_its_excerpt_and_further_ones_are_counted():
    body = "A kite and a kite. No such thing. " + "One kite more. " * 8
    shown, left = excerpts(release(body), hits(body, "kite"), count_max=3)
    assert [marked(one.pieces, "*") for one in shown] == [
        "A *kite* and a *kite*.",
        "One *kite* more.",
        "One *kite* more.",
    ]
    assert left == 6


def test_chinese_sentences_end_without_a_space():
    body = "今天开工。刀片电池更安全。明天结束。"
    shown, _ = excerpts(release(body), hits(body, "刀片电池"))
    assert marked(shown[0].pieces, "*") == "*刀片电池*更安全。"


def test_the_zone_is_named_and_the_lead_of_the_body_is_the_lead():
    body = "A kite.\n\nA kite."
    headline = [MatchedText(Zone.CONTACT, 9, 13, "kite")]
    shown, _ = excerpts(release(body, contact="Jane Doe\nkite desk\n555"), hits(body, "kite") + headline)
    assert [one.zone for one in shown] == ["lead", "body", "contact"]
    assert shown[2].text == "kite desk"


def test_a_sentence_without_end_is_shown_as_a_window_around_the_hit():
    body = "word " * 5000 + "kite " + "word " * 5000
    shown, _ = excerpts(release(body), hits(body, "kite"), chars_max=100)
    assert len(shown[0].text) <= 102
    assert marked(shown[0].pieces, "*").startswith("…word")
    assert "*kite*" in marked(shown[0].pieces, "*")


def test_offsets_that_no_longer_fit_show_the_words_alone():
    shown, left = excerpts(release("Something else."), [MatchedText(Zone.BODY, 400, 404, "kite")])
    assert (marked(shown[0].pieces, "*"), left) == ("*kite*", 0)


def test_a_hit_longer_than_the_window_is_cut_not_lost():
    body = "x" * 5000
    shown, _ = excerpts(release(body), [MatchedText(Zone.BODY, 0, 5000, body)], chars_max=100)
    assert "xxx" in shown[0].text
    assert len(shown[0].text) <= 102


def test_the_excerpt_prefers_the_body_over_the_headline_and_falls_back_to_the_lead():
    body = "The lead.\n\nA kite flew."
    spans = (Span(Zone.HEADLINE, 0, 1), Span(Zone.BODY, 13, 17))
    assert excerpt(release(body), spans) == "A kite flew."
    assert excerpt(release(body), spans[:1]) == "The lead."
    assert excerpt(release(""), ()) == "H"


@settings(deadline=None)
@given(TEXTS, st.integers(0, 119), st.integers(1, 30))
def test_every_passage_holds_its_span_and_is_made_of_the_releases_own_sentences(body, start, size):
    start = min(start, len(body))
    end = min(len(body), start + size)
    told = passages(release(body), (Span(Zone.BODY, start, end),))
    assert len(told) == 1
    assert "".join(body[start:end].split()) in "".join(told[0].split())


@settings(deadline=None)
@given(TEXTS, st.integers(0, 119))
def test_the_passage_of_a_character_is_among_the_sentences_of_the_same_text(body, at):
    if at >= len(body) or body[at].isspace():
        return
    assert set(passages(release(body), (Span(Zone.BODY, at, at + 1),))) <= sentences(release(body))


@settings(deadline=None)
@given(TEXTS, st.integers(0, 119), st.integers(1, 60), st.integers(20, 60))
def test_an_excerpt_is_bounded_and_shows_the_hit(body, start, size, chars_max):
    start = min(start, max(len(body) - 1, 0))
    text = body[start : start + size]
    shown, _ = excerpts(release(body), [MatchedText(Zone.BODY, start, start + len(text), text)], chars_max=chars_max)
    assert all(len(one.text) <= chars_max + 2 for one in shown)
    if visible(text).strip() and len(text) < chars_max:
        assert any(hit for _, hit in shown[0].pieces)
