"""RSS 0.9 to 2.0, RDF and Atom 0.3 and 1.0, read by lxml: what is well formed, or was mended to be.

An element is known by its namespace, or where that is none of ours by its prefix: wires bind `dc` to
addresses of their own, and some feeds bind their prefixes to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from lxml import etree

from ingest.feed_items import NO_TEXT, Category, Feed, FeedItem, Link, Person, Text
from ingest.feed_wording import language_of, text_of
from ingest.snippets import one_line

_PREFIX_OF = {
    "http://purl.org/rss/1.0/": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://dublincore.org/documents/dcmi-namespace/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
# Of modules that are the matter of a company, whatever host they name: by how their namespace ends.
_MODULE_ENDS = {"/mrss/": "media", "/mrss": "media", "/podcast-1.0.dtd": "itunes"}
_KNOWN_PREFIXES = frozenset((*_PREFIX_OF.values(), *_MODULE_ENDS.values()))
_ITEM = frozenset(("item", "entry"))
_ROOTS = frozenset(("rss", "feed", "rdf", "channel", "entry"))
# Of a module that is not known these would be mistaken for the feed's own.
_MISTAKEN = frozenset(("title", "link", "description", "content", "id", "guid", "item", "summary", "date", "author"))
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_TITLE = ("title", "dc:title", "media:title")
_SUMMARY = frozenset(("description", "dc:description", "summary", "abstract"))
_LESSER_SUMMARY = ("dcterms:abstract", "itunes:summary", "media:description")
_CONTENT = ("content:encoded", "content", "xhtml:body", "body", "fullitem", "xhtml:div")
_PUBLISHED = ("pubdate", "published", "issued", "dcterms:issued", "dc:issued")
_UPDATED = ("updated", "modified", "dc:date", "dcterms:modified", "dc:modified", "lastbuilddate", "date")
_CREATED = ("created", "dcterms:created", "dc:created")
_AUTHOR = ("author", "dc:creator", "dc:author", "managingeditor", "itunes:author")
_CONTRIBUTOR = ("contributor", "dc:contributor")
_PUBLISHER = ("dc:publisher", "webmaster", "publisher")
_SUBJECTS = ("category", "dc:subject", "dc:keyword", "keywords", "subject", "industry")
_TIMETABLE = {"ttl": "ttl", "sy:updateperiod": "sy_updateperiod", "sy:updatefrequency": "sy_updatefrequency"}

_EACH_MAX = 200  # of one element in one item
_MAIL = re.compile(r"[^\s<>()\[\],;:]{1,100}@[\w.-]{1,200}\.\w{2,20}")


class NotWellFormedError(Exception):
    """The structure cannot be relied on: rows would run into one another."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """One document: `names` remembers what its elements are called, `own` is the namespace of its format."""

    names: dict[tuple[str, str | None], str]
    base: str
    own: str

    def name(self, element: etree._Element) -> str:
        tag = element.tag
        if not isinstance(tag, str):
            return ""
        key = (tag, element.prefix)
        found = self.names.get(key)
        if found is None:
            found = self.names[key] = _called(tag, element.prefix, self.own)
        return found

    def children(self, element: etree._Element) -> dict[str, list[etree._Element]]:
        said: dict[str, list[etree._Element]] = {}
        for child in element:
            found = said.setdefault(self.name(child), [])
            if len(found) < _EACH_MAX:
                found.append(child)
        return said

    def absolute(self, element: etree._Element, href: str) -> str:
        href = href.strip()
        if not href or re.match(r"[a-zA-Z][\w+.-]*:", href):
            return href
        try:
            return urljoin(element.base or self.base, href)
        except ValueError:
            return href


def read_xml(text: str, base: str) -> Feed | None:
    """The feed in a mended document; None where its root is that of no feed. Nothing is fetched or expanded.

    Raises:
        NotWellFormedError: items ran into one another, or nothing could be read.
    """
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser, base_url=base or None)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotWellFormedError(str(error)) from error
    if root is None:
        raise NotWellFormedError("no element")
    if _local(root) not in _ROOTS:
        return None
    head = root if _local(root) == "channel" else next(root.iterchildren("{*}channel"), root)
    reader = _Reader({}, base, _space(head))
    elements, within = _items(reader, root)
    # Of a document that is whole, an item within an item is something that the outer one tells of.
    damaged = _is_damaged(parser)
    if damaged and (within or _begun(text) > len(elements)):
        raise NotWellFormedError("items run into one another, or were lost")
    items = tuple(_item(reader, element) for element in elements)
    return replace(_feed(reader, head, items), whole=not damaged)


def _local(element: etree._Element) -> str:
    return str(element.tag).lower().rpartition("}")[2].rpartition(":")[2]


def _space(element: etree._Element) -> str:
    return str(element.tag).lower().rpartition("}")[0].removeprefix("{").strip()


def _called(tag: str, prefix: str | None, own: str) -> str:
    """`dc:creator`; of what belongs to the feed's own format the bare name, in lower case."""
    space, _, local = tag.lower().rpartition("}")
    space = space.removeprefix("{").strip()
    known = "" if space and space == own else _PREFIX_OF.get(space)
    if known is None:
        known = next((name for end, name in _MODULE_ENDS.items() if space.endswith(end)), None)
    if not space:
        said, _, local = local.rpartition(":")
        known = said if said in _KNOWN_PREFIXES else None
        prefix = said or None
    if known is None:
        told = prefix is None or prefix.lower() in _KNOWN_PREFIXES
        known = (prefix or "").lower() if told else "x" if local in _MISTAKEN else ""
    return f"{known}:{local}" if known else local


def _items(reader: _Reader, root: etree._Element) -> tuple[list[etree._Element], int]:
    """The items, and how many more stand within one."""
    found = [element for element in root.iter("{*}item", "{*}entry") if reader.name(element) in _ITEM]
    outer = [element for element in found if not any(reader.name(above) in _ITEM for above in element.iterancestors())]
    return outer, len(found) - len(outer)


def _is_damaged(parser: etree.XMLParser) -> bool:
    """Whether more is wrong than prefixes that are bound to nothing."""
    return any(error.domain != etree.ErrorDomains.NAMESPACE for error in parser.error_log)


_ITEM_START = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<item>(?:\w{1,20}:)?(?:item|entry))[\s>]", re.DOTALL
)


def _begun(text: str) -> int:
    return sum(1 for found in _ITEM_START.finditer(text) if found["item"])


def _feed(reader: _Reader, head: etree._Element, items: tuple[FeedItem, ...]) -> Feed:
    said = reader.children(head)
    timetable = {key: _flat(said[name][0]) for name, key in _TIMETABLE.items() if name in said}
    return Feed(
        title=one_line(_first_text(said, _TITLE).value),
        description=one_line(_first_text(said, ("description", "subtitle", "tagline")).value),
        language=_first(said, ("language", "dc:language")) or language_of(head),
        links=tuple(_links(reader, head)),
        items=items,
        # What holds for all items of an Atom feed that name none (RFC 4287, 4.2.1).
        authors=tuple(_people(reader, said, ("author",))) if _local(head) == "feed" else (),
        timetable=timetable,
    )


def _item(reader: _Reader, element: etree._Element) -> FeedItem:
    said = reader.children(element)
    guid, permanent = _guid(reader, element, said)
    links = tuple(_links(reader, element))
    parts = [part for part in element if reader.name(part) in _SUMMARY] or _all(said, _LESSER_SUMMARY)
    summaries = [text for part in parts if (text := text_of(part)).value]
    content = [text for part in _all(said, _CONTENT) if (text := text_of(part)).value]
    # Two different texts are a short one and a long one.
    content += [text for text in summaries[1:2] if text.value != summaries[0].value and not content]
    return FeedItem(
        guid=guid,
        guid_is_link=permanent and not any(link.rel == "alternate" for link in links),
        links=links,
        title=_first_text(said, _TITLE),
        summary=summaries[0] if summaries else NO_TEXT,
        content=tuple(content),
        published=_last(said, _PUBLISHED),
        updated=_last(said, _UPDATED),
        created=_last(said, _CREATED),
        authors=tuple(_people(reader, said, _AUTHOR)),
        contributors=tuple(_people(reader, said, _CONTRIBUTOR)),
        publisher=next(_people(reader, said, _PUBLISHER), None),
        categories=tuple(_categories(said)),
        language=_first(said, ("dc:language", "language")) or language_of(element),
        identifier=_first(said, ("dc:identifier",)),
    )


def _all(said: Mapping[str, list[etree._Element]], names: Iterable[str]) -> Iterator[etree._Element]:
    for name in names:
        yield from said.get(name, ())


def _first(said: Mapping[str, list[etree._Element]], names: Iterable[str]) -> str:
    return next((text for element in _all(said, names) if (text := one_line(_flat(element)))), "")


def _last(said: Mapping[str, list[etree._Element]], names: Iterable[str]) -> str:
    """Of the first element that is there what it says last."""
    told = ((text for element in reversed(said.get(name, ())) if (text := one_line(_flat(element)))) for name in names)
    return next((text for texts in told for text in texts), "")


def _first_text(said: Mapping[str, list[etree._Element]], names: Iterable[str]) -> Text:
    texts = (text_of(element) for element in _all(said, names))
    return next((text for text in texts if text.value), NO_TEXT)


def _flat(element: etree._Element) -> str:
    return "".join(element.itertext()) if len(element) else element.text or ""


def _guid(reader: _Reader, element: etree._Element, said: Mapping[str, list[etree._Element]]) -> tuple[str, bool]:
    for part in _all(said, ("guid", "id")):
        value = _flat(part).strip()
        if value:
            rss = reader.name(part) == "guid"
            return value, rss and (
                part.get("isPermaLink") or part.get("ispermalink") or "true"
            ).strip().lower() != "false"
    about = element.get(_RDF_ABOUT, "").strip()
    return about, bool(about)


def _links(reader: _Reader, of: etree._Element) -> Iterator[Link]:
    """The addresses in their order."""
    for element in of:
        match reader.name(element):
            case "link" if not element.get("href") and not element.get("url"):
                yield from _link(reader, element, _flat(element))
            case "link":
                yield from _link(reader, element, element.get("href") or element.get("url") or "")
            case "enclosure" | "media:content":
                yield from _link(reader, element, element.get("url") or element.get("href") or "", "enclosure")
            case "media:group":
                yield from _links(reader, element)


def _link(reader: _Reader, element: etree._Element, href: str, rel: str | None = None) -> Iterator[Link]:
    if href.strip():
        rel = rel or (element.get("rel") or "alternate").strip().lower()
        size = element.get("length") or element.get("fileSize") or ""
        told = (element.get("type") or "", size, element.get("title") or "")
        yield Link(reader.absolute(element, href), rel, *map(str.strip, told))


def _people(reader: _Reader, said: Mapping[str, list[etree._Element]], names: Iterable[str]) -> Iterator[Person]:
    for element in _all(said, names):
        person = _person(reader, element)
        if person is not None:
            yield person


def _person(reader: _Reader, element: etree._Element) -> Person | None:
    parts = reader.children(element)
    if not parts:
        return person_of(_flat(element))
    name, email = _first(parts, ("name",)), _first(parts, ("email",))
    url = next(
        ((part, text) for part in _all(parts, ("uri", "url", "homepage")) if (text := _flat(part).strip())), None
    )
    if not (name or email or url):
        return person_of(_flat(element))
    return Person(name, email, reader.absolute(*url) if url else "")


def person_of(said: str) -> Person | None:
    """`Name <mail>`, `mail (Name)`, a name, or a mail address; None of nothing."""
    line = one_line(said)
    if not line:
        return None
    mail = _MAIL.search(line)
    if mail is None:
        return Person(line)
    rest = line[: mail.start()] + line[mail.end() :]
    rest = re.sub(r"[<(\[]?\s*mailto:\s*[>)\]]?|<\s*>|\(\s*\)|\[\s*\]", "", rest).strip()
    name = rest[1:-1] if rest[:1] == "(" and rest[-1:] == ")" else rest
    return Person(one_line(name).strip(" ,;"), mail[0])


def _categories(said: Mapping[str, list[etree._Element]]) -> Iterator[Category]:
    for element in _all(said, _SUBJECTS):
        domain = (element.get("domain") or element.get("scheme") or "").strip()
        label = (element.get("label") or "").strip()
        term = one_line(element.get("term") or _flat(element))
        if term or label:
            yield Category(domain, term or label, label)
