"""What some languages write in two ways, and mean one: told before a word is stemmed.

Stemmers read accents, and headlines leave them out: `SUCCES` would not be `succès`. Each rule here
brings the two ways together where the stemmer parts them.
"""

from __future__ import annotations

import re

# Articles and particles that lose their vowel before another, in French, Italian and Catalan.
_ELIDED_FRENCH = ("l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu")
_ELIDED_ITALIAN = (
    *("un", "dell", "all", "nell", "dall", "sull", "coll", "quell", "quest", "sant", "gl", "agl", "degl", "negl"),
    *("alcun", "ciascun", "nessun", "qualcun", "senz", "tutt", "mezz", "bell", "grand", "buon", "anch", "com", "dov"),
    *("vent", "trent", "quarant", "cinquant", "sessant", "settant", "ottant", "novant", "cent"),
)
ELIDED = frozenset((*_ELIDED_FRENCH, *_ELIDED_ITALIAN))

# Snowball algorithm → pattern and what to read in its place.
_RULES: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    # The stemmer takes `batería` for a verb, as `bate`, and `María` as `mar`.
    "spanish": ((re.compile(r"(.{3,})ía(s?)$"), r"\1ia\2"),),
    # It knows `première`, not `premiere`; it spares `succès` and takes `succes` for a plural.
    "french": (
        (re.compile(r"iere(s?)$"), r"ière\1"),
        (re.compile(r"^((?:suc|ac|pro|ex|de|ab)c|(?:con|pro)gr|(?:a|au)?pr|tr)es$"), r"\1ès"),
    ),
}
RESPELT = frozenset(_RULES)


def respelt(word: str, algorithm: str) -> str:
    """The word as the stemmer `algorithm` is to read it."""
    for pattern, instead in _RULES.get(algorithm, ()):
        word = pattern.sub(instead, word)
    return word
