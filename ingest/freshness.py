"""How old an answer says it is. Pure."""

from __future__ import annotations

import re

from ingest.headers import RawHeaders, header


def age_s(raw: RawHeaders) -> float | None:
    """For how many seconds caches on the way say that they held the answer; None where none says so."""
    text = (header(raw, b"age") or "").strip()
    return float(text) if re.fullmatch(r"\d{1,9}", text) else None
