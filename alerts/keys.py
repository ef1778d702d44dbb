"""The ids that receivers see: the same over every attempt and after a restore, never of another alert.

They hash names that outlive a database (uuids, identity keys, addresses) and never row ids, which an import may give
out again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

_KEY_BYTES = 20  # 160 bits: no collision in any archive's life, and a short header line


def delivery_key(
    *, archive_uid: str, rule_uid: str, release_identity: str, occasion: str, channel: str, recipient: str
) -> str:
    """The `webhook-id`, and the left part of the `Message-ID`: 32 characters of a-z and 2-7."""
    return _digest("delivery", archive_uid, rule_uid, release_identity, occasion, channel, recipient)


def digest_key(
    *, archive_uid: str, period: str, members: Iterable[tuple[str, str, str]], channel: str, recipient: str
) -> str:
    """The id of several alerts told together: by their period and by (rule uuid, release identity, occasion) of each.

    The order in which they joined does not matter.
    """
    told = [part for member in sorted(members) for part in member]
    return _digest("digest", archive_uid, period, channel, recipient, *told)


def rules_key(
    *, archive_uid: str, release_identity: str, told: Iterable[tuple[str, str]], channel: str, recipient: str
) -> str:
    """The id of what several rules tell of one release at once: by (rule uuid, occasion) of each, in any order."""
    parts = [part for each in sorted(told) for part in each]
    return _digest("rules", archive_uid, release_identity, channel, recipient, *parts)


def notice_key(
    *, archive_uid: str, type_: str, troubles: Iterable[tuple[str, str, str]], channel: str, recipient: str
) -> str:
    """The id of a notice: by its type and by (source name, kind, time it began) of each trouble."""
    told = [part for trouble in sorted(troubles) for part in trouble]
    return _digest("notice", archive_uid, type_, channel, recipient, *told)


def thread_key(*, archive_uid: str, story_identity: str, channel: str, recipient: str) -> str:
    """What all alerts of one story to one recipient share; `story_identity` is its first release's identity key."""
    return _digest("thread", archive_uid, story_identity, channel, recipient)


def _digest(*parts: str) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        # The length before each part keeps ("ab", "c") and ("a", "bc") apart.
        hashed.update(len(encoded).to_bytes(8, "big"))
        hashed.update(encoded)
    return base64.b32encode(hashed.digest()[:_KEY_BYTES]).decode("ascii").lower()
