"""Whether a release is news, or mends, repeats or takes back an earlier one; and the headline behind its mark."""

from __future__ import annotations

import re

from news.patterns import any_of
from news.release import Kind

REPLACING = frozenset({Kind.CORRECTION, Kind.UPDATE, Kind.WITHDRAWAL, Kind.RETRANSMISSION})
"""What stands in the place of an earlier release."""

_LEAD_CHARS = 300
# Wires space out the mark of a mended release: `C O R R E C T I O N`.
_SPACED = re.compile(r"\b(?:[A-Z] ){4,}[A-Z]\b")
_BEGIN = r"^\W{0,3}/?"
_END_OF_MARK = r"\s*(?:/|:|：|\s[-–—]|[-–—]{2}|—)"

# In this order: a withdrawal that also says "advisory" is a withdrawal.
_IN_HEADLINE = (
    (
        Kind.WITHDRAWAL,
        any_of(
            rf"{_BEGIN}(?:release )?(?:withdrawal|withdrawn|kill|retraction|retracted)\b{_END_OF_MARK}",
            rf"{_BEGIN}(?:media |editor'?s? )?(?:advisory[\s/:,–—-]*)?"
            rf"disregard (?:press |news )?release\b(?:{_END_OF_MARK})?",
            rf"{_BEGIN}(?:zurückziehung|widerruf|annulation|retrait|retirada|ritiro|撤回|撤稿|取り下げ){_END_OF_MARK}",
        ),
    ),
    (
        Kind.CORRECTION,
        any_of(
            rf"{_BEGIN}(?:corrections?|corrected|corrected and replacing){_END_OF_MARK}",
            rf"{_BEGIN}(?:correcting and replacing|correcting|replacing)\b(?:{_END_OF_MARK})?",
            r"(?:\s-\s*|[(/\[]\s*)(?:corrected|correction)(?: version)?\s*[)/\]]?\s*$",
            # German, French, Spanish, Portuguese, Italian, Dutch.
            rf"{_BEGIN}(?:korrektur|berichtigung|rectificatif|rectification|corrección|rectificación|corre[cç]{{1,2}}ão"
            rf"|retificação|rettifica|errata(?: corrige)?|correctie|rectificatie){_END_OF_MARK}",
            # Swedish, Danish, Norwegian, Finnish, Polish; Chinese, Japanese, Korean.
            rf"{_BEGIN}(?:rättelse|korrigering|rettelse|korrektion|korreksjon|oikaisu|korjaus|korekta|sprostowanie"
            rf"|更正|勘误|勘誤|訂正|정정){_END_OF_MARK}",
            r"^\W{0,3}(?:（|\(|【|\[)(?:更正|订正|訂正|정정)(?:）|\)|】|\])",
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
            rf"{_BEGIN}(?:adding multimedia|updating and replacing)\b(?:{_END_OF_MARK})?",
            rf"{_BEGIN}(?:aktualisierung|mise à jour|actualización|atualização|aggiornamento|uppdatering|opdatering"
            rf"|oppdatering|päivitys|更新|アップデート){_END_OF_MARK}",
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
    title = _closed_up(headline)
    for kind, pattern in _IN_HEADLINE:
        if pattern.search(title):
            return kind
    opening = lead[:_LEAD_CHARS]
    return next((kind for kind, pattern in _IN_LEAD if pattern.search(opening)), Kind.RELEASE)


def unmarked(headline: str) -> str:
    """The headline without the mark that says that it replaces another: `CORRECTION: X` and `/UPDATE -- X/` are `X`."""
    title = _closed_up(headline)
    for kind, pattern in _IN_HEADLINE:
        if kind in REPLACING and (found := pattern.search(title)):
            rest = f"{title[: found.start()]} {title[found.end() :]}".strip(" /:：-–—")
            return rest or headline
    return headline


def _closed_up(headline: str) -> str:
    return _SPACED.sub(lambda spaced: spaced[0].replace(" ", ""), headline)
