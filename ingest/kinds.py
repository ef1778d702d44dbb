"""Whether a release is news, or mends, repeats or takes back an earlier one."""

from __future__ import annotations

import re

from ingest.patterns import any_of
from news.release import Kind

_LEAD_CHARS = 300
# Wires space out the mark of a mended release: `C O R R E C T I O N`.
_SPACED = re.compile(r"\b(?:[A-Z] ){4,}[A-Z]\b")
_BEGIN = r"^\W{0,3}/?"
_END_OF_MARK = r"\s*(?:/|:|\s[-–—]|[-–—]{2}|—)"

# In this order: a withdrawal that also says "advisory" is a withdrawal.
_IN_HEADLINE = (
    (
        Kind.WITHDRAWAL,
        any_of(
            rf"{_BEGIN}(?:release )?(?:withdrawal|withdrawn|kill|retraction|retracted)\b{_END_OF_MARK}",
            rf"{_BEGIN}(?:media |editor'?s? )?(?:advisory[\s/:,–—-]*)?disregard (?:press |news )?release",
        ),
    ),
    (
        Kind.CORRECTION,
        any_of(
            rf"{_BEGIN}(?:corrections?|corrected|corrected and replacing){_END_OF_MARK}",
            rf"{_BEGIN}(?:correcting and replacing|correcting|replacing)\b",
            r"[(/\[-]\s*(?:corrected|correction)(?: version)?\s*[)/\]]?\s*$",
        ),
    ),
    (
        Kind.RETRANSMISSION,
        any_of(
            rf"{_BEGIN}(?:re-?transmission|re-?transmitted|repeat|resend|re-?issued?)\b{_END_OF_MARK}",
            r"[(\[](?:repeat|retransmission)[)\]]\s*$",
        ),
    ),
    (
        Kind.UPDATE,
        any_of(
            rf"{_BEGIN}(?:updated?|addition|replacement)\b{_END_OF_MARK}",
            rf"{_BEGIN}(?:adding multimedia|updating and replacing)\b",
        ),
    ),
    (
        Kind.ADVISORY,
        any_of(rf"{_BEGIN}(?:(?:media|news|press|photo|editor'?s?) )?(?:advisory|alert to media){_END_OF_MARK}"),
    ),
)
_IN_LEAD = (
    (
        Kind.WITHDRAWAL,
        any_of(
            r"advised by .{0,120}(?:disregard|withdraw|should not be used)",
            r"please disregard the (?:press|news) release",
        ),
    ),
    (Kind.CORRECTION, any_of(r"^in the (?:news|press) release,? .{0,250}(?:issued|advised|should read)")),
)


def kind_of(headline: str, lead: str = "") -> Kind:
    """The kind that the headline's mark names, else the one that the lead states in a wire's set words."""
    title = _SPACED.sub(lambda spaced: spaced[0].replace(" ", ""), headline)
    for kind, pattern in _IN_HEADLINE:
        if pattern.search(title):
            return kind
    opening = lead[:_LEAD_CHARS]
    return next((kind for kind, pattern in _IN_LEAD if pattern.search(opening)), Kind.RELEASE)
