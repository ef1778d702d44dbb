"""Code that serves every wire names none. What it may name lies in three places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from house import PACKAGES, ROOT, shown

from config.catalogue import wires

MAY_NAME = ("ingest/wires/", "config/catalogue.toml", "config/example.toml", "wirewatch/demo/")
TEXTS = {".py", ".html", ".xml", ".txt", ".css", ".js", ".toml", ".j2", ".mako", ".jinja"}

# Beyond what the catalogue lists: former names, owners, and names in well-known captures.
MORE_NAMES = {
    "accesswire",
    "avatr",
    "byd",
    "byddy",
    "cision",
    "goodyear",
    "ichongqing",
    "marketwired",
    "mediaroom",
    "tableau",
    "verimatrix",
}

# Documents and names that mean something to every reader: standards, reserved names, this machine.
NEUTRAL_HOSTS = re.compile(
    r"(.*\.)?(example|example\.(com|org|net)|invalid|test|localhost|w3\.org|purl\.org|schema\.org|ietf\.org"
    r"|rfc-editor\.org|standardwebhooks\.com|dublincore\.org|iptc\.org|python\.org|sqlite\.org|sqlalchemy\.org"
    r"|github\.com|whatwg\.org|robotstxt\.org)|127\.0\.0\.\d+"
)


def texts() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in TEXTS and not shown(path).startswith(MAY_NAME):
                yield path


def lines() -> Iterator[tuple[str, str]]:
    for path in texts():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{shown(path)}:{number}", line


def names() -> re.Pattern[str]:
    """The catalogue's slugs, titles and hosts, and the names above, as words."""
    known = set(MORE_NAMES)
    for wire in wires():
        host = (urlsplit(wire.home).hostname or "").removeprefix("www.")
        known |= {wire.slug, wire.title.casefold(), wire.title.casefold().replace(" ", ""), host}
    words = "|".join(re.escape(name) for name in sorted(known))
    return re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE)


def test_the_search_finds_what_it_looks_for() -> None:
    assert names().search('if "www.prnewswire.com" in url')
    assert names().search("/PRNewswire/ --")
    assert not names().search("the precision of a newswire")


def test_no_wire_publisher_or_company_is_named() -> None:
    pattern = names()
    assert [f"{place} {found[0]}" for place, line in lines() if (found := pattern.search(line))] == []


def test_no_host_is_named() -> None:
    strays = [
        f"{place} {host}"
        for place, line in lines()
        for host in re.findall(r"https?://(?:[^/\s@]*@)?((?:[\w-]+\.)+[\w-]+)", line)
        if not NEUTRAL_HOSTS.fullmatch(host)
    ]
    assert strays == []
