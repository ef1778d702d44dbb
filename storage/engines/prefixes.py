"""A prefix in the words of an index that can say "begins so": those terms, and by name the ones written so.

`skie*` asks for terms that begin with `skie`, and for `sky`.
"""

from __future__ import annotations

from news.query.bound import Begins, Phrases
from storage.engines.contract import FullText, TermsBeginning

# More terms that do not begin so themselves narrow too little to be asked.
FURTHER_MAX = 200


def open_ended(full_text: FullText, bound: Begins, terms: TermsBeginning) -> str | None:
    """One of these words stands in one of the zones; None: too many to name."""
    further = terms(bound.letters, FURTHER_MAX, otherwise_written=True)
    if further is None:
        return None
    told = [full_text.phrases(Phrases(bound.zones, ((bound.letters,),), open_end=True))]
    if further:
        told.append(by_name(full_text, bound, further))
    return full_text.joined("OR", told)


def by_name(full_text: FullText, bound: Begins, terms: tuple[str, ...]) -> str:
    """One of the terms, at least one, stands in one of the zones."""
    return full_text.phrases(Phrases(bound.zones, tuple((term,) for term in terms)))
