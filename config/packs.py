"""The file's own term packs: read, and told by line where one cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.origin import Origin
from config.problems import Problem
from config.schema import PACK


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPacks:
    """`packs` without what is wrong with them. `faults` keep the program from running, `warnings` do not."""

    packs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def own_packs(origin: Origin) -> OwnPacks:
    """What stands under [pack]."""
    table = origin.tree.get(PACK)
    if not table:
        return OwnPacks()
    from news.query.packs import PACKS, read_packs  # noqa: PLC0415  the query language is loaded only where it is used

    packs, faults = read_packs(table)
    shadowing = [name for name in table if name.casefold() in PACKS]
    return OwnPacks(
        packs=packs,
        faults=tuple(
            origin.problem(
                (PACK, fault.name, *(() if fault.position is None else (fault.position,))), fault.what, fault.hint
            )
            for fault in faults
        ),
        warnings=tuple(
            origin.problem((PACK, name), f"takes the place of the shipped pack @{name.casefold()}.")
            for name in shadowing
        ),
    )
