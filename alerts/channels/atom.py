"""Alerts as an Atom feed in a file, for a web server to hand out or a feed reader to read."""

from __future__ import annotations

import os
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

from pydantic import BaseModel, ConfigDict, Field

from alerts.card import Card, Run, card
from alerts.channels.contract import ChannelContext
from alerts.channels.file import FilePath, Turns
from alerts.plain import unbroken, visible
from news.alert import Delivery, Outcome
from news.release import iso

ENTRIES_MAX = 500
_FEED_BYTES_MAX = 20_000_000
_ATOM = "http://www.w3.org/2005/Atom"
_STEM = "urn:wirewatch:"

ET.register_namespace("", _ATOM)


class AtomSettings(BaseModel):
    """`path` is the feed's file; it holds the newest `entries`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: FilePath
    title: Annotated[str, Field(min_length=1, max_length=200)] = "Wirewatch"
    entries: Annotated[int, Field(ge=1, le=ENTRIES_MAX)] = 100


class AtomChannel:
    """The feed is written anew beside the old one and put in its place: a reader never sees half of one.

    An entry's id is the delivery's: what comes twice stands there once.
    """

    def __init__(self, name: str, settings: AtomSettings, context: ChannelContext) -> None:
        self.name = name
        self._settings = settings
        self._path = Path(settings.path)
        self._context = context
        self.recipients = (self._path.name,)
        self._turns = Turns()

    async def send(self, delivery: Delivery) -> Outcome:
        framing = self._context.framing(delivery)
        entry = _entry(delivery, card(delivery.message, framing), framing.sent_at)
        return await self._turns.take(lambda: self._put(entry, framing.sent_at))

    async def aclose(self) -> None:
        """Nothing is held open between two alerts."""

    def _put(self, entry: ET.Element, now: datetime) -> None:
        key = entry.findtext(_in_atom("id"))
        others = [each for each in self._entries() if each.findtext(_in_atom("id")) != key]
        feed = ET.Element(_in_atom("feed"))
        _say(feed, "id", f"{_STEM}channel:{self.name}")
        _say(feed, "title", self._settings.title)
        _say(feed, "updated", iso(now))
        _say(feed, "generator", "Wirewatch")
        feed.extend([entry, *others][: self._settings.entries])
        beside = self._path.with_name(f".{self._path.name}.new")
        with beside.open("wb") as file:
            ET.ElementTree(feed).write(file, encoding="utf-8", xml_declaration=True)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def _entries(self) -> list[ET.Element]:
        """What the feed holds; nothing where there is none, or where it is not ours any more."""
        try:
            if self._path.stat().st_size > _FEED_BYTES_MAX:
                return []
            return ET.fromstring(self._path.read_bytes()).findall(_in_atom("entry"))  # noqa: S314  our own file
        except (FileNotFoundError, ET.ParseError):
            return []


def _entry(delivery: Delivery, shown: Card, now: datetime) -> ET.Element:
    entry = ET.Element(_in_atom("entry"))
    _say(entry, "id", f"{_STEM}{delivery.key}")
    _say(entry, "title", shown.summary)
    _say(entry, "updated", iso(delivery.message.made_at))
    _say(entry, "published", iso(now))
    author = ET.SubElement(entry, _in_atom("author"))
    _say(author, "name", "Wirewatch")
    if shown.link:
        ET.SubElement(entry, _in_atom("link"), {"rel": "alternate", "href": shown.link})
    content = ET.SubElement(entry, _in_atom("content"), {"type": "html"})
    content.text = "\n".join(f"<p>{''.join(map(_html, line.runs))}</p>" for line in shown.lines)
    return entry


def _html(run: Run) -> str:
    text = escape(_clean(run.text, ends=True))
    text = f"<b>{text}</b>" if run.bold else text
    return f'<a href="{escape(run.link)}">{text}</a>' if run.link else text


def _say(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, _in_atom(name)).text = _clean(text)


def _clean(text: str, *, ends: bool = False) -> str:
    """Without the characters that XML cannot hold; with the spaces at its ends where `ends`."""
    clean = visible(unbroken(text)).replace("\ufffe", "").replace("\uffff", "")
    return clean if ends else clean.strip()


def _in_atom(name: str) -> str:
    return f"{{{_ATOM}}}{name}"
