from __future__ import annotations

import gzip
import itertools
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.inflate import Body, BodyFault, Fault

LIMIT = 10_000


def collect(coding: str, packed: bytes, cuts: list[int], *, bytes_max: int = LIMIT) -> bytes:
    """The body fed in pieces that end at the cuts."""
    body = Body(coding, bytes_max=bytes_max, bomb_ratio=100)
    marks = sorted({0, len(packed), *(cut % (len(packed) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(marks):
        body.feed(packed[start:end])
    return body.close()


def fault_of(coding: str, packed: bytes) -> Fault | None:
    try:
        collect(coding, packed, [])
    except BodyFault as error:
        return error.fault
    return None


@given(
    st.binary(max_size=3_000), st.lists(st.integers(0, 10_000), max_size=5), st.sampled_from(["", "gzip", "deflate"])
)
def test_a_body_is_the_same_in_whatever_pieces_it_comes(data: bytes, cuts: list[int], coding: str) -> None:
    packed = {"": data, "gzip": gzip.compress(data), "deflate": zlib.compress(data)}[coding]
    assert collect(coding, packed, cuts) == data


@given(st.binary(min_size=1, max_size=200))
def test_rubbish_is_a_named_fault(data: bytes) -> None:
    assert fault_of("gzip", data) in (Fault.BAD_ENCODING, Fault.TRUNCATED)
    # Bare deflate has no mark of its own: a few bytes of anything may be a body.
    assert fault_of("deflate", data) in (Fault.BAD_ENCODING, Fault.TRUNCATED, None)


@given(st.binary(min_size=1, max_size=500), st.integers(0, 10_000), st.sampled_from(["gzip", "deflate"]))
def test_a_body_cut_short_is_a_fault(data: bytes, cut: int, coding: str) -> None:
    packed = gzip.compress(data) if coding == "gzip" else zlib.compress(data)
    assert fault_of(coding, packed[: 1 + cut % (len(packed) - 1)]) is Fault.TRUNCATED


@pytest.mark.parametrize(("size", "whole"), [(LIMIT, True), (LIMIT + 1, False)])
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_limit_is_exact_and_what_was_read_stays_under_it(size: int, whole: bool, coding: str) -> None:
    data = bytes(size)
    body = Body(coding, bytes_max=LIMIT, bomb_ratio=100)
    packed = gzip.compress(data) if coding else data
    if whole:
        body.feed(packed)
        assert body.close() == data
    else:
        with pytest.raises(BodyFault) as caught:
            body.feed(packed)
        assert caught.value.fault is (Fault.BOMB if coding else Fault.TOO_LARGE)
        assert body.data == data[:LIMIT]


def test_a_bomb_is_told_from_a_large_body_by_its_ratio() -> None:
    dense = zlib.compress(bytes(range(256)) * 200)
    with pytest.raises(BodyFault) as caught:
        Body("deflate", bytes_max=LIMIT, bomb_ratio=10_000).feed(dense)
    assert caught.value.fault is Fault.TOO_LARGE
