from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.dedupe import verdict
from ingest.fingerprint import fingerprint
from ingest.translation import edition
from news.document import document
from news.release import Completeness, Release
from news.verdict import Candidate, Completes, Copy, New, Revision, Same

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
LISTED = "https://wire.example/old/mill-sells-kites"
MOVED = "https://wire.example/new/mill-sells-kites"
TEASER = Release(
    wire="w",
    headline="The mill at Springfield sells its first kites",
    url=LISTED,
    body="The mill at Springfield, which has made rope for ninety years, sold its first …",
    published_at=AT,
    completeness=Completeness.TEASER,
)
FULL = Release(
    wire="w",
    headline="The mill at Springfield sells its first kites",
    url=MOVED,
    body="The mill at Springfield, which has made rope for ninety years, sold its first kites today. "
    "It will make four hundred of them a week, in nine colours, and hire eleven people for it by the summer.",
    published_at=AT,
)
HOME = Release(wire="w", headline="Welcome to the news of the mill", url=MOVED, body="All that is new, every day anew.")


def judged(release, stored, *, listed_at=LISTED, dedupe=(True, True), anchors=0):
    """The verdict on `release`, read at an address that a source listed, with `stored` in the archive as 77.

    `dedupe` is of the two's sources, `anchors` how many sentences led to the stored one.
    """
    mine = fingerprint(release, document(release).stored_terms(), listed_at=listed_at)
    theirs = fingerprint(stored, document(stored).stored_terms())
    shared = frozenset(mine.keys) & frozenset(theirs.keys)
    row = Candidate(
        id=77,
        story=77,
        wire=stored.wire,
        revises=None,
        keys=shared,
        number=f"number:w:{stored.release_number}" if stored.release_number else None,
        content=theirs.content,
        completeness=stored.completeness,
        published_at=stored.published_at,
        order_at=AT,
        text=f"{stored.headline}\n\n{stored.body}",
        edition=edition(stored),
        dedupe=dedupe[1],
        anchors=anchors,
    )
    return verdict(release, mine, (row,) if shared or anchors else (), dedupe=dedupe[0])


ELSEWHERE = replace(FULL, wire="v", url="https://other.example/kites")


@pytest.mark.parametrize("dedupe", [(True, False), (False, True), (False, False)])
def test_what_a_source_brings_that_is_not_deduplicated_is_no_copy_and_has_none(dedupe):
    assert isinstance(judged(FULL, ELSEWHERE), Copy)
    assert judged(FULL, ELSEWHERE, dedupe=dedupe) == New()


def test_of_such_a_source_a_later_text_is_a_revision_as_of_any_other():
    later = replace(FULL, body=f"{FULL.body} It was said so today.")
    assert judged(later, FULL, dedupe=(False, False)) == Revision(of=77)


def test_what_one_sentence_of_many_led_to_is_no_copy_and_of_few_it_may_be_one():
    long = " ".join(f"Sentence {n} of this release tells of kites and of mill number {n}." for n in range(60))
    one, other = (Release(wire=wire, headline="Kites", body=long + wire, published_at=AT) for wire in "vw")
    assert isinstance(judged(one, other, anchors=2), Copy)
    assert judged(one, other, anchors=1) == New()
    short = FULL.body[:-1] + ", it said."
    assert isinstance(judged(replace(FULL, body=short), ELSEWHERE, anchors=1), Copy)


def test_a_teaser_is_completed_by_the_page_that_its_address_leads_to():
    assert judged(FULL, TEASER) == Completes(of=77)


def test_a_teaser_is_not_completed_by_the_home_page_that_its_address_leads_to():
    assert judged(HOME, TEASER) == New()


def test_without_the_listed_address_nothing_joins_the_page_to_its_teaser():
    assert judged(FULL, TEASER, listed_at=None) == New()


def test_an_address_that_begins_like_the_releases_own_is_another_one():
    longer = Release(wire="w", headline="Nine new kites", url=f"{MOVED}-again", body="", published_at=AT)
    assert judged(longer, HOME, listed_at=MOVED) == New()


def test_what_is_read_again_through_the_old_address_is_known():
    assert judged(FULL, FULL) == Same(of=77)


@pytest.mark.parametrize(
    ("headline", "body", "read"),
    [
        ("风筝厂今日售出首批风筝", "", "风筝厂今日售出首批风筝"),
        ("Kites sold", "", "Kites sold"),
        ("凧を初めて販売", "山の工場は本日", "凧を初めて販売"),
    ],
)
def test_a_short_title_and_one_without_spaces_are_known_again(headline, body, read):
    teaser = Release(
        wire="w", headline=headline, url=LISTED, body=body, completeness=Completeness.TEASER, published_at=AT
    )
    full = Release(
        wire="w", headline=read, url=MOVED, body=f"{body} 工厂 will make four hundred a week.", published_at=AT
    )
    assert judged(full, teaser) == Completes(of=77)
