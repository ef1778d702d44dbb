"""Wires that need no code of their own: the generic parser reads their pages, these rows name them."""

from __future__ import annotations

from ingest.wires.wire import Wire

_NEW_YORK = "America/New_York"

BUSINESS_WIRE = Wire(slug="businesswire", hosts=("businesswire.com",), tags=(r"BUSINESS\s?WIRE",), zone=_NEW_YORK)
MARKETWIRED = Wire(
    slug="marketwired", hosts=("marketwired.com", "marketwire.com"), tags=(r"Marketwired?",), zone=_NEW_YORK
)
PR_NEWSWIRE_ASIA = Wire(slug="prnasia", hosts=("prnasia.com",), zone="Asia/Shanghai")
