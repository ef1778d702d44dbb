"""Wires that need no code of their own: the generic parser reads their pages, these rows name them."""

from __future__ import annotations

from ingest.wires.wire import Wire

_NEW_YORK = "America/New_York"

MARKETWIRED = Wire(
    slug="marketwired", hosts=("marketwired.com", "marketwire.com"), tags=(r"Marketwired?",), zone=_NEW_YORK
)
ACCESS_NEWSWIRE = Wire(
    slug="accesswire",
    hosts=("accessnewswire.com", "accesswire.com"),
    tags=(r"ACCESS\s?(?:WIRE|Newswire)",),
    zone=_NEW_YORK,
)
NEWSFILE = Wire(slug="newsfile", hosts=("newsfilecorp.com",), tags=(r"Newsfile(?:\sCorp\.?)?",), zone=_NEW_YORK)
NEW_MEDIA_WIRE = Wire(slug="newmediawire", hosts=("newmediawire.com",), tags=(r"NewMediaWire",), zone=_NEW_YORK)
MEDIA_OUTREACH = Wire(
    slug="media-outreach",
    hosts=("media-outreach.com",),
    tags=(r"Media\s?OutReach(?:\sNewswire)?",),
    zone="Asia/Hong_Kong",
)
EIN_PRESSWIRE = Wire(
    slug="einpresswire", hosts=("einpresswire.com",), tags=(r"EIN\s?Presswire(?:\.com)?",), zone=_NEW_YORK
)
