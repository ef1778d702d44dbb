"""What mends a release under a number of its own is known by the headline that it names, in each wire's form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from news.kinds import kind_of
from news.release import Completeness, Release
from news.verdict import Completes, Copy, New, Revision
from wirewatch.partition import Partition

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TITLE = "Halden Rope Reports Its Best Quarter in Ninety Years"
BODY = (
    "Halden Rope Works, which has made ropes and kites at the mill of Springfield since 1936, sold more in the last "
    "three months than in any before. Sales came to 41.7 million dollars, after 33.2 million a year ago. The works "
    "took on eleven weavers and one rigger, and will open a second hall for the long ropes in the summer.\n\n"
    "Orders for kites doubled. The board will propose a dividend of 55 cents."
)
OTHER_BODY = (
    "The harbour of Springfield has let its oldest quay to a maker of sails. The lease runs for twenty years, and the "
    "quay will be mended before the winter, for 3.4 million dollars, said the harbour master at noon."
)


def told(headline: str, body: str = BODY, *, hours: float = 0.0, wire: str = "w", number: int = 1) -> Release:
    return Release(
        wire=wire,
        headline=headline,
        body=body,
        release_number=str(number),
        url=f"https://{wire}.example/{number}",
        published_at=AT + timedelta(hours=hours),
        issuer="Halden Rope Works",
        language="en",
        kind=kind_of(headline, body),
    )


ORIGINAL = told(TITLE)
THEIRS = replace(ORIGINAL, wire="x", url="https://x.example/7", release_number="7")
MENDED = BODY.replace("41.7", "47.1").replace("33.2", "32.3").replace("55 cents", "65 cents")
FORMS = {
    "a mark before": told(f"CORRECTING and REPLACING {TITLE}", MENDED, hours=3, number=2),
    "a spaced mark": told(f"/C O R R E C T I O N -- {TITLE}/", MENDED, hours=3, number=2),
    "a mark behind": told(f"{TITLE} (CORRECTED)", MENDED, hours=3, number=2),
    "an update": told(f"UPDATE -- {TITLE}", f"{BODY}\n\nIt will sell two lofts.", hours=3, number=2),
    "more pictures": told(f"ADDING MULTIMEDIA {TITLE}", f"{BODY} A film is at hand.", hours=3, number=2),
    "sent again": told(f"RETRANSMISSION: {TITLE}", hours=3, number=2),
    "named in the lead": told(
        "/C O R R E C T I O N -- Halden Rope Works/",
        f"In the news release, {TITLE}, issued 02-Mar-2026 by Halden Rope Works over the wire, we are advised by the "
        f"company that the third sentence should read 47.1 million. The corrected release follows:\n\n{MENDED}",
        hours=3,
        number=2,
    ),
    "another headline": told(
        "CORRECTION: Halden Rope Reports a Good Quarter in Ninety Years", MENDED, hours=3, number=2
    ),
    "taken back": told(
        "/DISREGARD RELEASE: Halden Rope Works/",
        f"We are advised by Halden Rope Works that journalists and other readers should disregard the news release, "
        f"“{TITLE}”, issued earlier today.",
        hours=3,
        number=2,
    ),
    "taken back by its title": told(f"WITHDRAWAL: {TITLE}", "The company has taken it back.", hours=3, number=2),
}


def sorted_in(*releases: Release) -> tuple[Partition, list[object]]:
    partition = Partition()
    return partition, [partition.add(release) for release in releases]


def stories(partition: Partition, count: int) -> int:
    return len({line["story"] for line in partition.told(range(count))})


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_revision_of_what_it_names(form: str) -> None:
    _, found = sorted_in(told("A Harbour Lets Its Oldest Quay Out", OTHER_BODY, number=9), ORIGINAL, FORMS[form])
    assert isinstance(found[2], Revision)
    assert (found[2].of, found[2].stale) == (1, False)
    assert found[2].why is not None
    assert found[2].why.startswith("stands in its place")


@pytest.mark.parametrize("form", FORMS)
def test_an_original_that_is_filled_in_later_goes_under_what_replaced_it(form: str) -> None:
    partition, found = sorted_in(FORMS[form], ORIGINAL)
    assert found[0] == New()
    assert isinstance(found[1], Revision)
    assert (found[1].of, found[1].stale) == (0, True)
    assert stories(partition, 2) == 1


@pytest.mark.parametrize("form", FORMS)
def test_without_its_original_it_stands_alone(form: str) -> None:
    other = told("A Harbour Lets Its Oldest Quay Out", OTHER_BODY, number=9)
    _, found = sorted_in(other, FORMS[form])
    assert found == [New(), New()]


def test_a_correction_of_a_correction_is_the_next_version_of_the_first_text() -> None:
    second = told(f"CORRECTING and REPLACING {TITLE}", MENDED.replace("47.1", "47.2"), hours=5, number=3)
    _, found = sorted_in(ORIGINAL, FORMS["a mark before"], second)
    assert [getattr(each, "of", None) for each in found] == [None, 0, 0]
    assert isinstance(found[2], Revision)


def test_the_same_correction_on_another_wire_is_a_copy_of_it() -> None:
    theirs = replace(FORMS["a mark before"], wire="x", url="https://x.example/7", release_number="7")
    _, found = sorted_in(ORIGINAL, FORMS["a mark before"], theirs)
    assert isinstance(found[2], Copy)
    assert found[2].of == 1


def test_a_correction_names_the_day_of_a_series_that_it_shares_most_figures_with() -> None:
    title = "Halden Income Fund Announces Its Net Asset Value"
    said = "The fund's net asset value on day {n} of the month was {a}.{b} pence a share, with {c} shares in issue."

    def day(n: int) -> Release:
        return told(title, said.format(n=n, a=110 + 3 * n, b=17 * n, c=90_000 + 1_111 * n), hours=24 * n, number=n)

    wrong = day(2)
    mended = replace(
        told(f"CORRECTION: {title}", wrong.body.replace("116.34", "116.43"), hours=75, number=9), issuer=wrong.issuer
    )
    _, found = sorted_in(day(1), day(2), day(3), mended, day(4))
    assert isinstance(found[3], Revision)
    assert found[3].of == 1
    assert found[4] == New()


def test_anothers_release_of_the_same_title_is_not_replaced() -> None:
    theirs = replace(told(TITLE, OTHER_BODY, wire="x", number=5), issuer="Another Works")
    _, found = sorted_in(theirs, FORMS["taken back by its title"])
    assert found == [New(), New()]


def test_whatever_the_order_versions_and_copies_are_one_story() -> None:
    copy = replace(
        ORIGINAL, wire="x", url="https://x.example/7", release_number="7", published_at=AT + timedelta(hours=1)
    )
    for order in permutations((ORIGINAL, copy, FORMS["a mark before"])):
        partition, _ = sorted_in(*order)
        assert stories(partition, 3) == 1, [each.headline for each in order]


def test_a_teaser_whose_text_turns_out_to_be_a_copy_joins_that_story() -> None:
    teaser = replace(THEIRS, body="", completeness=Completeness.TEASER)
    partition, found = sorted_in(ORIGINAL, teaser, THEIRS)
    assert found == [New(), New(), Completes(of=1, joins=(0,))]
    assert stories(partition, 3) == 1


def test_a_revision_whose_text_is_anothers_joins_that_story() -> None:
    mended = replace(
        ORIGINAL, wire="x", url="https://x.example/7", release_number="7", published_at=AT + timedelta(hours=4)
    )
    draft = replace(mended, headline="A draft of the results", body=OTHER_BODY, published_at=AT)
    partition, found = sorted_in(ORIGINAL, draft, mended)
    assert found[2] == Revision(of=1, joins=(0,))
    assert stories(partition, 3) == 1
