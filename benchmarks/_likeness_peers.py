"""Other ways to tell near-duplicates, with the thresholds that are usual: exact hash, simhash, MinHash with LSH."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from news.release import Release

Alike = Callable[[Release, Release], bool]
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
SIMHASH_BITS, SIMHASH_DISTANCE = 64, 3
PERMUTATIONS, JACCARD_MIN = 128, 0.8
SHINGLE_WORDS = 5
_PRIME = np.uint64((1 << 61) - 1)


def exact(release: Release) -> bytes:
    """Of the text without its white space and case."""
    return hashlib.sha256(" ".join(_words(release)).encode()).digest()


def simhash(release: Release) -> int:
    """Charikar's, over the words in threes, 64 bits; alike within three bits (Manku et al., 2007)."""
    weights = np.zeros(SIMHASH_BITS, dtype=np.int64)
    for shingle in _shingles(_words(release), 3):
        bits = np.unpackbits(np.frombuffer(_hash(shingle).to_bytes(8, "big"), dtype=np.uint8))
        weights += 2 * bits.astype(np.int64) - 1
    return int.from_bytes(np.packbits((weights > 0).astype(np.uint8)).tobytes(), "big")


def minhash(release: Release) -> np.ndarray:
    """Broder's, 128 permutations over the words in fives; alike from an estimated Jaccard of 0.8."""
    hashes = np.array([_hash(each) & ((1 << 31) - 1) for each in _shingles(_words(release), SHINGLE_WORDS)], np.uint64)
    draw = np.random.default_rng(1)
    factors = draw.integers(1, 1 << 31, PERMUTATIONS, dtype=np.uint64)
    offsets = draw.integers(0, 1 << 31, PERMUTATIONS, dtype=np.uint64)
    if not hashes.size:
        return np.zeros(PERMUTATIONS, np.uint64)
    return ((hashes[:, None] * factors + offsets) % _PRIME).min(axis=0)


PEERS: dict[str, tuple[Callable[[Release], object], Callable[[object, object], bool]]] = {
    "exact hash": (exact, lambda one, other: one == other),
    "simhash, 3 of 64 bits": (simhash, lambda one, other: (int(one) ^ int(other)).bit_count() <= SIMHASH_DISTANCE),  # type: ignore[call-overload]
    "MinHash, Jaccard 0.8": (minhash, lambda one, other: float(np.mean(np.equal(one, other))) >= JACCARD_MIN),  # type: ignore[call-overload]
    "MinHash, Jaccard 0.5": (minhash, lambda one, other: float(np.mean(np.equal(one, other))) >= 0.5),  # type: ignore[call-overload]
}


# By Jaccard thresholds, as its own index has them.
LSH = {"datasketch LSH, 0.8": 0.8, "datasketch LSH, 0.5": 0.5}


def has_datasketch() -> bool:
    return importlib.util.find_spec("datasketch") is not None


def datasketched(
    releases: Mapping[str, Release], pairs: Sequence[tuple[str, str, bool]], threshold: float
) -> tuple[list[bool], float]:
    """For each pair whether its index answers the one by the other; microseconds a release, signed, asked and added."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - where it is installed

    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    found: dict[str, set[str]] = {}
    began = time.process_time()
    for id_, release in releases.items():
        signed = MinHash(num_perm=PERMUTATIONS)
        signed.update_batch([each.encode() for each in _shingles(_words(release), SHINGLE_WORDS)])
        found[id_] = set(index.query(signed))
        index.insert(id_, signed)
    spent_s = time.process_time() - began
    return [a in found[b] or b in found[a] for a, b, _ in pairs], spent_s / len(releases) * 1e6


def _words(release: Release) -> list[str]:
    return _WORD.findall(f"{release.headline} {release.body}".casefold())


def _shingles(words: list[str], size: int) -> set[str]:
    return {" ".join(words[at : at + size]) for at in range(max(1, len(words) - size + 1))}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
