"""Wires that need no code of their own: the generic parser reads their pages, these rows name them."""

from __future__ import annotations

from ingest.wires.wire import Wire

_NEW_YORK = "America/New_York"

MARKETWIRED = Wire(
    slug="marketwired", hosts=("marketwired.com", "marketwire.com"), tags=(r"Marketwired?",), zone=_NEW_YORK
)
