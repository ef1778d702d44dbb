"""Under which features a rule is filed."""

from __future__ import annotations

from alerts.matching.cases import Share
from alerts.matching.forms import Choice, Form, Runs
from alerts.matching.ledger import Ledger
from alerts.matching.lexicon import ALWAYS, Lexicon
from alerts.matching.rows import PROVED, Nearness


class Filer:
    """Enters rules in ledgers: a row per case, anchored on the rarest feature that the case cannot do without."""

    def __init__(self, lexicon: Lexicon, share: Share) -> None:
        self._lexicon = lexicon
        self._share = share

    def enter(self, form: Form, runs: Runs, slot: int, ledger: Ledger) -> None:
        numbers = self._numbers(form, runs)
        for choice in form.choices:
            has, lacks, near, verdict = choice
            if len(has) == 1 and not lacks and near is None and verdict == PROVED:
                ledger.enter_plain(slot, numbers[has[0]])
                continue
            if len(has) > 1:
                has = self._rarest_first(has, form, runs)
            anchor = numbers[has[0]] if has else ALWAYS
            checks = [numbers[at] << 1 for at in has[1:]] + [numbers[at] << 1 | 1 for at in lacks]
            ledger.enter(slot, anchor, checks, verdict if near is None else self._nearness(choice, numbers))

    def _numbers(self, form: Form, runs: Runs) -> list[int]:
        if form.is_plain:
            return [*map(self._lexicon.run, runs)]
        return [self._lexicon.number(form.feature(index, runs)) for index in range(len(form.features))]

    def _rarest_first(self, has: tuple[int, ...], form: Form, runs: Runs) -> tuple[int, ...]:
        shares = sorted([(self._share(form.feature(at, runs)), at) for at in has])
        return tuple([at for _, at in shares])

    def _nearness(self, choice: Choice, numbers: list[int]) -> Nearness:
        left, right, words = choice.near or (0, 0, 0)
        first, second = numbers[left], numbers[right]
        return Nearness(first, self._lexicon.extent(first)[0], second, self._lexicon.extent(second)[0], words)
