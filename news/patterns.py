"""Regular expressions as lists of alternatives, one a line."""

from __future__ import annotations

import re


def any_of(*alternatives: str, flags: re.RegexFlag = re.IGNORECASE | re.DOTALL) -> re.Pattern[str]:
    """One pattern that matches what any of the alternatives matches; by default letters of either case."""
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), flags)
