"""ninjs, the IPTC's JSON for a news agency's story: versions 1 and 2, and the 3 whose texts are lists."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.clipping import Clipping
from ingest.json_text import read_json
from ingest.sheet import evened
from ingest.wires.copied import Copied, agency_claims, fragment_of
from ingest.wires.nitf import markup_of, nitf_root

_BODIES = ("body_html", "body_xhtml", "body_nitf", "body_text")
_ANY_BODY = "body_"
_TIMES = ("versioncreated", "versionCreated", "contentcreated", "contentCreated", "firstcreated", "firstCreated")
_NESTED_MAX = 4
_NOT_TEXT = frozenset({"picture", "graphic", "audio", "video"})
_NITF = re.compile(r"<nitf[\s>]", re.IGNORECASE)


def read_ninjs(text: str) -> Copied | None:
    """The story of a ninjs document, in whatever envelope; None where there is none, and for a picture or a film."""
    try:
        document = read_json(text)
    except (ValueError, RecursionError):
        return None
    item = _ninjs_item(document)
    if item is None or str(item.get("type") or "").casefold() in _NOT_TEXT:
        return None
    headline = _first_of(item.get("headline"), item.get("headlines"), item.get("title"), item.get("name"))
    markup = _body(item)
    if headline is None or not markup:
        return None
    fragment = fragment_of(markup)
    stamps = [_string(item.get(key)) for key in _TIMES]
    agency = _string(item.get("source")) or _string(item.get("provider"))
    clipping = Clipping(
        headline=headline,
        blocks=fragment.blocks,
        claims=tuple(agency_claims(stamps)),
        url=next(
            (uri for key in ("canonical", "url", "uri") if (uri := _string(item.get(key))) and uri.startswith("http")),
            None,
        ),
        release_number=_ninjs_number(item),
        language=_string(item.get("language")),
        topics=tuple(_ninjs_codes(item)),
        images=fragment.images,
    )
    return Copied(clipping=clipping, agency="-".join(agency.casefold().split()) if agency else None)


def _ninjs_item(document: object) -> Mapping[str, Any] | None:
    """The item itself, or the first in the envelopes that agencies' interfaces put around it."""
    for _ in range(_NESTED_MAX):
        if isinstance(document, list):
            document = document[0] if document else None
        if not isinstance(document, dict):
            return None
        if "bodies" in document or any(
            isinstance(key, str) and key.startswith(_ANY_BODY) and document[key] for key in document
        ):
            return document
        document = next((document[key] for key in ("data", "item", "items", "content") if document.get(key)), None)
    return None


def _body(item: Mapping[str, Any]) -> str:
    """The story as HTML: the first of its bodies that there is."""
    found = {key: _string(item.get(key)) or "" for key in _BODIES}
    bodies = item.get("bodies")
    for body in bodies if isinstance(bodies, list) else []:
        if isinstance(body, dict) and (value := _string(body.get("value"))):
            kind = (_string(body.get("contenttype")) or "").casefold()
            key = "body_text" if kind == "text/plain" else "body_html"
            found[key] = found[key] or value
    if found["body_html"] or found["body_xhtml"]:
        return found["body_html"] or found["body_xhtml"]
    if found["body_nitf"]:
        return _markup_of_nitf(found["body_nitf"])
    text = found["body_text"] or next(
        (value for key in item if key.startswith(_ANY_BODY) and (value := _string(item[key]))), ""
    )
    return text if "<p" in text else _paragraphs(text)


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{html.escape(part)}</p>".replace("\n", "<br>") for part in parts if part)


def _markup_of_nitf(markup: str) -> str:
    root = nitf_root(markup if _NITF.search(markup) else f"<nitf>{markup}</nitf>")
    content = root.find(".//body.content") if root is not None else None
    if content is None:
        content = root
    return markup_of(content) if content is not None else ""


def _ninjs_number(item: Mapping[str, Any]) -> str | None:
    altids = item.get("altids")
    own = altids.get("itemid") if isinstance(altids, dict) else None
    identifier = _string(own) or _string(item.get("guid")) or _string(item.get("uri"))
    return identifier if identifier and not identifier.startswith("http") else None


def _ninjs_codes(item: Mapping[str, Any]) -> Iterator[str]:
    for key in ("subject", "subjects"):
        subjects = item.get(key)
        for subject in subjects if isinstance(subjects, list) else []:
            code = subject.get("code") or subject.get("name") if isinstance(subject, dict) else None
            if isinstance(code, str) and code:
                yield code


def _first_of(*values: object) -> str | None:
    for value in values:
        listed = value if isinstance(value, list) else [value]
        for each in listed:
            text = _string(each.get("value")) if isinstance(each, dict) else _string(each)
            if text and evened(text):
                return evened(html.unescape(text))
    return None


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
