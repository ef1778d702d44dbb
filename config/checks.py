"""What no single value shows: names that stand twice, rules that point nowhere, half a mail relay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.catalogue import FeedState, feed, newsrooms, wires
from config.locate import KeyPath
from config.origin import Origin
from config.problems import Problem, did_you_mean, known_words
from config.schema import CALLED_BY, CHANNEL, LISTS


@dataclass(slots=True)
class Found:
    """`faults` keep the program from running, `warnings` do not."""

    faults: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def check_together(origin: Origin, packs: Mapping[str, tuple[str, ...]]) -> Found:
    """The checks across values. A value of the wrong type is passed over: it is told of elsewhere.

    `packs` are the file's own term packs, which its rules may name.
    """
    found = Found()
    for table in LISTS:
        found.faults += _twice(origin, table)
    for index, rule in enumerate(origin.tree.get("rule", [])):
        found.faults += [*_unknown_channels(origin, index, rule), *_bad_query(origin, index, rule, packs)]
        found.warnings += _sent_to_nobody(origin, index, rule)
    for index, source in enumerate(origin.tree.get("source", [])):
        found.warnings += [*_closed_feed(origin, index, source), *_nearly_a_known_wire(origin, index, source)]
    found.faults += _hosts_twice(origin)
    found.faults += _unknown_operators(origin, origin.tree.get("operator", {}))
    found.faults += _half_a_relay(origin, origin.tree.get("mail", {}))
    found.faults += _unreachable_hubs(origin)
    found.faults += _unknown_wires(origin)
    found.warnings += _pages_kept_in_vain(origin, origin.tree.get("retention", {}))
    return found


def _twice(origin: Origin, table: str) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    key = CALLED_BY.get(table, "name")
    for index, item in enumerate(origin.tree.get(table, [])):
        name = item.get(key)
        if not isinstance(name, str):
            continue
        first = seen.setdefault(name.casefold(), index)
        if first != index:
            line = origin.document.lines.get((table, first))
            yield origin.problem((table, index), f"has a {key} that is already taken.", f"The first is on line {line}.")


def _unknown_channels(origin: Origin, index: int, rule: dict[str, Any]) -> Iterator[Problem]:
    return _no_channels(origin, ("rule", index, "to"), rule.get("to"))


def _unknown_operators(origin: Origin, operator: dict[str, Any]) -> Iterator[Problem]:
    return _no_channels(origin, ("operator", "to"), operator.get("to"))


def _no_channels(origin: Origin, path: KeyPath, to: object) -> Iterator[Problem]:
    """The names of a list that no channel of the file has."""
    known = list(origin.tree.get(CHANNEL, {}))
    for position, name in enumerate(to if isinstance(to, list) else []):
        if isinstance(name, str) and name not in known:
            hint = did_you_mean(name, known) or known_words(known) or f"Add [{CHANNEL}.{name}]."
            yield origin.problem((*path, position), f'names no channel: "{name}".', hint)


def _bad_query(
    origin: Origin, index: int, rule: dict[str, Any], packs: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    # The query language is loaded only where a rule stands.
    from news.query import QueryError, parse, refuse_dates  # noqa: PLC0415  as said above
    from news.query.packs import in_force  # noqa: PLC0415  as said above

    query = rule.get("query")
    if not isinstance(query, str) or not query:
        return
    try:
        refuse_dates(parse(query, in_force(packs)))
    except QueryError as err:
        line_and_caret = "\n".join(err.pointed(query).splitlines()[:2])
        yield origin.problem(
            ("rule", index, "query"), f"cannot be understood: {err.message}.", _sentence(err.hint), line_and_caret
        )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}{'' if words.endswith('?') else '.'}" if words else ""


def _sent_to_nobody(origin: Origin, index: int, rule: dict[str, Any]) -> Iterator[Problem]:
    if not rule.get("to"):
        yield origin.problem(("rule", index), "names no channel: its alerts are kept and sent to nobody.")


def _closed_feed(origin: Origin, index: int, source: dict[str, Any]) -> Iterator[Problem]:
    picked = source.get("use")
    found = feed(picked) if isinstance(picked, str) else None
    if found and found[1].state is FeedState.BLOCKED:
        note = found[1].note or found[0].note
        yield origin.problem(("source", index, "use"), f'picks "{picked}", which is closed to readers like us.', note)


def _nearly_a_known_wire(origin: Origin, index: int, source: dict[str, Any]) -> Iterator[Problem]:
    """A slug of one's own is allowed, and gets the generic parser: a slip of the pen would too."""
    slug = source.get("wire")
    known = _slugs(origin)
    hint = did_you_mean(slug, known) if isinstance(slug, str) and slug not in known else ""
    if hint:
        yield origin.problem(("source", index, "wire"), f'is "{slug}", which no parser was written for.', hint)


def _slugs(origin: Origin) -> list[str]:
    """The wires that are known: those of the catalogue and the file's own."""
    return [wire.slug for wire in wires()] + [str(own.get("slug")) for own in origin.tree.get("wire", [])]


def _hosts_twice(origin: Origin) -> Iterator[Problem]:
    """One host is one wire's; the file may read a wire of the catalogue its own way."""
    taken = {host: known.slug for known in newsrooms() for host in known.hosts}
    for index, own in enumerate(origin.tree.get("wire", [])):
        hosts = own.get("hosts", [])
        for host in [hosts] if isinstance(hosts, str) else hosts if isinstance(hosts, list) else []:
            slug = own.get("slug")
            holder = taken.setdefault(str(host).lower().removeprefix("www."), str(slug))
            if holder != slug:
                hint = f'Give it slug = "{holder}" to read that wire your own way.'
                yield origin.problem(("wire", index, "hosts"), f'holds "{host}", which is a host of {holder}.', hint)


def _half_a_relay(origin: Origin, mail: dict[str, Any]) -> Iterator[Problem]:
    if "host" in mail and "from" not in mail:
        yield origin.problem(("mail", "from"), "is missing: the address that messages are sent from.")
    if "password" in mail and "username" not in mail:
        yield origin.problem(("mail", "username"), "is missing, though there is a password.")


def _unreachable_hubs(origin: Origin) -> Iterator[Problem]:
    web = origin.tree.get("web", {})
    if origin.tree.get("polling", {}).get("websub") is True and not web.get("public_url"):
        yield origin.problem(("web", "public_url"), "is missing: where hubs reach us, since [polling] websub is true.")


def _unknown_wires(origin: Origin) -> Iterator[Problem]:
    """A slip of the pen would keep for ever what was to go, or let go what was to stay; or trust nobody."""
    by_wire = origin.tree.get("retention", {}).get("wires")
    trusted = origin.tree.get("stories", {}).get("trust")
    named: list[tuple[KeyPath, object]] = [
        (("retention", "wires", slug), slug) for slug in (by_wire if isinstance(by_wire, dict) else ())
    ]
    named += [(("stories", "trust", n), slug) for n, slug in enumerate(trusted if isinstance(trusted, list) else ())]
    known = {*_slugs(origin), *(str(source.get("wire")) for source in origin.tree.get("source", []))}
    for place, slug in named:
        if isinstance(slug, str) and slug not in known:
            hint = did_you_mean(slug, known) or "A wire is the slug of the catalogue, or that of a [[source]] here."
            yield origin.problem(place, f'names a wire that nothing here knows: "{slug}".', hint)


def _pages_kept_in_vain(origin: Origin, retention: dict[str, Any]) -> Iterator[Problem]:
    if retention.get("keep_alerted", True) or retention.get("wires"):
        return  # some releases stay longer, and their pages with them
    days, raw_days = retention.get("days"), retention.get("raw_days")
    if isinstance(days, int) and isinstance(raw_days, int) and raw_days >= days:
        what = f"comes to nothing: a page goes with its release, after {days} days."
        yield origin.problem(("retention", "raw_days"), what)
