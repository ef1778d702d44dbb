"""A naive walk, the rule index, SQLite and PostgreSQL answer alike.

The walk asks the evaluator about every release; the tests of the language hold that one to a second
implementation. How many are drawn can be set by FOUR_WAYS=RULES,RELEASES, what is drawn by FOUR_WAYS_SEED.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

from shelf import NOW, kept_as, release
from sqlalchemy import URL
from throwaway_server import new_database

from alerts.matching import RuleIndex
from news.alert import Rule
from news.document import document
from news.query import Query, QueryError, evaluate, parse
from news.release import Dateline, Kind, Release, Topics, first_paragraph
from news.verdict import New
from storage.archive import Archive
from storage.keeping import keep
from storage.search import search

SEED = int(os.environ.get("FOUR_WAYS_SEED", "20260302"))
RULES, RELEASES = (int(n) for n in os.environ.get("FOUR_WAYS", "150,200").split(","))
BY_LANGUAGE = {
    "en": "the of battery batteries blade plant plants opened opens running skies 1,000 U.S. e-commerce R&D don't Acme",
    "de": "die der Batterie Batterien Fabrik Fabriken Ökostrom Straße Strasse eröffnet Häuser Haus groß Acme 1.000",
    "fr": "la les usine usines l'usine batterie ouvert ouvre été café d'électricité Acme 1 000 développement",
    "es": "la el planta plantas batería baterías abrió abre energía años niño Acme compañía",
    "zh-Hans": "重庆 刀片电池 工厂 的 开业 公司 电池 比亚迪 今日 BYD 发布",
    "zh-Hant": "重慶 刀片電池 工廠 的 開業 公司 電池 比亞迪 今日 BYD 發布",
    "ja": "工場 バッテリー の 電池 を 開設 した ブレード 株式会社 重慶 東京",
    "und": "battery завод заводы مصنع 배터리 กรุงเทพ blade",
}
FIELDS = ("ticker:ACME", "ticker:TSX:BLD", "lang:zh", "lang:de", "kind:correction", "place:chongqing")
ZONES = ("headline", "subtitle", "dateline", "lead", "body", "boilerplate", "contact")
ISSUERS = ("Acme Corp.", "Acme Blade Corp.", "重庆 Motors", "O'Neil & Sons, Inc.", None)
WIRES = ("acme-wire", "blade-wire", "west-wire")


def drawn_release(draw: random.Random, number: int) -> Release:
    language = draw.choice(list(BY_LANGUAGE))
    words = [*BY_LANGUAGE[language].split(), "Acme", "battery", "2026"]

    def some(most: int) -> str:
        glue = draw.choice((" ", " ", " ", "-", "\u00a0", "") if language[:2] in {"zh", "ja"} else (" ", " ", "-"))
        return glue.join(draw.choice(words) for _ in range(draw.randrange(most)))

    body = "\n\n".join(some(40) for _ in range(draw.randrange(1, 4)))
    place = draw.choice((None, "SPRINGFIELD, Ill.", "Chongqing", "重庆"))
    return release(
        f"{some(9)} {number}",
        body,
        lead_span=first_paragraph(body),
        subtitles=(some(6),),
        dateline=None if place is None else Dateline(text=f"{place}, March 2", place=place, city=place.split(",")[0]),
        boilerplate=some(15),
        contact=some(5),
        language=language,
        wire=draw.choice(WIRES),
        issuer=draw.choice(ISSUERS),
        tickers=draw.choice(((), ("NYSE:ACME",), ("TSX:BLD", "SZSE:002594"))),
        topics=Topics(raw=draw.choice(((), ("Batteries",)))),
        kind=draw.choice(list(Kind)),
        published_at=NOW - timedelta(hours=draw.randrange(2000)),
    )


def drawn_query(draw: random.Random, *, depth: int = 2) -> str:
    words = BY_LANGUAGE[draw.choice(list(BY_LANGUAGE))].split()

    def word() -> str:
        chosen = draw.choice(words)
        return f'"{chosen}"' if set(chosen) & set("'&,.") else chosen

    def leaf() -> str:
        phrase = f'"{" ".join(draw.choices(words, k=draw.randrange(1, 4)))}"'
        return draw.choice(
            (
                word(),
                word(),
                phrase,
                f"={phrase}",
                draw.choice(("batt*", "fabr*", "重*", "usin*", "завод*", "plan*")),
                f"({word()} NEAR/{draw.randrange(1, 8)} {word()})",
                f"({word()} ONEAR/{draw.randrange(1, 8)} {word()})",
                f"atleast/{draw.randrange(1, 4)}:{word()}",
                f"first/{draw.randrange(3, 40)}:{word()}",
                f"{draw.choice(ZONES)}:{phrase}",
                f"wire:{draw.choice(WIRES)}",
                f'issuer:"{draw.choice(("acme", "blade corp", "重庆", "corp"))}"',
                draw.choice(FIELDS),
            )
        )

    if depth == 0 or draw.random() < 0.3:
        return leaf()
    parts = [drawn_query(draw, depth=depth - 1) for _ in range(2)]
    return draw.choice(("({} {})", "({} AND {})", "({} OR {})", "({} OR {})", "({} NOT {})")).format(*parts)


def drawn_rules(draw: random.Random) -> list[tuple[Rule, Query]]:
    found: list[tuple[Rule, Query]] = []
    while len(found) < RULES:
        text = drawn_query(draw)
        try:
            query = parse(text)
        except QueryError:  # what asks for nothing is refused
            continue
        number = len(found) + 1
        found.append((Rule(id=number, uid=str(number), name=str(number), query=text, channels=()), query))
    return found


def answers(url: str, texts: list[Release], rules: list[tuple[Rule, Query]]) -> set[tuple[int, str]]:
    """(rule, headline) of every hit of a search through the whole archive."""
    archive = Archive.open(url, now=NOW, durability="NORMAL")
    try:
        with archive.writing(NOW) as work:
            for text in texts:
                keep(work, kept_as(text), New())
        found: set[tuple[int, str]] = set()
        for rule, query in rules:
            page = search(archive, query, limit=len(texts) + 1, examined_max=None)
            assert page.cursor is None
            found |= {(rule.id, hit.stored.release.headline) for hit in page.hits}
        return found
    finally:
        archive.close()


def test_four_ways_to_ask_have_one_answer(tmp_path: Path, postgresql: URL) -> None:
    draw = random.Random(SEED)  # noqa: S311 - drawn to be repeated
    texts = [drawn_release(draw, number) for number in range(RELEASES)]
    rules = drawn_rules(draw)
    index = RuleIndex([rule for rule, _ in rules])
    walked, indexed = set(), set()
    for text in texts:
        asked = document(text)
        walked |= {(rule.id, text.headline) for rule, query in rules if evaluate(query, asked) is not None}
        indexed |= {(int(match.rule_id), text.headline) for match in index.match(text)}
    by_rule = Counter(rule for rule, _ in walked)
    assert len(by_rule) > RULES // 3, "the rules drawn ask for too little"
    assert max(by_rule.values()) < RELEASES, "the releases drawn are all alike"
    assert indexed == walked
    assert answers(f"sqlite:///{tmp_path / 'a.db'}", texts, rules) == walked
    assert answers(new_database(postgresql), texts, rules) == walked
