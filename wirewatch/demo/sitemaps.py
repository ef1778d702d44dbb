"""The local wire's sitemaps: an index of a compressed one for each month, and one of the news of two days."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from wirewatch.demo.pages import Published
from wirewatch.demo.releases import EASTERN

INDEX_PATH = "/sitemap.xml"
NEWS_PATH = "/sitemap-news.xml"
MONTH_PATHS = "/sitemap-????-??.xml.gz"
NEWS_SPAN = timedelta(days=2)

_MONTH = re.compile(r"/sitemap-(\d{4}-\d{2})\.xml\.gz")
_NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def sitemap(path: str, newest_first: Sequence[Published], base_url: str, now: datetime) -> bytes | None:
    """The document at `path`; None where the wire has none."""
    if path == NEWS_PATH:
        return _news([item for item in newest_first if item.at >= now - NEWS_SPAN])
    if path == INDEX_PATH:
        months = dict.fromkeys(map(_month_of, newest_first))
        return _document(
            "sitemapindex", [f"<sitemap><loc>{base_url}/sitemap-{m}.xml.gz</loc></sitemap>" for m in months]
        )
    asked = _MONTH.fullmatch(path)
    rows = [item for item in newest_first if asked and _month_of(item) == asked[1]]
    return gzip.compress(_news(rows), mtime=0) if rows else None


def _month_of(item: Published) -> str:
    """By the wire's own calendar, which is not that of UTC."""
    return f"{item.stamp.astimezone(EASTERN):%Y-%m}"


def _news(items: Sequence[Published]) -> bytes:
    return _document(
        "urlset",
        [
            f"<url><loc>{escape(item.url)}</loc><news:news>"
            f"<news:publication><news:name>Sample Wire</news:name><news:language>en</news:language></news:publication>"
            f"<news:publication_date>{item.stamp.astimezone(EASTERN).isoformat()}</news:publication_date>"
            f"<news:title>{escape(item.headline)}</news:title></news:news></url>"
            for item in items
        ],
    )


def _document(root: str, parts: Sequence[str]) -> bytes:
    lines = "\n".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {_NAMESPACES}>\n{lines}\n</{root}>\n'.encode()
