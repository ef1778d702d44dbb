"""Whether a host in trouble is asked at all: a circuit that opens, waits, and lets a single probe through. Pure.

Closed, it lets everything pass and counts failures of the host itself (connection, name, TLS, time-out, 5xx).
Open, it lets nothing pass until a time. Half open, after that time, it lets one request pass: the probe, whose end
closes it or opens it again for longer. Times are seconds on any one clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.answers import FetchReason
from ingest.jitter import share

# Failures in a row after which a host is left alone.
OPENS_AFTER = 5
# For how long at first, and at most; it doubles with each probe that fails.
OPEN_FIRST_S = 30.0
OPEN_MAX_S = 900.0
# By so much of it at most each wait is longer, so that hosts which fell together are not asked together.
JITTER = 0.2
# How soon to come again while the probe is under way.
PROBE_S = 5.0

HOST_TROUBLE = frozenset(
    {
        FetchReason.TIMEOUT,
        FetchReason.DNS,
        FetchReason.REFUSED,
        FetchReason.RESET,
        FetchReason.UNREACHABLE,
        FetchReason.TLS,
        FetchReason.SERVER_ERROR,
    }
)


class CircuitState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of a host's health. `openings`: how often it opened since it last was well.

    `erring` are the addresses that answered 5xx since then. Each counts once: one broken page is no broken host.
    """

    failures: int = 0
    openings: int = 0
    open_until: float | None = None
    probing: bool = False
    erring: frozenset[str] = frozenset()


WELL = Circuit()


def state(circuit: Circuit, now: float) -> CircuitState:
    if circuit.open_until is None:
        return CircuitState.CLOSED
    return CircuitState.OPEN if now < circuit.open_until else CircuitState.HALF_OPEN


def closed_for_s(circuit: Circuit, now: float) -> float:
    """In how many seconds to come again; 0 where a request may pass now."""
    if circuit.open_until is None:
        return 0.0
    left_s = circuit.open_until - now
    return left_s if left_s > 0 else PROBE_S * circuit.probing


def passed(circuit: Circuit, now: float) -> Circuit:
    """After a request was let through: half open, it is the probe."""
    return replace(circuit, probing=True) if state(circuit, now) is CircuitState.HALF_OPEN else circuit


def ended(circuit: Circuit, reason: FetchReason | None, address: str, now: float, *, host: str) -> Circuit:
    """After a request ended with `reason`, None for any answer that shows a host at work."""
    if reason not in HOST_TROUBLE:
        return WELL
    stands = state(circuit, now)
    if stands is not CircuitState.CLOSED:
        # What was on its way when the circuit opened says nothing new.
        return _opened(circuit, now, host) if stands is CircuitState.HALF_OPEN else circuit
    if reason is FetchReason.SERVER_ERROR:
        if address in circuit.erring:
            return circuit
        circuit = replace(circuit, erring=circuit.erring | {address})
    failures = circuit.failures + 1
    circuit = replace(circuit, failures=failures)
    return _opened(circuit, now, host) if failures >= OPENS_AFTER else circuit


def left(circuit: Circuit) -> Circuit:
    """After a request ended without a word on the host: cancelled, or refused before it was sent."""
    return replace(circuit, probing=False)


def _opened(circuit: Circuit, now: float, host: str) -> Circuit:
    openings = circuit.openings + 1
    wait_s = min(OPEN_FIRST_S * 2.0 ** min(openings - 1, 16), OPEN_MAX_S)
    wait_s *= 1.0 + JITTER * share(host, openings)
    return replace(circuit, openings=openings, open_until=now + wait_s, probing=False)
