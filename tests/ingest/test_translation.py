"""Versions of one release in several languages are one story; what only looks like one is not.

The releases are invented. The translations were written for these tests as a wire's translators write: with the
figures in the other language's spelling, units of ten thousand and of a hundred million, and titles put into words.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.substance import substance
from ingest.translation import edition, translated
from news.release import Release
from news.verdict import Joins, New, Revision, Translation
from wirewatch.partition import Partition

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def told(language: str, headline: str, body: str, *, hours: float = 0.0, **more: object) -> Release:
    release = Release(
        wire="w", headline=headline, body=body, language=language, published_at=AT + timedelta(hours=hours)
    )
    return replace(release, **more)  # type: ignore[arg-type]


BATTERY = {
    "en": told(
        "en",
        "Norden Zellen opens its second battery plant in Chongqing",
        "Norden Zellen AG, which makes blade batteries for buses and barges, opened its second plant today. It cost "
        "1.25 billion yuan, covers 86,000 square metres and will make 350,000 packs a year from 2027.\n\n"
        "The plant employs 1,480 people. Each pack holds 62.7 kilowatt-hours and lasts for 3,500 cycles, said Petra "
        "Lindholm, who leads the works. The first packs go to Yutong and to the port of Rotterdam.",
        issuer="Norden Zellen AG",
        links=("https://www.nordenzellen.example/plants",),
    ),
    "de": told(
        "de",
        "Norden Zellen eröffnet zweites Batteriewerk in Chongqing",
        "Die Norden Zellen AG, Hersteller von Blade-Batterien für Busse und Frachtkähne, hat heute ihr zweites Werk "
        "eröffnet. Es kostete 1,25 Milliarden Yuan, ist 86.000 Quadratmeter groß und wird ab 2027 jährlich 350.000 "
        "Batteriepakete fertigen.\n\nDas Werk beschäftigt 1.480 Menschen. Jedes Paket fasst 62,7 Kilowattstunden und "
        "hält 3.500 Ladezyklen, sagte Petra Lindholm, die das Werk leitet. Die ersten Pakete gehen an Yutong und an "
        "den Hafen von Rotterdam.",
        hours=0.5,
        issuer="Norden Zellen AG",
    ),
    "zh": told(
        "zh",
        "诺登电池重庆第二工厂正式投产",
        "专为客车和驳船制造刀片电池的诺登电池股份公司(Norden Zellen AG)今日宣布其第二座工厂投产。该厂投资12.5亿元"
        "人民币，占地8.6万平方米，自2027年起年产35万套电池。\n\n工厂现有员工1480人。工厂负责人Petra Lindholm"
        "表示，每套电池容量为62.7千瓦时，可循环3500次。首批产品将交付Yutong和鹿特丹港。",
        hours=20,
        issuer="诺登电池股份公司",
    ),
}
# Few figures, many names.
CHAIR = {
    "en": told(
        "en",
        "Talvik Marine names Ingrid Solheim to its board",
        "Talvik Marine ASA said on Monday that Ingrid Solheim joins its board. Ms Solheim led the ferry line Fjordskip "
        "for nine years and before that worked for Kverneland in Stavanger and for Maersk in Copenhagen. She follows "
        "Jens Aagaard, who goes to Hurtigruten.",
        issuer="Talvik Marine ASA",
        tickers=("XOSL:TALV",),
    ),
    "fr": told(
        "fr",
        "Talvik Marine nomme Ingrid Solheim à son conseil d'administration",
        "Talvik Marine ASA a annoncé lundi l'arrivée de Ingrid Solheim à son conseil d'administration. Mme Solheim a "
        "dirigé pendant neuf ans la compagnie de ferries Fjordskip, après avoir travaillé chez Kverneland à Stavanger "
        "et chez Maersk à Copenhague. Elle succède à Jens Aagaard, qui rejoint Hurtigruten.",
        hours=1,
        issuer="Talvik Marine",
        tickers=("XOSL:TALV",),
    ),
}


def buy_back(language: str, day: int) -> Release:
    """A notice of a series, of one day, in English or in Finnish: nothing but its figures tells the days apart."""
    shares, price, held = 41_237 + 1_913 * day, 1234 + 17 * day, 3_412_806 + 41_237 * (day + 1)
    paid = shares * price // 100
    issuer = {"issuer": "Kuura Oyj", "isins": ("FI4000123456",), "hours": 24 * day + (0.0 if language == "en" else 0.2)}
    if language == "en":
        return told(
            "en",
            "Kuura Oyj: share repurchase",
            f"Kuura Oyj has repurchased its own shares on the exchange in Helsinki today. Shares: {shares:,}. Average "
            f"price per share: {price / 100:.2f} euros. Total: {paid:,} euros. After the repurchase the company holds "
            f"{held:,} shares of its own. The programme is for 5,000,000 shares at most and ends in June.",
            **issuer,
        )

    def spaced(number: int) -> str:
        return f"{number:,}".replace(",", " ")

    return told(
        "fi",
        "Kuura Oyj: omien osakkeiden hankinta",
        f"Kuura Oyj on tänään hankkinut omia osakkeitaan Helsingin pörssistä. Osakkeita: {spaced(shares)}. Keskihinta "
        f"osakkeelta: {price // 100},{price % 100:02} euroa. Yhteensä: {spaced(paid)} euroa. Hankinnan jälkeen yhtiö "
        f"omistaa {spaced(held)} omaa osakettaan. Ohjelma koskee enintään 5 000 000 osaketta ja päättyy kesäkuussa.",
        **issuer,
    )


def why(one: Release, other: Release) -> str | None:
    texts = substance(one.headline, one.body), substance(other.headline, other.body)
    return translated(edition(one), edition(other), texts)


def sorted_into_stories(releases: list[Release]) -> list[list[int]]:
    partition = Partition()
    for release in releases:
        partition.add(release)
    stories: dict[object, list[int]] = {}
    for number, line in enumerate(partition.told(range(len(releases)))):
        stories.setdefault(line["story"], []).append(number)
    return sorted(stories.values())


@pytest.mark.parametrize("versions", [BATTERY, CHAIR], ids=["figures", "names"])
def test_versions_in_several_languages_are_one_whichever_comes_first(versions: dict[str, Release]) -> None:
    for one, other in combinations(versions.values(), 2):
        assert why(one, other) is not None, (one.language, other.language)
        assert why(one, other) == why(other, one)
    for order in permutations(versions.values()):
        assert sorted_into_stories(list(order)) == [list(range(len(versions)))]


def test_a_translation_says_what_it_was_known_by() -> None:
    partition = Partition()
    assert partition.add(BATTERY["en"]) == New()
    assert partition.add(BATTERY["zh"]) == Translation(of=0, why="a translation (en and zh): 5 of 5 figures")
    assert partition.add(BATTERY["de"]) == Translation(of=0, why="a translation (de and en): 5 of 5 figures")


def test_the_days_of_a_series_stay_apart_in_both_languages() -> None:
    releases = [buy_back(language, day) for day in range(5) for language in ("en", "fi")]
    assert sorted_into_stories(releases) == [[2 * day, 2 * day + 1] for day in range(5)]


@pytest.mark.parametrize(
    "changed",
    [
        {"language": "en"},
        {"language": "und"},
        {"published_at": AT + timedelta(days=5)},
        {
            "issuer": "Andere Zellen GmbH",
            "headline": "Andere Zellen eröffnet zweites Batteriewerk in Chongqing",
            "body": BATTERY["de"].body.replace("Norden Zellen", "Andere Werke"),
        },
        {"body": BATTERY["de"].body.replace("86.000", "77.000").replace("1.480", "1.999").replace("62,7", "81,3")},
        {"body": BATTERY["de"].body + " Mehr dazu." * 400},
    ],
    ids=["one language", "language unknown", "too late", "another issuer", "other figures", "far longer"],
)
def test_what_differs_is_another_release(changed: dict[str, object]) -> None:
    other = replace(BATTERY["de"], **changed)  # type: ignore[arg-type]
    assert sorted_into_stories([replace(BATTERY["en"], links=()), other]) == [[0], [1]]


def test_two_releases_of_one_issuer_of_one_day_are_not_one() -> None:
    chair = replace(CHAIR["fr"], issuer="Norden Zellen AG", tickers=())
    assert sorted_into_stories([BATTERY["en"], chair]) == [[0], [1]]


@pytest.mark.parametrize("forwards", [True, False])
def test_what_the_wire_links_is_one_story_however_it_is_told(*, forwards: bool) -> None:
    short = "Norden Zellen öffnet ein Werk. Näheres in der englischen Fassung, die allein gilt."
    german = told("de", "Neues Werk", short, url="https://wire.example/de/77", hours=2)
    english = replace(BATTERY["en"], url="https://wire.example/en/77")
    if forwards:
        german = replace(german, translations=("https://wire.example/en/77?utm_source=x", "https://wire.example/de/77"))
    else:
        english = replace(english, translations=("https://wire.example/de/77",))
    for order in permutations((german, english)):
        partition = Partition()
        found = [partition.add(release) for release in order]
        assert found[1] == Translation(of=0, why="the wire links the versions in de and en")


def test_a_wires_one_number_for_all_languages_makes_no_revision_of_a_translation() -> None:
    english, german = (replace(BATTERY[language], release_number="20260302005001") for language in ("en", "de"))
    partition = Partition()
    partition.add(english)
    assert partition.add(german) == Translation(of=0, why="one release number in de and en")
    corrected = replace(german, body=german.body.replace("1.480", "1.580"), published_at=AT + timedelta(hours=3))
    assert partition.add(corrected) == Revision(of=1)


def test_a_text_whose_language_was_read_wrongly_is_still_a_version_of_itself() -> None:
    english = replace(BATTERY["en"], release_number="7")
    partition = Partition()
    partition.add(english)
    misread = replace(english, language="nl", body=f"{english.body} It hires.", published_at=AT + timedelta(hours=1))
    assert partition.add(misread) == Revision(of=0)


def test_a_release_that_translates_two_stories_joins_them() -> None:
    """Neither of two versions shows what the third shares with each."""
    partition = Partition()
    partition.add(replace(BATTERY["zh"], url="https://wire.example/zh/1", published_at=AT))
    partition.add(replace(CHAIR["fr"], url="https://wire.example/fr/1"))
    links = ("https://wire.example/zh/1", "https://wire.example/fr/1")
    assert isinstance(partition.add(replace(BATTERY["en"], translations=links)), Joins)


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(["zh", "de", "ar"]))
def test_any_two_texts_have_an_answer_and_the_same_both_ways(one: str, other: str, language: str) -> None:
    first, second = told("en", one[:40], one, issuer="A"), told(language, other[:40], other, issuer="A")
    assert why(first, second) == why(second, first)
