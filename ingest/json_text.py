"""JSON as strangers write it."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(text: str) -> Any:  # noqa: ANN401 - whatever stands in it
    """What `text` says; half of a surrogate pair, which no text can hold, becomes U+FFFD.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deep.
    """
    found = json.loads(text, strict=False)
    if _HALF.search(text) is None:
        return found
    whole = json.dumps(found, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return json.loads(whole, strict=False)
