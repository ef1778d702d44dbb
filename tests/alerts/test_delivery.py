import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from alerts import samples
from alerts.delivery import RETRY_AFTER_MAX_S, WAITS_S, deliver, next_attempt
from news.alert import Refused, Retry, Sent

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
DELIVERY = samples.test_delivery(channel="desk", recipient="d@example.org", now=NOW)


def wait_s(attempts, *, after_s=None, random=0.0):
    at = next_attempt(attempts, Retry("status: HTTP 503", after_s=after_s), NOW, lambda: random)
    return None if at is None else (at - NOW).total_seconds()


def test_the_waits_are_those_of_standard_webhooks_and_then_it_is_dead():
    hours = [2, 5, 10, 14, 20, 24]
    assert [wait_s(n) for n in range(1, 11)] == [5, 300, 1800, *(3600 * h for h in hours), None]


def test_chance_only_lengthens_a_wait_and_by_a_fifth_at_most():
    assert wait_s(2, random=0.999999) == pytest.approx(360, rel=1e-4)


@pytest.mark.parametrize(("wish", "expected"), [(1.0, 5), (900.0, 900), (1e12, RETRY_AFTER_MAX_S), (-5.0, 5)])
def test_the_receivers_wish_is_kept_within_a_day(wish, expected):
    assert wait_s(1, after_s=wish) == expected


@pytest.mark.parametrize("wish", [float("nan"), float("inf")])
def test_a_wish_that_is_no_number_is_none(wish):
    assert wait_s(1, after_s=wish) == 5


@pytest.mark.parametrize("outcome", [Sent(), Refused("gone")])
def test_what_is_settled_is_not_tried_again(outcome):
    assert next_attempt(1, outcome, NOW, lambda: 0.5) is None


def test_a_count_beyond_the_schedule_is_dead_and_one_of_zero_waits_like_the_first():
    assert wait_s(len(WAITS_S) + 5) is None
    assert next_attempt(0, Retry("x"), NOW, lambda: 0.0) == NOW + timedelta(seconds=5)


class Broken:
    name = "desk"
    recipients = ("d@example.org",)

    def __init__(self, act):
        self._act = act

    async def send(self, delivery):
        return await self._act()

    async def aclose(self):
        pass


async def test_a_channel_that_hangs_is_given_up_and_may_have_been_taken():
    outcome = await deliver(DELIVERY, Broken(lambda: asyncio.sleep(60)), timeout_s=0.05)
    assert isinstance(outcome, Retry)
    assert outcome.perhaps_taken
    assert outcome.reason.startswith("timeout:")


async def test_a_surprise_is_retried_and_logged_without_its_message():
    async def act():
        raise KeyError("s3cret-token")

    with structlog.testing.capture_logs() as logs:
        outcome = await deliver(DELIVERY, Broken(act), timeout_s=1)
    assert outcome == Retry("internal: KeyError", perhaps_taken=True)
    assert [line["event"] for line in logs] == ["delivery_raised"]
    assert "s3cret" not in repr(logs)


async def test_being_stopped_is_no_outcome():
    task = asyncio.create_task(deliver(DELIVERY, Broken(lambda: asyncio.sleep(60)), timeout_s=60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
