"""What pages made to hurt cost: time and memory of each, read in a process of its own.

    python -m benchmarks.hostile [--json] [NAME…]

Exit code 1 where one takes more than 2 s of processor time or 200 MB beside what the program and the page itself
take, or raises.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection

from benchmarks._hostile import URL, cases

SECONDS_MAX, MEGABYTES_MAX = 2.0, 200.0
_WAIT_S = 120.0


def _read(name: str, told: Connection) -> None:
    """In a child: what is measured begins when the page and the program are there."""
    from ingest.page import Page  # noqa: PLC0415  the parent stays small, for its children begin as copies of it
    from ingest.parse import read  # noqa: PLC0415

    body = cases()[name]()
    read(Page(URL, b"<p>warm</p>"))
    before_mb, began = _peak_mb(), time.process_time()
    try:
        outcome = type(read(Page(URL, body))).__name__
    except Exception as error:  # noqa: BLE001  that is what is looked for
        outcome = f"raised {type(error).__name__}"
    told.send((outcome, time.process_time() - began, max(0.0, _peak_mb() - before_mb)))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str) -> tuple[str, float, float]:
    """(outcome, seconds of the processor, megabytes at the peak beyond what was there)."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_read, args=(name, theirs))
    child.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(_WAIT_S) else ("hung", _WAIT_S, 0.0)
    except EOFError:
        return "died", 0.0, 0.0
    finally:
        child.kill()
        child.join()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", help="only those whose names hold one of these")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    names = [name for name in cases() if not asked.names or any(part in name for part in asked.names)]
    found = {name: measured(name) for name in names}
    bad = {
        name
        for name, (outcome, seconds, megabytes) in found.items()
        if outcome not in {"Release", "Reject"} or seconds > SECONDS_MAX or megabytes > MEGABYTES_MAX
    }
    if asked.json:
        rows = {
            name: {"outcome": o, "seconds": round(s, 3), "megabytes": round(m, 1)} for name, (o, s, m) in found.items()
        }
        print(json.dumps({"cases": rows, "broken": sorted(bad)}))
    else:
        for name, (outcome, seconds, megabytes) in sorted(found.items(), key=lambda item: -item[1][1]):
            print(f"{seconds:7.2f} s {megabytes:7.1f} MB  {outcome:8} {name}{'  BROKEN' if name in bad else ''}")
        print(f"{len(found)} pages, {len(bad)} beyond {SECONDS_MAX:g} s or {MEGABYTES_MAX:g} MB")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
