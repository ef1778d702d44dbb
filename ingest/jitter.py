"""Chance without dice: the same share for the same name, spread evenly over many names. Pure."""

from __future__ import annotations

import hashlib


def share(name: str, turn: int = 0) -> float:
    """From 0 to below 1, by a hash of the name and which turn it is."""
    digest = hashlib.blake2b(f"{name}\n{turn}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2.0**64
