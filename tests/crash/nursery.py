"""A process that has everything imported and forks a daemon on demand, so that a restart costs little.

Reads lines: `start CONFIG` forks the real daemon as `wirewatch run` would start it and answers its
process id; `kill PID` kills it with SIGKILL, `stop PID` asks it to end with SIGTERM; both reap it and
answer its exit status and how long that took.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

from wirewatch import assemble, daemon, pipeline
from wirewatch.cli.context import Context
from wirewatch.cli.running import _run_until_told

PRELOADED = (assemble, daemon, pipeline)


def _serve(config: str) -> None:
    status = 1
    try:
        context = Context(config, debug=False)
        context.log("error")
        asyncio.run(_run_until_told(context, web=False))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _ended(pid: int, how: signal.Signals) -> str:
    began = time.monotonic()
    os.kill(pid, how)
    _, status = os.waitpid(pid, 0)
    return f"{os.waitstatus_to_exitcode(status)} {time.monotonic() - began:.3f}"


def main() -> None:
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "start":
            pid = os.fork()
            if pid == 0:
                _serve(rest)
            answer = str(pid)
        else:
            answer = _ended(int(rest), signal.SIGKILL if verb == "kill" else signal.SIGTERM)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
