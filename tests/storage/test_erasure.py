"""A release erased on request: looked for in every table, and byte by byte in the file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lived_in import faults, fill
from shelf import NOW, a_rule, add_source, alert_of, ids_found, list_rows, listed, release, store, tell
from sqlalchemy import create_engine, inspect, select, text, update

from news.alert import DeliveryState, MatchedText
from news.release import Dateline, Release, Topics, Zone
from news.verdict import Copy, Revision
from storage.archive import Archive
from storage.checkup import check
from storage.entries import claim_entries
from storage.erasure import HEADLINE, erase, is_erased, rewrite, sweep
from storage.keeping import Kept, Raw
from storage.outbox import claim_deliveries
from storage.pruning import Policy, prune
from storage.removal import remove
from storage.tables import ALERT, ATTEMPT, DELIVERY, ENTRY, RELEASE, STORY, WORD_FORM
from storage.tombstones import Reason

# None of them is in any other text here; the stems of some are.
SECRETS = ("zyxwoprim", "quuxelings", "vloobing", "brakkontic", "flimmerers", "snorquing", "plughtown", "gnarvelist")
ADDRESS = "https://acme.example/news/zyxwoprim-quuxelings-4711"


def secret() -> Release:
    a, b, c, d, e, f, g, h = SECRETS
    return release(
        f"Acme opens {a} plant",
        f"Acme opened a plant for {b} today. {c.title()} batteries are made there. " + "It is a plant. " * 8,
        subtitles=(f"With {d}",),
        dateline=Dateline(text=f"{g.upper()}, March 2", place=g, city=g),
        boilerplate=f"About {e}: they {c} and {b}.",
        contact=f"press@{f}.example",
        issuer=f"{h} Inc.",
        tickers=(f"NYSE:{h.upper()}",),
        topics=Topics(raw=(f"{h} news",)),
        links=(f"https://{f}.example/",),
        url=ADDRESS,
        guid=f"{a}-{b}",
        release_number=f"{a}47",
    )


def put(archive: Archive, *, alerted: bool) -> Kept:
    """The release as it lies in an archive that has worked: read from an entry, and told of."""
    row = listed(1, url=ADDRESS, guid=f"guid-{SECRETS[0]}", title=SECRETS[0], summary=SECRETS[1], issuer=SECRETS[7])
    source = add_source(archive)
    list_rows(archive, source, row)
    page = Raw(url=ADDRESS, content_type="text/html", fetched_at=NOW, body=" ".join(SECRETS).encode())
    for n in range(30):
        store(
            archive,
            release(f"Acme opens plant {n}", f"A plant for batteries, number {n}. " * 20, url=f"https://b.example/{n}"),
        )
    kept = store(archive, secret(), raw=page, source_id=source.id)
    (entry,) = claim_entries(archive.database, NOW, holder="me", lease=timedelta(minutes=1), limit=5)
    with archive.writing(NOW) as work:
        work.settle(entry.id, entry.state.STORED, release_id=kept.release_id)
    for n in range(30, 60):
        store(
            archive,
            release(f"Acme opens plant {n}", f"A plant for batteries, number {n}. " * 20, url=f"https://b.example/{n}"),
        )
    if alerted:
        told(archive, kept)
    return kept


def told(archive: Archive, kept: Kept) -> None:
    rule = a_rule(archive)
    tell(archive, alert_of(kept, rule), "k1", "k2")
    claim_deliveries(archive.database, NOW, holder="me", lease=timedelta(0), room={"mail": 1})
    with archive.writing(NOW) as work:
        quoted = f"550 refused: {SECRETS[0]}"
        work.connection.execute(update(ALERT).values(matched=[list(MatchedText(Zone.BODY, 0, 9, SECRETS[1]))]))
        work.connection.execute(update(ATTEMPT).values(reason=quoted, outcome="refused"))
        sent = {"state": DeliveryState.SENT.value, "reason": quoted, "remote_id": f"<{SECRETS[2]}@a>"}
        work.connection.execute(update(DELIVERY).where(DELIVERY.c.key == "k1").values(**sent))


def spoken(value: object) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def tables_that_tell(archive: Archive) -> list[str]:
    """Tables with a row that holds one of the secrets, stemmed or not, packed pages unpacked."""
    found = []
    with archive.database.reading() as connection:
        for name in inspect(connection).get_table_names():
            if name.startswith("release_fts_"):
                continue
            for row in connection.exec_driver_sql(f"SELECT * FROM {name}"):  # noqa: S608 - read from the database itself
                whole = " ".join(spoken(value) for value in row).lower()
                if any(word[:7] in whole for word in SECRETS):
                    found.append(name)
                    break
    return sorted(found)


def in_the_file(archive: Archive) -> list[str]:
    """The secrets that stand anywhere in the database's files."""
    assert archive.database.path is not None
    folder, name = archive.database.path.parent, archive.database.path.name
    held = b"".join(path.read_bytes() for path in sorted(folder.glob(f"{name}*"))).lower()
    return [word for word in SECRETS if word[:7].encode() in held]


def swept(archive: Archive) -> bool | None:
    *_, last = sweep(archive)
    return last


def test_the_search_for_secrets_finds_them(archive: Archive) -> None:
    put(archive, alerted=True)
    assert {"alert", "attempt", "delivery", "entry", "identity_key", "release", "release_terms", "word_form"} <= set(
        tables_that_tell(archive)
    )
    if archive.database.path:
        assert in_the_file(archive) == list(SECRETS)


@pytest.mark.parametrize("alerted", [False, True])
def test_no_table_and_no_byte_of_the_file_tells_of_what_was_erased(archive: Archive, alerted: bool) -> None:
    kept = put(archive, alerted=alerted)
    done = erase(archive, [kept.release_id], NOW)
    assert (done.removed, done.hollow) == (((), (kept.release_id,)) if alerted else ((kept.release_id,), ()))
    assert tables_that_tell(archive) == []
    assert swept(archive) is True
    if archive.database.path:
        assert in_the_file(archive) == []
    assert (check(archive.database), faults(archive)) == ([], [])
    assert is_erased(archive, kept.release_id)
    for word in SECRETS:
        assert ids_found(archive, f"{word} OR {word[:5]}*") == []
    assert len(ids_found(archive, "plant")) == 60


def test_what_stays_of_an_alert_is_that_it_was_made(archive: Archive) -> None:
    kept = put(archive, alerted=True)
    erase(archive, [kept.release_id], NOW + timedelta(days=1))
    (alert,) = archive.alerts(10)
    assert (alert.rule_query, alert.release_id, alert.matched) == ("plant", kept.release_id, ())
    assert (alert.release.headline, alert.release.body, alert.release.url) == (HEADLINE, "", None)
    assert alert.release.wire == "acme-wire"
    assert alert.latency.seen == NOW
    lines = {line.key: (line.state, line.reason) for line in archive.deliveries()}
    assert lines["k1"] == ("sent", "erased")
    assert lines["k2"][0] == "dead"
    assert ids_found(archive, "plant NOT batteries") == []
    again = store(archive, release("A copy that came later", wire="c"), Copy(of=kept.release_id, why="the same text"))
    with archive.writing(NOW) as work:
        assert work.story_identity(again.story_id)
        assert work.ledger(again.story_id) == {1: frozenset({"first"})}


def test_what_goes_later_of_what_was_hollow_leaves_it_erased(archive: Archive) -> None:
    kept = put(archive, alerted=True)
    erase(archive, [kept.release_id], NOW)
    for _ in prune(archive, Policy(days=1, keep_alerted=False), NOW + timedelta(days=9)):
        pass
    assert (check(archive.database), faults(archive)) == ([], [])
    assert is_erased(archive, kept.release_id)
    assert archive.alerts(10) == []


def test_erasing_one_version_leaves_the_others_whole(archive: Archive) -> None:
    first = store(archive, release())
    second = store(archive, release("Acme opens a mill"), Revision(of=first.release_id))
    third = store(archive, release("Acme opens two"), Revision(of=first.release_id))
    tell(archive, alert_of(second, a_rule(archive)), "k1")
    erase(archive, [second.release_id], NOW)
    with archive.database.reading() as connection:
        rows = {row.id: row for row in connection.execute(select(RELEASE))}
    assert (rows[second.release_id].revises, rows[second.release_id].superseded_by) == (None, None)
    assert (rows[first.release_id].superseded_by, rows[third.release_id].revises) == (
        third.release_id,
        first.release_id,
    )
    erase(archive, [first.release_id], NOW)
    with archive.database.reading() as connection:
        assert connection.execute(select(STORY.c.head_id)).scalars().all() == [third.release_id]
    assert (check(archive.database), faults(archive)) == ([], [])


def test_of_the_words_only_those_go_that_no_other_release_holds(archive: Archive) -> None:
    kept = store(archive, release("Flimmering skies", "Batteries opened.", published_at=NOW))
    store(archive, release("Clear skies", "Batteries opened."))
    with archive.database.reading() as connection:
        before = set(connection.execute(select(WORD_FORM.c.form)).scalars())
    assert {"flimmering", "skies", "batteries"} <= before
    done = erase(archive, [kept.release_id], NOW)
    with archive.database.reading() as connection:
        after = set(connection.execute(select(WORD_FORM.c.form)).scalars())
    assert (before - after, done.words) == ({"flimmering"}, 1)
    assert len(ids_found(archive, "skie*")) == 1
    # This process had remembered the pair as stored: it is written again.
    again = store(archive, release("More flimmering", "Opened."))
    assert ids_found(archive, "flimmeri*") == [again.release_id]


def test_a_word_stored_while_the_others_were_asked_stays(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = store(archive, release("Flimmering skies", "Batteries opened."))
    from storage import erasure  # noqa: PLC0415 - patched here alone

    ask, late = erasure._forms_held_by_none_else, []

    def asked(*given: Any) -> Any:
        answer = ask(*given)
        late.append(store(archive, release("More flimmering", "Nothing.")).release_id)
        return answer

    monkeypatch.setattr(erasure, "_forms_held_by_none_else", asked)
    erase(archive, [kept.release_id], NOW)
    assert ids_found(archive, "flimmeri*") == late


def test_a_digest_that_tells_of_another_release_too_is_still_sent(archive: Archive) -> None:
    rule = a_rule(archive)
    one, other = store(archive, release()), store(archive, release("Another plant"))
    first, second = tell(archive, alert_of(one, rule), "k1"), tell(archive, alert_of(other, rule), "k2")
    with archive.writing(NOW) as work:
        work.connection.execute(text(f"INSERT INTO message_alert VALUES (1, {second})"))  # noqa: S608 - a number
    erase(archive, [one.release_id], NOW)
    assert {line.key: line.state for line in archive.deliveries()} == {"k1": "due", "k2": "due"}
    assert first is not None


@pytest.mark.parametrize("seed", range(3))
def test_erasing_anything_leaves_nothing_that_names_it(archive: Archive, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a stated seed
    ids = fill(archive, draw, 25)
    for _ in range(4):
        chosen = draw.sample(ids, draw.randrange(1, 4))
        erase(archive, chosen, NOW)
        assert all(is_erased(archive, id_) for id_ in chosen)
        assert (check(archive.database), faults(archive)) == ([], [])
    with archive.database.reading() as connection:
        told_of = set(connection.execute(select(ENTRY.c.release_id)).scalars()) - {None}
    assert not told_of & {id_ for id_ in ids if is_erased(archive, id_)}


def test_what_was_pruned_is_not_what_was_erased(archive: Archive) -> None:
    kept = store(archive, release())
    with archive.writing(NOW) as work:
        remove(work, [kept.release_id], Reason.PRUNED)
    assert not is_erased(archive, kept.release_id)
    assert not is_erased(archive, 7)


# ------------------------------------------------------------- SQLite's own file


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Archive]:
    """An archive of another program's making, as it were: what it deleted was not overwritten."""
    path = tmp_path / "careless.db"
    Archive.open(f"sqlite:///{path}", now=NOW).close()
    plain = create_engine(f"sqlite:///{path}")
    with plain.connect() as connection, connection.begin():
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.exec_driver_sql("CREATE TABLE scrap (body TEXT)")
        for n in range(200):
            connection.exec_driver_sql("INSERT INTO scrap VALUES (?)", (f"{n} {' '.join(SECRETS)} " * 100,))
    with plain.connect() as connection, connection.begin():
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.exec_driver_sql("DROP TABLE scrap")
    plain.dispose()
    opened = Archive.open(f"sqlite:///{path}", now=NOW)
    yield opened
    opened.close()


def test_free_pages_of_long_ago_are_only_cleared_by_writing_all_anew(careless: Archive) -> None:
    kept = put(careless, alerted=False)
    erase(careless, [kept.release_id], NOW)
    assert swept(careless) is True
    assert in_the_file(careless) != []
    assert rewrite(careless) is True
    assert in_the_file(careless) == []
    assert check(careless.database) == []


def test_a_reader_that_holds_the_log_is_told(sqlite_archive: Archive) -> None:
    kept = put(sqlite_archive, alerted=False)
    with sqlite_archive.database.reading() as connection:
        connection.execute(select(RELEASE.c.id)).first()
        erase(sqlite_archive, [kept.release_id], NOW)
        assert swept(sqlite_archive) is False
    assert swept(sqlite_archive) is True
    assert in_the_file(sqlite_archive) == []


def test_everything_is_rewritten_on_either_database(archive: Archive) -> None:
    kept = put(archive, alerted=True)
    erase(archive, [kept.release_id], NOW)
    assert rewrite(archive) is True
    assert (check(archive.database), tables_that_tell(archive)) == ([], [])
