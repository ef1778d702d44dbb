"""kill -9 while what came in an absence is being told: no alert lost, none in two messages of a channel."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from test_kill import Nursery, settled, wait_until, written

from storage.absences import HEARTBEAT, absences
from storage.archive import Archive
from storage.tables import CHECKPOINT, MESSAGE_ALERT
from wirewatch import clock
from wirewatch.demo.inbox import LocalInbox
from wirewatch.demo.newswire import LocalNewswire
from wirewatch.demo.receiver import LocalReceiver
from wirewatch.demo.releases import numbered

KILLS = 6
LIVES_S = (0.6, 2.0)
OLD, FRESH = 14, 3

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


def test_no_alert_of_an_absence_is_lost_or_told_twice_by_kill_9(tmp_path: Path) -> None:
    seed = int(os.environ.get("CRASH_SEED", str(random.SystemRandom().randrange(2**32))))
    chance = random.Random(seed)  # noqa: S311 - a stated seed, so that a run can be had again
    print(f"CRASH_SEED={seed}")
    with (
        LocalNewswire(clock=clock.now) as wire,
        LocalInbox() as inbox,
        LocalReceiver(key=b"k" * 32) as receiver,
        ExitStack() as houses,
    ):
        wire.publish(numbered(0), clock.now() - timedelta(hours=7))
        config = written(tmp_path, wire, inbox, receiver)
        config.write_text(config.read_text(encoding="utf-8") + "[catch_up]\nwait_s = 4\n", encoding="utf-8")
        nursery = houses.enter_context(Nursery(config))
        nursery.start()
        wait_until((tmp_path / "crash.db").exists)
        archive = Archive.open(f"sqlite:///{tmp_path / 'crash.db'}", now=clock.now())
        wait_until(lambda: len(archive.latest(5)) == 1)
        assert nursery.kill() == -9
        with archive.database.writing() as connection:
            gone = update(CHECKPOINT).where(CHECKPOINT.c.name == HEARTBEAT)
            connection.execute(gone.values(at=clock.now() - timedelta(hours=6)))
            connection.execute(text("UPDATE source SET next_poll_at = '2000-01-01'"))
        for n in range(1, OLD + FRESH + 1):
            minutes = 350 - 18 * n if n <= OLD else 2
            wire.publish(numbered(n, words="needle"), clock.now() - timedelta(minutes=minutes))
        for _ in range(KILLS):
            nursery.start()
            time.sleep(chance.uniform(*LIVES_S))
            assert nursery.kill() == -9
        nursery.start()
        wait_until(lambda: settled(archive, wire))
        nursery.stop()
        _told_once(archive, inbox, receiver)
        archive.close()


def _told_once(archive: Archive, inbox: LocalInbox, receiver: LocalReceiver) -> None:
    alerts = archive.alerts(1_000)
    assert len(alerts) == 2 * (OLD + FRESH)
    with archive.database.reading() as connection:
        [(absence, releases, together)] = absences(connection, 5)
        told = connection.execute(MESSAGE_ALERT.select()).all()
    assert absence.cause.value == "stopped"
    assert (releases, together) == (OLD + FRESH, 2 * OLD)

    deliveries = archive.deliveries(limit=1_000)
    assert {line.state for line in deliveries} == {"sent"}
    by_alert = Counter((id_, line.channel) for line in deliveries for id_ in line.alert_ids)
    assert by_alert == Counter({(alert.id, channel): 1 for alert in alerts for channel in ("mail", "hook")})
    # Each old one stands in the digest of each channel, each fresh one in one message of its own.
    assert len(told) == 2 * 2 * OLD + 2 * FRESH

    received = Counter(mail.message_id.strip("<>").split("@")[0] for mail in inbox.messages())
    received += Counter(hook.id for hook in receiver.accepted())
    repeats = {line.key: line.repeats for line in deliveries}
    assert set(received) == set(repeats)
    assert all(times <= 1 + repeats[key] for key, times in received.items())
    print(f"{len(deliveries)} deliveries, {sum(received.values()) - len(received)} repeated")
