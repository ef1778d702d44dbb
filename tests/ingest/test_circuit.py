"""A host in trouble is left alone, and asked by one probe at a time until it is well."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ingest.answers import FetchReason
from ingest.circuit import (
    HOST_TROUBLE,
    JITTER,
    OPEN_FIRST_S,
    OPEN_MAX_S,
    OPENS_AFTER,
    WELL,
    Circuit,
    CircuitState,
    closed_for_s,
    ended,
    left,
    passed,
    state,
)

DOWN = FetchReason.TIMEOUT


def failing(count: int, *, now: float = 0.0, reason: FetchReason = DOWN, circuit: Circuit = WELL) -> Circuit:
    for n in range(count):
        circuit = ended(circuit, reason, f"https://h.example/{n}", now, host="h.example")
    return circuit


def test_it_opens_after_failures_in_a_row_and_not_one_sooner() -> None:
    assert state(failing(OPENS_AFTER - 1), 0.0) is CircuitState.CLOSED
    assert state(failing(OPENS_AFTER), 0.0) is CircuitState.OPEN


def test_an_answer_of_any_kind_shows_a_host_at_work() -> None:
    for reason in (None, FetchReason.NOT_FOUND, FetchReason.FORBIDDEN, FetchReason.THROTTLED, FetchReason.TOO_LARGE):
        shaken = failing(OPENS_AFTER - 1)
        assert ended(shaken, reason, "https://h.example/", 0.0, host="h.example") == WELL


def test_one_broken_page_is_no_broken_host() -> None:
    circuit = WELL
    for _ in range(100):
        circuit = ended(circuit, FetchReason.SERVER_ERROR, "https://h.example/one", 0.0, host="h.example")
    assert state(circuit, 0.0) is CircuitState.CLOSED
    assert state(failing(OPENS_AFTER, reason=FetchReason.SERVER_ERROR), 0.0) is CircuitState.OPEN


def test_half_open_lets_one_through_and_its_end_decides() -> None:
    circuit = failing(OPENS_AFTER)
    later = circuit.open_until
    assert later is not None
    assert closed_for_s(circuit, 0.0) == later
    assert closed_for_s(circuit, later) == 0
    probing = passed(circuit, later)
    assert closed_for_s(probing, later) > 0
    assert closed_for_s(left(probing), later) == 0
    assert ended(probing, None, "https://h.example/", later, host="h.example") == WELL
    worse = ended(probing, DOWN, "https://h.example/", later, host="h.example")
    assert state(worse, later) is CircuitState.OPEN
    assert closed_for_s(worse, later) > closed_for_s(circuit, 0.0)


def test_what_was_on_its_way_when_it_opened_does_not_open_it_further() -> None:
    circuit = failing(OPENS_AFTER)
    assert failing(10, circuit=circuit) == circuit


@given(st.integers(1, 400))
def test_the_waits_grow_to_a_bound(probes: int) -> None:
    circuit, now, waits = failing(OPENS_AFTER), 0.0, []
    for _ in range(probes):
        waits.append(closed_for_s(circuit, now))
        now += waits[-1]
        circuit = ended(passed(circuit, now), DOWN, "https://h.example/", now, host="h.example")
    assert OPEN_FIRST_S <= waits[0] <= OPEN_FIRST_S * (1 + JITTER)
    assert max(waits) <= OPEN_MAX_S * (1 + JITTER)
    assert all(later >= before / (1 + JITTER) for before, later in itertools.pairwise(waits))


Outcome = st.sampled_from([None, FetchReason.NOT_FOUND, *HOST_TROUBLE])


@given(
    st.lists(
        st.tuples(st.floats(0, 200), Outcome, st.integers(0, 9), st.sampled_from(["answer", "cancel"])), max_size=200
    )
)
def test_whatever_happens_at_most_one_probe_is_out_and_the_host_comes_back(
    steps: list[tuple[float, FetchReason | None, int, str]],
) -> None:
    """One request at a time, as a host is asked: between an opening and the next success, only probes go out."""
    circuit, now = WELL, 0.0
    for wait_s, reason, page, how in steps:
        now += wait_s
        if closed_for_s(circuit, now) > 0:
            assert state(circuit, now) is CircuitState.OPEN
            continue
        before = state(circuit, now)
        circuit = passed(circuit, now)
        if before is CircuitState.HALF_OPEN:
            assert closed_for_s(circuit, now) > 0, "a second one would pass beside the probe"
        if how == "cancel":
            circuit = left(circuit)
            assert closed_for_s(circuit, now) == 0
            continue
        circuit = left(ended(circuit, reason, f"https://h.example/{page}", now, host="h.example"))
        if reason not in HOST_TROUBLE:
            assert circuit == WELL
        elif before is CircuitState.HALF_OPEN:
            assert state(circuit, now) is CircuitState.OPEN
        assert closed_for_s(circuit, now) <= OPEN_MAX_S * (1 + JITTER)
