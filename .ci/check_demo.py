"""Whether the demo did what it promises, from what it printed with --json."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

QUERIES = {"chongqing", "blade battery"}


def main(file: str) -> None:
    lines = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    summaries = [position for position, line in enumerate(lines) if "summary" in line]
    assert summaries == [len(lines) - 1], "the summary is the last line, and there is one"
    summary, alerts = lines[-1]["summary"], lines[:-1]
    assert summary["duplicates"] == 0, summary
    assert summary["alerts"] == len(alerts), summary
    fired = [alert for alert in alerts if "Chongqing" in alert["release"]["headline"]]
    by_query = Counter(alert["rule"]["query"].strip('"').lower() for alert in fired)
    assert set(by_query) == QUERIES, f"alerts on the Chongqing release: {dict(by_query)}"
    on_one_release = [alert for alert in fired if alert["release"]["id"] == fired[0]["release"]["id"]]
    assert len(on_one_release) == len(QUERIES), "one alert for each rule on the release"
    for alert in on_one_release:
        check_deliveries(alert)
    print(f"demo: {summary}")


def check_deliveries(alert: dict[str, Any]) -> None:
    """One mail and one call of a webhook, each of them at the first attempt or a later one."""
    ways = Counter("email" if "@" in told["recipient"] else "webhook" for told in alert["deliveries"])
    assert ways == {"email": 1, "webhook": 1}, alert["deliveries"]
    assert {told["status"] for told in alert["deliveries"]} == {"sent"}, alert["deliveries"]


if __name__ == "__main__":
    main(sys.argv[1])
