"""Prefixes: every word that was written so is found by the index, and what is remembered stays true."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import NOW, ids_found, kept_as, release, store
from sqlalchemy import func, select, update

from news.document import document
from news.query import bound, evaluate, parse
from news.verdict import New
from storage.archive import Archive
from storage.forms import _after, forget_forms, terms_beginning
from storage.keeping import keep
from storage.search import search
from storage.tables import COUNTER, WORD_FORM
from storage.walk import said

TEXTS = [
    ("en", "Skies are blue; flying, flies and running developments of batteries."),
    ("de", "Öko-Fabriken und Häuser: die Batterien der Straße."),
    ("fr", "Les développements des usines, l'électricité et les journaux."),
    ("ru", "Новые заводы и заводами"),
    ("tr", "İstanbul fabrikalarında bataryalar"),
    ("zh-Hans", "BYDs 重庆工厂的Batteries今日投产"),
    ("und", "Zzyzx skies"),
]


def test_a_prefix_finds_the_words_that_begin_so_and_examines_no_others(archive: Archive) -> None:
    kept = {store(archive, release("Title", text, language=lang)).release_id: text for lang, text in TEXTS}
    for number in range(30):
        store(archive, release(f"Other {number}", "Nothing of interest here."))
    documents = {id_: document(archive.release(id_).release) for id_ in kept}
    words = {word for asked in documents.values() for zone, _, _ in asked.whole() for word in asked.words(zone)}
    tried = 0
    for word in words:
        for length in range(3, len(word) + 1):
            if not word[:length].isalnum():
                continue
            query = parse(f"{word[:length]}*")
            true = sorted((id_ for id_, asked in documents.items() if evaluate(query, asked)), reverse=True)
            page = search(archive, query, limit=60)
            assert [hit.stored.id for hit in page.hits if hit.stored.id in kept] == true, query
            tried += page.examined < 20
    assert tried > 100


def test_what_a_rolled_back_release_wrote_is_not_taken_for_stored(archive: Archive) -> None:
    with suppress(KeyError), archive.writing(NOW) as work:
        keep(work, kept_as(release("Skies")), New())
        raise KeyError
    kept = store(archive, release("Skies"))
    assert ids_found(archive, "skie*") == [kept.release_id]


def test_forms_that_were_deleted_are_written_again(archive: Archive) -> None:
    store(archive, release("Skies"))
    with archive.database.writing() as connection:  # as another process would
        forget_forms(connection, [("skies", "sky")])
        connection.execute(update(COUNTER).values(forms_erased=COUNTER.c.forms_erased + 1))
    kept = store(archive, release("Skies again", "Other text.", url="https://acme.example/2"))
    assert kept.release_id in ids_found(archive, "skie*")


def test_a_prefix_of_too_many_terms_is_asked_of_every_release(archive: Archive, monkeypatch) -> None:
    kept = store(archive, release("Skies"))
    with archive.database.writing() as connection:
        connection.execute(WORD_FORM.insert(), [{"form": f"skie{n}", "term": f"sky{n}"} for n in range(1_100)])
    with archive.database.reading() as connection:
        assert terms_beginning(connection, "skie", 1_000) is None
        assert terms_beginning(connection, "skie", 200, otherwise_written=True) is None
        assert connection.execute(select(func.count()).select_from(WORD_FORM)).scalar_one() > 1_100
        assert said(connection, bound(parse("skie*")), archive.database.backend.full_text).expression is None
    assert ids_found(archive, "skie*") == [kept.release_id]


def test_a_prefix_of_a_thousand_terms_is_asked_for_by_name(archive: Archive) -> None:
    with archive.database.writing() as connection:
        connection.execute(WORD_FORM.insert(), [{"form": f"con{n}", "term": f"con{n}"} for n in range(900)])
    kept = store(archive, release("Contests and conquests"))
    other = store(archive, release("Plain", "Nothing else.", url="https://acme.example/2"))
    page = search(archive, parse("con*"))
    assert ([hit.stored.id for hit in page.hits], page.examined) == ([kept.release_id], 1)
    assert ids_found(archive, "con* OR plain") == [other.release_id, kept.release_id]
    assert ids_found(archive, "headline:con* AND plant") == [kept.release_id]


@settings(max_examples=300)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), st.text(max_size=5))
def test_the_range_of_a_prefix_holds_all_that_begin_so(letters: str, more: str) -> None:
    stop = _after(letters)
    assert letters <= letters + more
    assert stop is None or letters + more < stop
