"""How long a command takes that does nothing: `wirewatch --help` beside a bare Python.

    python -m benchmarks.start [--json]

Exit code 1 where the help takes 0.3 s of processor time or more, the best of several: what else the machine does is not
our doing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys

HELP_S_MAX = 0.3
TRIES = 9
HELP = "import sys; sys.argv = ['wirewatch', '--help']; from wirewatch.cli import main; main()"


def processor_s(code: str) -> float:
    """What an interpreter of its own takes for `code`; it may keep bytecode, as it does where people use it."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    processor_s(HELP)
    told = {"help": [processor_s(HELP) for _ in range(TRIES)], "bare": [processor_s("pass") for _ in range(TRIES)]}
    best, bare = min(told["help"]), min(told["bare"])
    found = {
        "help_s": round(best, 3),
        "help_median_s": round(statistics.median(told["help"]), 3),
        "bare_python_s": round(bare, 3),
        "help_to_bare": round(best / bare, 1),
        "bound_s": HELP_S_MAX,
        "within": best < HELP_S_MAX,
    }
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:16}{value}")
    return 0 if found["within"] else 1


if __name__ == "__main__":
    sys.exit(main())
