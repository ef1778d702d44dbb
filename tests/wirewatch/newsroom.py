"""A newsroom on loopback with pages of all sorts, each at its path: what a user may type an address of."""

from __future__ import annotations

from dataclasses import dataclass, field

from wirewatch.demo.loopback import LoopbackServer, Receive, Scope, Send

RELEASE = """<!doctype html><html lang="en"><head><title>{title}</title>
<meta property="og:type" content="article">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{title}",
"datePublished": "2026-11-0{n}T14:30:00Z"}}</script></head><body><article><h1>{title}</h1>
<p>DAYTON, Ohio, Nov. {n}, 2026 /Sample Wire/ -- Halden Instruments today opened plant number {n} in the county, which
makes batteries for buses and ferries, and said that it will employ four hundred people there by the summer.</p>
<p>"We are glad," said the head of the plant, who has worked in the county for twenty years and more.</p>
</article></body></html>"""


def item(base: str, n: int) -> str:
    url = f"{base}/releases/halden-opens-plant-{n}.html"
    return (
        f"<item><title>Halden Opens Plant {n}</title><link>{url}</link><guid>{url}</guid>"
        f"<pubDate>Mon, 0{n} Nov 2026 14:30 GMT</pubDate><dc:creator>Halden Instruments</dc:creator></item>"
    )


def rss(title: str, items: str, description: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{title}</title><description>{description}</description>{items}</channel></rss>"
    ).encode()


@dataclass(slots=True)
class Newsroom:
    """`pages` by path: the status and the body. What is not there answers 404."""

    pages: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    server: LoopbackServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self.app)
        base = self.base
        for n in range(1, 8):
            page = RELEASE.format(title=f"Halden Opens Plant {n}", n=n).encode()
            self.pages[f"/releases/halden-opens-plant-{n}.html"] = (200, page)
        self.put("/feed.xml", rss("Halden News", "".join(item(base, n) for n in range(7, 0, -1))))

    @property
    def base(self) -> str:
        return self.server.base_url

    def put(self, path: str, body: str | bytes, status: int = 200) -> str:
        self.pages[path] = (status, body if isinstance(body, bytes) else body.encode())
        return self.base + path

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.asked.append(scope["path"])
        status, body = self.pages.get(scope["path"], (404, b"not found"))
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": body})
