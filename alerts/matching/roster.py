"""The rules by slot: their ids, their queries, and whether they still stand."""

from __future__ import annotations

from array import array
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alerts.matching.keys import Ids

RuleId: TypeAlias = int | str
_NUMBER_MAX = 2**62
_GONE, _STANDING, _SPANNED = range(3)


class Roster:
    """Slots count from 0. That of a rule that is gone is given away only after `free`."""

    def __init__(self) -> None:
        self._slots: dict[RuleId, int] = {}
        self._texts: list[str] = []
        self._numbers = array("q")
        self._names: dict[int, RuleId] = {}  # ids that are no numbers of 63 bits
        self._states = bytearray()
        self._free: list[int] = []
        self._gone: list[int] = []

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, rule_id: RuleId) -> bool:
        return rule_id in self._slots

    @property
    def gone(self) -> int:
        """How many slots have lost their rule and were not freed."""
        return len(self._gone)

    def enter(self, rule_id: RuleId, text: str, *, is_spanned: bool) -> int:
        """The slot given to a rule of a new id."""
        is_number = isinstance(rule_id, int) and -_NUMBER_MAX < rule_id < _NUMBER_MAX
        number = int(rule_id) if is_number else 0
        state = _SPANNED if is_spanned else _STANDING
        if self._free:
            slot = self._free.pop()
            self._texts[slot], self._numbers[slot], self._states[slot] = text, number, state
        else:
            slot = len(self._texts)
            self._texts.append(text)
            self._numbers.append(number)
            self._states.append(state)
        self._slots[rule_id] = slot
        if not is_number:
            self._names[slot] = rule_id
        return slot

    def strike(self, rule_id: RuleId) -> None:
        """Forget a rule. Its slot stands for no rule.

        Raises:
            KeyError: there is none of that id.
        """
        slot = self._slots.pop(rule_id)
        self._texts[slot] = ""
        self._states[slot] = _GONE
        self._names.pop(slot, None)
        self._gone.append(slot)

    def free(self) -> None:
        """No row names the slots of rules that are gone: they may be given away."""
        self._free += self._gone
        self._gone.clear()

    def standing(self, slots: Ids) -> Ids:
        """Those of these slots that have their rules."""
        return slots[self.stands(slots)]

    def stands(self, slots: Ids) -> NDArray[np.bool_]:
        stands: NDArray[np.bool_] = np.frombuffer(self._states, np.uint8)[slots] != _GONE
        return stands

    def spanned(self, slots: Ids) -> NDArray[np.bool_]:
        """Which of them have rules whose spans are those of their features."""
        is_spanned: NDArray[np.bool_] = np.frombuffer(self._states, np.uint8)[slots] == _SPANNED
        return is_spanned

    def text(self, slot: int) -> str:
        return self._texts[slot]

    def ids(self, slots: Ids) -> list[RuleId]:
        """The ids of the rules in these slots, ascending, numbers before names."""
        return [rule_id for rule_id, _ in self.ordered(slots)] if self._names else self._sorted(slots)

    def _sorted(self, slots: Ids) -> list[RuleId]:
        ids: list[RuleId] = np.sort(np.frombuffer(self._numbers, np.int64)[slots]).tolist()
        return ids

    def ordered(self, slots: Ids) -> list[tuple[RuleId, int]]:
        """Ids and slots, in the order of `ids`."""
        return sorted(((self._id(slot), slot) for slot in slots.tolist()), key=lambda pair: _order(pair[0]))

    def _id(self, slot: int) -> RuleId:
        return self._names[slot] if slot in self._names else self._numbers[slot]


def _order(rule_id: RuleId) -> tuple[bool, int, str]:
    return (True, 0, rule_id) if isinstance(rule_id, str) else (False, rule_id, "")
