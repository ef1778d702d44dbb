"""Term packs: named lists of the ways in which one thing is written.

`@chongqing` in a query stands for all the variants of the list. Each is found as a phrase would be:
in any inflection, and in simplified and traditional script alike. Some are shipped; a user's own
stand in the configuration file and, where they bear the name of a shipped one, in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from news.query.phrases import PHRASE_CHARS_MAX
from news.query.shipped import SHIPPED
from news.stemming import UNSTEMMED
from news.text import analyze

Packs = Mapping[str, Sequence[str]]

OWN_MAX = 200
VARIANTS_MAX = 200
NAME = r"[^\W_][\w-]{0,63}"

_WHOLE_NAME = re.compile(NAME)
_AT = "@＠"
_OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|NOT|O?NEAR/\d+)(?!\S)")


class TermPacks(Mapping[str, tuple[str, ...]]):
    """Packs by name. Equal to nothing but itself, so that what was read with it can be remembered by it."""

    __slots__ = ("_variants",)
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, variants: Mapping[str, tuple[str, ...]]) -> None:
        self._variants = dict(variants)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._variants[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variants)

    def __len__(self) -> int:
        return len(self._variants)

    def agrees(self, other: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether every name stands for the same in both."""
        return self._variants == dict(other)


PACKS = TermPacks(SHIPPED)


def in_force(own: Mapping[str, tuple[str, ...]]) -> TermPacks:
    """The shipped packs and a user's own; of the same name, the user's."""
    return TermPacks({**SHIPPED, **own}) if own else PACKS


def may_name(query: str, name: str) -> bool:
    """Whether a query may ask for the pack of that name; never False where it does."""
    folded = query.casefold()
    return any(f"{at}{name}" in folded for at in _AT)


class PackFault(NamedTuple):
    """What is wrong with a pack of that name, or with its variant at `position`, from 0."""

    name: str
    position: int | None
    what: str
    hint: str = ""


def read_packs(table: Mapping[str, object]) -> tuple[dict[str, tuple[str, ...]], list[PackFault]]:
    """A table of names and lists of variants as packs, and all that is wrong with it.

    Names are folded in case, variants that stand twice are kept once; what is wrong is left out.
    """
    packs: dict[str, tuple[str, ...]] = {}
    faults: list[PackFault] = []
    if len(table) > OWN_MAX:
        faults.append(PackFault([*table][OWN_MAX], None, f"is one pack too many: there may be {OWN_MAX}."))
    for name, variants in [*table.items()][:OWN_MAX]:
        found = list(_faults(name, variants, packs))
        faults += found
        wrong = {fault.position for fault in found}
        if isinstance(variants, list) and None not in wrong:
            kept = (" ".join(variant.split()) for n, variant in enumerate(variants) if n not in wrong)
            packs[name.casefold()] = tuple(dict.fromkeys(kept))
    return packs, faults


def _faults(name: str, variants: object, before: Mapping[str, object]) -> Iterator[PackFault]:
    if not _WHOLE_NAME.fullmatch(name.casefold()):
        yield PackFault(name, None, "is no name for a pack.", "A name has letters, digits and hyphens, at most 64.")
    elif name.casefold() in before:
        yield PackFault(name, None, "is a name that is already taken.", "Capital and small letters are the same.")
    elif not isinstance(variants, list):
        yield PackFault(name, None, "must be a list of words and phrases.", f'Write {name} = ["one", "another"].')
    elif not 1 <= len(variants) <= VARIANTS_MAX:
        yield PackFault(name, None, f"must hold 1 to {VARIANTS_MAX} words and phrases, not {len(variants)}.")
    else:
        for position, variant in enumerate(variants):
            yield from (PackFault(name, position, *fault) for fault in _variant_faults(variant))


def _variant_faults(variant: object) -> Iterator[tuple[str, str]]:
    """(what, hint), at most one: each is true only where those before it are not."""
    if not isinstance(variant, str):
        yield "holds what is no text.", "Each word or phrase stands in quotes."
        return
    shown = f'holds "{variant[:60]}"'
    if len(variant) > PHRASE_CHARS_MAX:
        yield f"holds a phrase of more than {PHRASE_CHARS_MAX} characters.", ""
    elif '"' in variant:
        yield "holds a quotation mark.", "A phrase stands here without one."
    elif variant.startswith((*_AT, "=")) or variant.endswith("*") or _OPERATOR.search(variant):
        hint = "A pack lists words and phrases; what else a query can say stands in the rule."
        yield f"{shown}, which is a query.", hint
    elif not analyze(variant, UNSTEMMED).terms:
        yield f"{shown}, in which there is no letter or digit.", ""
