"""What reading one page costs, from bytes to release, beside others on the same pages in the same run.

The floor is selectolax's parse of the decoded page and nothing else. BeautifulSoup (lxml) parses the whole page and
gives its text; trafilatura, where it is installed, extracts the main text. All take turns, page by page; CPU time of
this process, medians in milliseconds. Ratios are medians of the ratios turn by turn, which a busy machine disturbs
least. Memory is what a process of its own grows by while it reads a page, after a
small one.

Goals, for pages of known wires: at most 4 times the floor, at least 12 times faster than BeautifulSoup, and no page
takes more than 200 MB. The exit code is 4 where one is missed on any page. Pages that we made are small, and judge
nothing.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import importlib.util
import json
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser

from ingest.page import Page
from ingest.parse import read
from news.release import Release

ROOT = Path(__file__).resolve().parents[1]
CAPTURES = ROOT.parent / "shared/real"
WIRES = ("prnewswire", "globenewswire", "businesswire", "xinhua", "prnasia")
ROUNDS = 25
PEER_ROUNDS = 9
UNKNOWN_PAGES = 16
FLOORS_MAX = 4.0
FASTER_MIN = 12.0
MEGABYTES_MAX = 200.0
BOMBS = {
    "20 MB of one tag": b"<div>" * 4_000_000,
    "70,000 paragraphs": b"<main>" + b"<p>One more line that tells a thing or two.</p>" * 70_000,
    "1 MB in one paragraph": b"<main><p>" + b"CITY, " * 170_000,
    "10,000 tables": b"<main>" + b"<table><tr><td>1</td></tr></table>" * 10_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one page took: medians of CPU milliseconds, and of ratios. `megabytes` is what a process grew by."""

    page: str
    known: bool
    kilobytes: int
    floor: float
    ours: float
    bs4: float
    trafilatura: float | None
    floors: float
    faster: float
    megabytes: float


def captures(folder: Path) -> list[tuple[str, bytes, str | None]]:
    """Name, bytes and wire of the release pages below `folder`, None for unknown sites; without it of our own pages."""
    if not folder.exists():
        made = sorted((ROOT / "tests/golden/wires").glob("*/*.html"))
        return [(f"{path.parent.name}/{path.stem}", path.read_bytes(), None) for path in made]
    found = [(f"{wire}/{path.stem}", path.read_bytes(), wire) for wire in WIRES for path in _pages(folder / wire)]
    known = [each for each in found if isinstance(read(Page(None, each[1])), Release)]
    unknown = _pages(folder / "extraction/pages")
    step = max(1, len(unknown) // UNKNOWN_PAGES)
    others = [(path.name.partition(".")[0], gzip.decompress(path.read_bytes()), None) for path in unknown[::step]]
    return [*known, *others]


def _pages(folder: Path) -> list[Path]:
    return sorted((*folder.glob("*.html"), *folder.glob("*.html.gz")))


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def extractor() -> Callable[[str], object] | None:
    if importlib.util.find_spec("trafilatura") is None:
        return None
    from trafilatura import extract  # noqa: PLC0415  not among the dependencies

    return extract


def cost_of(name: str, body: bytes, wire: str | None, *, rounds: int, megabytes: float) -> Cost:
    text = Page(None, body).text
    extract = extractor()
    ways: dict[str, Callable[[], object]] = {
        "floor": lambda: LexborHTMLParser(text),
        "ours": lambda: read(Page(None, body), wire=wire),
        "bs4": lambda: BeautifulSoup(text, "lxml").get_text(" ", strip=True),
    }
    if extract is not None:
        ways["trafilatura"] = lambda: extract(text)
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for work in ways.values():
        work()
    # What is loaded by now would be looked through, again and again, for what a page leaves behind.
    gc.collect()
    gc.freeze()
    for turn in range(rounds):
        for way, work in ways.items():
            if turn < PEER_ROUNDS or way in {"floor", "ours"}:
                taken[way].append(seconds(work))
    ms = {way: statistics.median(times) * 1e3 for way, times in taken.items()}
    return Cost(
        page=name,
        known=wire is not None,
        kilobytes=len(body) // 1024,
        floor=ms["floor"],
        ours=ms["ours"],
        bs4=ms["bs4"],
        trafilatura=ms.get("trafilatura"),
        floors=_ratio(taken["ours"], taken["floor"]),
        faster=_ratio(taken["bs4"], taken["ours"]),
        megabytes=megabytes,
    )


def _ratio(one: Sequence[float], other: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(one, other, strict=False))


def grown(body: bytes) -> float:
    """Megabytes by which a fresh process grows at most while it reads the page, after a small one."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_growth, (body,))


def _growth(body: bytes) -> float:
    read(Page(None, b"<h1>Small</h1><p>DAYTON, Ohio, May 5, 2024 -- A page that loads all that reading needs.</p>"))
    before = _peak_kilobytes()
    read(Page(None, body))
    return (_peak_kilobytes() - before) / 1024


def _peak_kilobytes() -> int:
    """The most memory that this process has held: on Linux its own, for `ru_maxrss` begins with its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform != "darwin" else peak // 1024


def misses(costs: Sequence[Cost], bombs: dict[str, float]) -> list[str]:
    """Each goal that a page misses, in words."""
    known = [cost for cost in costs if cost.known]
    slow = [f"{cost.page}: {cost.floors:.1f} floors" for cost in known if cost.floors > FLOORS_MAX]
    near = [f"{cost.page}: {cost.faster:.1f} x faster than bs4" for cost in known if cost.faster < FASTER_MIN]
    sizes = {**{cost.page: cost.megabytes for cost in costs}, **bombs}
    large = [f"{name}: {size:.0f} MB" for name, size in sizes.items() if size > MEGABYTES_MAX]
    return [*slow, *near, *large]


def _shown(costs: Sequence[Cost]) -> None:
    print(
        f"{'page':44}{'kB':>6}{'floor':>8}{'ours':>8}{'bs4':>9}{'trafil.':>9}{'ours/floor':>12}{'bs4/ours':>10}{'MB':>6}"
    )
    for cost in costs:
        trafilatura = f"{cost.trafilatura:.1f}" if cost.trafilatura is not None else "-"
        print(
            f"{cost.page[:43]:44}{cost.kilobytes:6}{cost.floor:8.2f}{cost.ours:8.2f}{cost.bs4:9.1f}{trafilatura:>9}"
            f"{cost.floors:12.2f}{cost.faster:10.1f}{cost.megabytes:6.0f}"
        )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--captures", type=Path, default=CAPTURES, help="a folder of pages by wire")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is read")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = options.parse_args()
    costs = [
        cost_of(name, body, wire, rounds=chosen.rounds, megabytes=grown(body))
        for name, body, wire in captures(chosen.captures)
    ]
    bombs = {name: grown(body) for name, body in BOMBS.items()}
    missed = misses(costs, bombs)
    if chosen.json:
        print(json.dumps({"pages": [asdict(cost) for cost in costs], "bombs_mb": bombs, "missed": missed}))
    else:
        _shown(costs)
        print("\n".join(f"{name}: {size:.0f} MB" for name, size in bombs.items()))
        for known in (True, False):
            group = [cost for cost in costs if cost.known is known]
            if group:
                ours, floor, bs4 = (sum(getattr(cost, way) for cost in group) for way in ("ours", "floor", "bs4"))
                print(
                    f"{'known wires' if known else 'other pages'}, {len(group)} pages together: "
                    f"{ours / floor:.2f} floors, {bs4 / ours:.1f} x faster than bs4"
                )
        print("\n".join(f"missed  {each}" for each in missed) or "all goals are kept")
    return 4 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
