"""Real pairs where they are at hand, and templates and copies made here."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.likeness import alike
from ingest.substance import Substance, substance

REAL = Path(__file__).parents[3] / "shared" / "real" / "stories"
STREETS = (
    "Ash",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Ivy",
    "Juniper",
    "Larch",
    "Oak",
    "Pine",
)
VERBS = ("opened", "widened", "closed", "moved", "rebuilt", "lit", "cleaned", "paved", "measured", "painted", "drained")
ABOUT = "About Halden\n\nHalden of Springfield, Ill., has looked after streets since 1950 and employs 300 people.\n\n"
LEGAL = (
    "Forward-Looking Statements\n\nThis release contains forward-looking statements. Actual results may differ "
    "materially from those expressed or implied, and nobody should rely on them.\n"
)


def prose(seed: int, sentences: int = 14) -> str:
    """Sentences of which no two releases share one, in paragraphs of three."""
    draw = random.Random(seed)  # noqa: S311 - a stated seed
    told = [
        f"In week {draw.randrange(2, 50)} the crew of {draw.choice(STREETS)} Street {draw.choice(VERBS)} "
        f"{draw.randrange(100, 9_000)} metres of {draw.choice(STREETS).lower()} lane beside the "
        f"{draw.choice(STREETS).lower()} {draw.choice(VERBS)} by {draw.choice(STREETS)} and {draw.choice(STREETS)}."
        for _ in range(sentences)
    ]
    return "\n\n".join(" ".join(told[at : at + 3]) for at in range(0, sentences, 3))


def of(headline: str, body: str) -> Substance:
    return substance(headline, body)


def is_copy(one: Substance, other: Substance) -> bool:
    found = alike(one, other)
    assert found == alike(other, one)
    return found is not None and found.copy


def test_a_copy_under_another_publishers_description_is_one():
    news = prose(1)
    one = of("Halden mends its streets", f"SPRINGFIELD, Ill., March 2, 2026 /PRNewswire/ -- {news}\n\n{ABOUT}{LEGAL}")
    other = of(
        "WireBreaks – Halden (NYSE: HLD) Mends Its Streets",
        f"{news}\n\nTo view the full press release, visit https://w.example/x\n\nAbout WireBreaks\n\n{prose(2)}",
    )
    assert is_copy(one, other)


def test_two_releases_of_one_issuer_are_not_one_for_their_endings():
    one, other = (of(f"Halden news {n}", f"{prose(n)}\n\n{ABOUT}{LEGAL * 6}") for n in (3, 4))
    assert alike(one, other) is None


@pytest.mark.parametrize("share", [0.6, 0.3])
def test_what_was_cut_short_is_still_the_same(share: float):
    found = 0
    for seed in range(100):
        news = prose(seed, sentences=20)
        whole = of("Halden mends its streets", f"{news}\n\n{ABOUT}")
        cut = of("Streets mended", news[: int(len(news) * share)])
        found += is_copy(whole, cut) and bool(set(whole.anchors) & set(cut.anchors))
    assert found >= 97


# By kind: headline and text. {name} is another one in each filling, {n} a whole number, {x} one with decimals.
TEMPLATES = {
    "law firm": (
        "DEADLINE ALERT: Investors in {name} May Lead a Class Action",
        """The law firm reminds investors who bought shares of {name} before the deadline that a class action
        was filed. The complaint says that {name} made false statements and failed to disclose what it knew.
        Whoever lost money on {name} may ask the court to appoint him lead plaintiff at no cost to him.""",
    ),
    "buy-back": (
        "Halden: transactions in own shares",
        """On {day} March 2026 the company bought {n[0]} of its own shares at a price of {x[0]} on average,
        {x[1]} at least and {x[2]} at most. Since the programme began it has bought {n[1]} shares. The
        shares will be cancelled, and this notice is given under the rules of the exchange on which they are
        listed.""",
    ),
    "net asset value": (
        "Halden Trust: net asset value",
        """At the close of business on {day} March 2026 the net asset value of a share was {x[0]} pence, income
        included, and {x[1]} pence without it. The value was worked out by the rules of the association of
        investment companies, from bid prices, and was not audited by anybody else.""",
    ),
    "earnings date": (
        "{name} to report its results for the quarter on the {day}th",
        """{name} will report its results for the first quarter before the market opens. The management of
        {name} will hold a conference call at {n[0]}, which can be listened to on the site of the company,
        and a replay will be there for a week. Analysts who want to ask something should register a quarter
        of an hour before.""",
    ),
    "appointment": (
        "Halden appoints {name} as head of streets",
        """Halden, which looks after streets, has appointed {name} as its head of streets from the first of the
        month. {name} joins from a company that looks after bridges, and will report to the chief executive.
        We are glad to have won {name} for this task, said the chief executive, who called the appointment a
        step forward.""",
    ),
    "drilling": (
        "Drilling at {name} meets {x[0]} grams of gold",
        """The company reports results of its drilling at {name}. Hole {n[0]} met {x[0]} grams of gold a tonne
        over {x[1]} metres from a depth of {x[2]} metres. The deposit at {name} stays open to the north, the
        geologist said, and more holes will follow this year.""",
    ),
}


def filled(kind: str, number: int) -> Substance:
    draw = random.Random(number)  # noqa: S311 - the same every time
    values = {
        "name": f"{'bcdfghklmnprst'[number % 14].upper()}{'aeiou'[number % 5]}{number}corp",
        "day": draw.randrange(1, 29),
        "n": [draw.randrange(900, 99_999) for _ in range(2)],
        "x": [f"{draw.uniform(3, 400):.3f}" for _ in range(3)],
    }
    headline, text = TEMPLATES[kind]
    return of(headline.format(**values), f"{' '.join(text.split()).format(**values)}\n\n{LEGAL}")


@pytest.mark.parametrize("kind", TEMPLATES)
def test_the_fillings_of_a_template_are_not_copies(kind: str):
    told = [filled(kind, number) for number in range(340)]
    draw = random.Random(1)  # noqa: S311 - the same every time
    pairs = [*(draw.sample(told, 2) for _ in range(1_500)), *itertools.pairwise(told)]
    assert sum(is_copy(one, other) for one, other in pairs) == 0


def test_one_corrected_figure_and_one_misspelt_ticker_make_no_other_news():
    news = f"{prose(5)} Halden trades as GLTK. For GLTK the week was good."
    assert is_copy(of("GLTK news", news), of("GTLK news", news.replace("GLTK", "GTLK").replace("week", "4th week", 1)))


def test_a_text_of_a_few_words_is_a_copy_only_word_for_word():
    assert is_copy(of("Photo", "A photo is available."), of("Photo", "A photo is available."))
    assert not is_copy(of("Photo", "A photo is available."), of("Photo of Halden", "A photo is available."))


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=60))
def test_likeness_is_symmetric_and_a_text_is_like_itself(one: str, other: str, headline: str):
    a, b = of(headline, one), of(headline, other)
    assert alike(a, b) == alike(b, a)
    assert alike(a, a) is None or alike(a, a).copy
    assert not a.words or is_copy(a, of(headline, one))


@pytest.mark.skipif(
    not REAL.exists(), reason="the real pairs are not beside this checkout: it is proved on those made here"
)
def test_real_pairs():
    with gzip.open(REAL / "releases.jsonl.gz", "rt", encoding="utf-8") as lines:
        told = {row["id"]: of(row["headline"], row["text"]) for row in map(json.loads, lines)}
    with (REAL / "pairs.tsv").open(encoding="utf-8") as rows:
        judged = [
            (row["label"], is_copy(told[row["a"]], told[row["b"]])) for row in csv.DictReader(rows, delimiter="\t")
        ]
    assert judged.count(("copy", True)) >= 71
    assert judged.count(("different", True)) == judged.count(("retold", True)) == 0
