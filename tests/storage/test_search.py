"""A search answers exactly the releases of which the evaluator says yes, each once, newest first."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from shelf import NOW, ids_found, kept_as, release, store
from sqlalchemy import select, update

from news.document import fold_value
from news.query import QueryError, bound, evaluate, parse
from news.query.bound import Field
from news.release import Dateline, Kind, Release, Topics, first_paragraph
from news.text import ANALYZER_VERSION
from news.verdict import Copy, New, Revision
from storage.archive import Archive
from storage.database import Database
from storage.engines.sqlite import BACKEND
from storage.keeping import keep
from storage.search import search
from storage.tables import RELEASE, TERMS
from storage.walk import TOP, Stretch, said, statement

FTS = BACKEND.full_text

WORDS = (  # noqa: SIM905 - a list of words is read as words
    "battery Batteries blade Blade plant plants chongqing the of Acme skies running U.S. R&D 1,000 3.5 COVID-19 "
    "e-commerce don't café résumé Ökostrom Fabriken Batterien l'usine usines завод заводы مصنع بطارية İstanbul "
    "重庆 重慶 刀片电池 電池 工厂 の電池 バッテリー 배터리 กรุงเทพ"
).split()
LANGUAGES = ("en", "de", "fr", "ru", "tr", "ar", "th", "zh-Hans", "zh-Hant-TW", "ja", "ko", "und", "EN-gb", "x y")
WIRES = ("acme-wire", "Acme Wire", "\u212aurier", "wire*", 'qu"ote', "新华")
ISSUERS = (None, "Acme Blade Corp.", "Blade", "Blade Corp. Acme", "重庆 Motors", "O'Neil & Sons, Inc.")
TICKERS = ("NYSE:ACME", "acme", "TSX: BLD.A", "SZSE:002594")
TOPICS = ("Consumer Electronics", "medtop:20000209", "电池", "a*b")
PLACES = ("SPRINGFIELD, Ill.", "Chongqing", "重庆", "St. John's")
ODD = ("\ud800", "\x00", "\ue000", "\ufffd", "😀", "wire\ue000acme-wire", "\u200b", "AND", "release_fts")

texts = st.lists(st.sampled_from((*WORDS, *WORDS, *ODD)), max_size=9).flatmap(
    lambda words: st.sampled_from((" ", " ", "", "-", "\n\n", "\u00a0", ", ")).map(lambda glue: glue.join(words))
)
stamps = (
    st.none()
    | st.integers(-40, 4).map(lambda days: NOW + timedelta(days=days, hours=7))
    | st.just(datetime(1969, 7, 20, tzinfo=UTC))
)


@st.composite
def releases(draw: st.DrawFn) -> Release:
    body = draw(texts)
    place = draw(st.sampled_from((None, *PLACES)))
    return release(
        headline=draw(texts),
        body=body,
        lead_span=first_paragraph(body),
        subtitles=tuple(draw(st.lists(texts, max_size=2))),
        dateline=None if place is None else Dateline(text=f"{place}, March 2", place=place, city=place.split(",")[0]),
        boilerplate=draw(texts),
        contact=draw(texts),
        language=draw(st.sampled_from(LANGUAGES)),
        wire=draw(st.sampled_from(WIRES)),
        issuer=draw(st.sampled_from(ISSUERS)),
        tickers=tuple(draw(st.lists(st.sampled_from(TICKERS), max_size=2))),
        topics=Topics(raw=tuple(draw(st.lists(st.sampled_from(TOPICS), max_size=2)))),
        kind=draw(st.sampled_from(Kind)),
        published_at=draw(stamps),
    )


def quoted(values: tuple[str | None, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([value.replace('"', "") for value in values if value]).map(lambda value: f'"{value}"')


words = st.sampled_from(WORDS).map(lambda word: f'"{word}"' if set(word) & set("'&,") else word)
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join).map('"{}"'.format)
plain = st.one_of(
    words,
    phrases,
    phrases.map("={}".format),
    st.sampled_from(("batt*", "bla*", "fabr*", "重*", "電*", "ski*", "blade-batt*", "завод*")),
)
near = st.builds("{} {}NEAR/{} {}".format, words, st.sampled_from(("", "O")), st.integers(1, 6), words).map(
    "({})".format
)
counted = st.builds("atleast/{}:{}".format, st.integers(1, 3), words)
placed = st.builds(
    "{}:{}".format,
    st.sampled_from(
        ("headline", "subtitle", "dateline", "lead", "body", "boilerplate", "contact", "first/5", "first/12")
    ),
    plain | near | counted,
)
days = st.integers(-42, 6).map(lambda days: (NOW + timedelta(days=days)).date()) | st.just(date(1970, 1, 1))
told = st.one_of(
    st.builds("wire:{}".format, quoted(WIRES)),
    st.builds("issuer:{}".format, quoted((*ISSUERS, "Corp. Acme", "Corp Blade", "acme blade"))),
    st.builds("ticker:{}".format, quoted((*TICKERS, "BLD.A", "002594"))),
    st.builds("topic:{}".format, quoted((*TOPICS, "consumer  electronics", "consumer"))),
    st.builds("place:{}".format, quoted((*PLACES, "ill springfield", "springfield", "john"))),
    st.builds("lang:{}".format, quoted((*LANGUAGES, "zh", "zh-hant", "z"))),
    st.builds("kind:{}".format, st.sampled_from([kind.value for kind in Kind])),
    st.builds("{}:{}".format, st.sampled_from(("after", "before")), days),
)
queries = st.recursive(
    st.one_of(plain, placed, near, counted, told),
    lambda part: st.one_of(
        st.builds("({} {})".format, part, part),
        st.builds("({} AND {})".format, part, part),
        st.builds("({} OR {})".format, part, part),
        st.builds("({} NOT {})".format, part, part),
        st.builds("({} OR ({} -{}))".format, part, part, part),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty archive: copied, it costs a fiftieth of making one."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    Archive.open(f"sqlite:///{path}", now=NOW).close()
    return path


@contextmanager
def filled(template: Path, texts: list[Release]) -> Iterator[tuple[Archive, dict[int, Release]]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        shutil.copy(template, path)
        archive = Archive(Database(f"sqlite:///{path}", durability="NORMAL"))
        with archive.writing(NOW) as work:
            known = {keep(work, kept_as(of), New()).release_id: of for of in texts}
        yield archive, known
        archive.close()


@settings(max_examples=120)
@given(st.lists(releases(), min_size=1, max_size=6), st.lists(queries, min_size=1, max_size=8), st.integers(1, 4))
@example([release("\ud800 wire\ue000acme-wire \x00 battery", published_at=NOW + timedelta(days=3))], ["battery"], 1)
@example([release(wire="\u212aurier")], ['wire:"kurier"'], 1)
def test_a_search_and_the_evaluator_never_disagree(
    template: Path, texts: list[Release], asked: list[str], limit: int
) -> None:
    with filled(template, texts) as (archive, known):
        asked_any = False
        for text in asked:
            try:
                query = parse(text)
            except QueryError:  # two dates, a NOT alone …: the language refuses some of what is drawn
                continue
            asked_any = True
            truth = {id_: match for id_, of in known.items() if (match := evaluate(query, of)) is not None}
            hits, cursor = [], None
            while True:
                page = search(archive, query, limit=limit, cursor=cursor)
                hits += page.hits
                cursor = page.cursor
                if cursor is None:
                    break
            assert [hit.stored.id for hit in hits] == sorted(truth, reverse=True), text
            assert {hit.stored.id: hit.match.spans for hit in hits} == {
                id_: match.spans for id_, match in truth.items()
            }, text
        assume(asked_any)


def test_pages_give_each_release_once_newest_first(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        ids = [
            keep(
                work,
                kept_as(release(f"Plant {number}", published_at=NOW - timedelta(hours=number * 7 % 90))),
                New(),
            ).release_id
            for number in range(70)
        ]
    for limit in (1, 7, 70, 200):
        assert ids_found(archive, "plant", limit=limit) == sorted(ids, reverse=True)


def test_pages_give_each_release_once_while_others_arrive(archive: Archive) -> None:
    before = {store(archive, release(f"Plant {number}")).release_id for number in range(60)}
    stop = threading.Event()
    broke: list[BaseException] = []

    def write() -> None:
        number = 0
        try:
            while not stop.is_set() and number < 400:
                number += 1
                old = NOW - timedelta(days=number % 5)
                store(archive, release(f"Plant of later {number}", published_at=old))
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            broke.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            ids = ids_found(archive, "plant", limit=9)
            assert ids == sorted(set(ids), reverse=True)
            assert before <= set(ids)
    finally:
        stop.set()
        writer.join()
    assert broke == []


def test_date_bounds_hold_for_releases_filed_under_another_day(archive: Archive) -> None:
    def put(days: float | None) -> int:
        at = None if days is None else NOW + timedelta(days=days)
        return store(archive, release(published_at=at)).release_id

    past, today, future, undated = put(-3), put(0), put(3), put(None)
    ancient = store(archive, release(published_at=datetime(1950, 5, 1, tzinfo=UTC))).release_id
    day = NOW.date()
    assert set(ids_found(archive, f"plant after:{day}")) == {today, future}
    assert ids_found(archive, f"plant after:{day + timedelta(days=1)}") == [future]
    assert set(ids_found(archive, f"plant before:{day}")) == {past, ancient}
    assert ids_found(archive, "plant before:1970-01-01") == [ancient]
    assert ids_found(archive, f"before:{day} after:1960-01-01 plant") == [past]
    assert set(ids_found(archive, "plant NOT before:2030-01-01")) == {undated}
    assert set(ids_found(archive, f"plant (wire:nobody OR after:{day})")) == {today, future}


def test_a_day_is_walked_alone_and_the_rest_is_not_touched(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        for number in range(200):
            keep(work, kept_as(release(f"Plant {number}", published_at=NOW - timedelta(days=number))), New())
    day = (NOW - timedelta(days=150)).date()
    page = search(archive, parse(f"plant after:{day} before:{day + timedelta(days=1)}"), limit=50)
    assert (len(page.hits), page.cursor) == (1, None)
    assert page.examined <= 2


def test_a_query_that_no_index_narrows_answers_in_parts_with_a_cursor(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        ids = [keep(work, kept_as(release(f"Plant {number}")), New()).release_id for number in range(50)]
    rare = store(archive, release("Batteries", published_at=NOW - timedelta(days=9))).release_id
    page = search(archive, parse("acme NOT headline:plant"), examined_max=20)
    assert (page.hits, page.examined, page.cursor) == ((), 20, sorted(ids)[-20])
    assert ids_found(archive, "acme NOT headline:plant", examined_max=20) == [rare]
    whole = search(archive, parse("acme NOT headline:plant"), examined_max=None)
    assert (whole.examined, whole.cursor) == (51, None)


def test_progress_is_told_while_a_long_walk_goes_on(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        for number in range(250):
            keep(work, kept_as(release(f"Plant {number}")), New())
    told: list[int] = []
    search(archive, parse("acme NOT headline:plant"), progress=told.append)
    assert told == [100, 200]


def test_heads_stand_for_their_stories_and_corrected_ones_no_longer(archive: Archive) -> None:
    first = store(archive, release())
    copy = store(archive, release(wire="other-wire"), Copy(of=first.release_id, why="the same text"))
    revision = store(archive, release("Acme opens a bigger plant"), Revision(of=first.release_id))
    other = store(archive, release("Another plant"))
    assert ids_found(archive, "plant", heads=True) == [other.release_id, revision.release_id]
    assert ids_found(archive, "bigger", heads=True) == [revision.release_id]
    assert set(ids_found(archive, "plant")) == {
        first.release_id,
        copy.release_id,
        revision.release_id,
        other.release_id,
    }
    superseded = {hit.stored.id: hit.stored.superseded_by for hit in search(archive, parse("plant")).hits}
    assert superseded[first.release_id] == revision.release_id


def test_what_is_known_besides_the_text_is_answered_by_the_index_alone(archive: Archive) -> None:
    def put(**more: object) -> int:
        return store(archive, release(**more)).release_id

    acme = put(issuer="Acme Blade Corp.", dateline=Dateline(text="", place="SPRINGFIELD, Ill.", city="SPRINGFIELD"))
    blade = put(issuer="Blade Acme", dateline=Dateline(text="", city="St. John's", region="Springfield"))
    topics = put(topics=Topics(raw=("Consumer Electronics",)), tickers=("NYSE:ACME",), language="zh-Hans")
    other = put(topics=Topics(raw=("Consumer", "Electronics")), tickers=("NYSE", "TSX:NYSE"), language="zhx")
    for query, ids in {
        'issuer:"acme blade"': [acme],
        "issuer:blade": [blade, acme],
        'place:"springfield ill"': [acme],
        'place:"ill springfield"': [],
        'place:"john springfield"': [],
        'topic:"consumer electronics"': [topics],
        "topic:consumer": [other],
        "ticker:NYSE": [other],
        "ticker:acme": [topics],
        "lang:zh": [topics],
        "kind:correction": [],
        "wire:acme": [],
    }.items():
        page = search(archive, parse(query))
        assert [hit.stored.id for hit in page.hits] == ids, query
        assert page.examined == len(ids), query


def test_a_stem_of_another_language_lets_no_release_of_this_one_through(archive: Archive) -> None:
    """`took` is `to` in Hungarian, and nearly every English text holds a `to`."""
    took = store(archive, release("Acme took over", "It went on.")).release_id
    for number in range(20):
        store(archive, release(f"Number {number}", "To be, or not to be the one."))
    magyar = store(archive, release("Hír", "A to partja.", language="hu")).release_id
    plain = store(archive, release("Running on", "As it took place.", language="zxx")).release_id
    for query, ids in {
        "took": [plain, magyar, took],
        "headline:took": [took],
        "took NEAR/3 over": [took],
        "running took": [plain],
    }.items():
        page = search(archive, parse(query))
        assert [hit.id for hit in page.hits] == ids, query
        assert page.examined <= len(ids) + 1, query


def test_a_value_of_any_characters_reaches_the_index_as_one_word(archive: Archive) -> None:
    for value in ('"', 'a" OR "b', "a'b", "*", "{headline} : a", "a\x00", "\ud800", "x" * 5000, "\ue000"):
        kept = store(archive, release(topics=Topics(raw=(value,))))
        index = archive.database.backend.full_text
        with archive.database.reading() as connection:
            within = said(connection, Field("topic", fold_value("topic", value)), index)
            rows = connection.execute(statement(Stretch(0, TOP, within), index, 20, heads=False))
            assert [row.id for row in rows] == [kept.release_id], value


def plan(archive: Archive, query: str) -> list[str]:
    with archive.database.reading() as connection:
        within = said(connection, bound(parse(query)), FTS)
        low = 0 if within.low is None else connection.execute(select(within.low)).scalar_one()
        high = TOP - 1 if within.high is None else connection.execute(select(within.high)).scalar_one()
        asked = statement(Stretch(low, high, within), FTS, 20, heads=False)
        sql = asked.compile(dialect=archive.database.engine.dialect, compile_kwargs={"literal_binds": True})
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
        return [row.detail for row in rows]


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize(
    "query",
    [
        "plant",
        '"a plant"',
        "plant OR battery",
        "plant NOT battery",
        "headline:plant",
        "wire:acme-wire",
        'issuer:"acme blade" OR ticker:ACME',
        "plant after:2026-01-01 before:2026-02-01",
        "place:springfield lang:en plant",
        "重*",
    ],
)
def test_the_index_is_walked_backwards_and_nothing_is_sorted(
    sqlite_archive: Archive, query: str, *, analysed: bool
) -> None:
    with sqlite_archive.writing(NOW) as work:
        for number in range(60):
            keep(work, kept_as(release(f"Plant {number}", published_at=NOW - timedelta(days=number))), New())
    if analysed:
        with sqlite_archive.database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
    steps = plan(sqlite_archive, query)
    assert steps[0].startswith("SCAN release_fts VIRTUAL TABLE")
    assert "TEMP B-TREE" not in " ".join(steps)


def test_dates_alone_walk_the_ids_of_those_days(sqlite_archive: Archive) -> None:
    steps = plan(sqlite_archive, "after:2026-01-01 before:2026-02-01")
    assert steps[0] == "SEARCH release USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
    assert "TEMP B-TREE" not in " ".join(steps)


def test_a_release_analysed_by_an_older_version_is_still_judged_by_its_text(archive: Archive) -> None:
    of = release("Plants open in Italy", "Gl'italiani aprono la fabbrica.", language="it")
    kept = store(archive, of)
    with archive.database.writing() as connection:
        connection.execute(update(RELEASE).values(analyzer_version=ANALYZER_VERSION - 1))
        connection.execute(update(TERMS).values(body="gl'italian apron fabbric"))
    page = search(archive, parse("headline:plants"))
    assert [hit.stored.id for hit in page.hits] == [kept.release_id]
    page = search(archive, parse("lang:it fabbrica OR headline:italy"))
    assert page.hits[0].match.spans
