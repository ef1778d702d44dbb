"""A source's gaps filled: from the catalogue where it says `use`, then from `[polling]`."""

from __future__ import annotations

from typing import Any

from config.catalogue import Feed, Wire, addresses, feed
from config.origin import Origin
from config.problems import Problem, did_you_mean


def complete_sources(origin: Origin) -> list[Problem]:
    """Write into each source of `origin.tree` what it left to the catalogue and to `[polling]`.

    How often: what the source says, else `[polling]`, else by its rhythm; the catalogue says how it begins.
    """
    polling = origin.tree.get("polling", {}).get("interval_s")
    problems: list[Problem] = []
    for index, source in enumerate(origin.tree.get("source", [])):
        picked = source.get("use")
        _turn_pages(source, origin.tree.get("wire", []))
        if isinstance(polling, int | float):  # any other is a fault of [polling], told there
            source.setdefault("interval_s", polling)
        if not isinstance(picked, str):
            continue
        found = feed(picked)
        if found is None:
            problems.append(_unknown(origin, index, picked))
            _fill(source, name=picked, wire="unknown", url="https://unknown.invalid/")  # one fault, told once
        else:
            _fill(source, **_of_catalogue(picked, *found))
    return problems


def _of_catalogue(picked: str, wire: Wire, feed: Feed) -> dict[str, Any]:
    return {
        "name": picked,
        "wire": wire.slug,
        "url": feed.url,
        "kind": feed.kind.value,
        "first_interval_s": feed.interval_s,
    }


def _turn_pages(source: dict[str, Any], wires: object) -> None:
    """A listing page of a wire of the file is turned as that wire's listing says."""
    for wire in wires if isinstance(wires, list) else ():
        rows = wire.get("listing")
        if source.get("kind") == "listing" and wire.get("slug") == source.get("wire") and isinstance(rows, dict):
            _fill(source, **{"listing": rows["pages"]} if isinstance(rows.get("pages"), str) else {})


def _fill(source: dict[str, Any], **values: object) -> None:
    for key, value in values.items():
        source.setdefault(key, value)


def _unknown(origin: Origin, index: int, picked: str) -> Problem:
    hint = did_you_mean(picked, addresses()) or "The catalogue's feeds are named WIRE/FEED, as in the example file."
    return origin.problem(("source", index, "use"), f'picks "{picked}", which the catalogue does not have.', hint)
