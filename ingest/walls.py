"""Pages that stand in for a release: bot walls, errors."""

from __future__ import annotations

import re

from news.patterns import any_of
from news.release import RejectReason

# A wall is a short page. Releases about captchas and outages are longer, and keep their words.
_WALL_CHARS_MAX = 2_500
_SHORT_CHARS_MAX = 700

# Each with words in small letters of which its page has one: most pages have none, which is soon seen.
_WALLS = tuple(
    (words, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for words, pattern in (
        (("edgesuite",), r"errors\.edgesuite\.net"),
        (("reference #",), r"\breference #\s?\d+\.[0-9a-f]{6,}\.\d{6,}"),
        (("permission to access",), r"you don.t have permission to access .{1,300} on this server"),
        (("checking your browser",), r"checking your browser before (?:accessing|you)"),
        (("you are", "you're"), r"verif(?:y|ying) (?:that )?you are (?:a )?(?:human|not a (?:ro)?bot)"),
        (("you are", "you're"), r"(?:confirm|prove|make sure) (?:that )?you(?:'re| are) (?:human|not a (?:ro)?bot)"),
        (("our interruption",), r"\bpardon our interruption\b"),
        (("enable javascript",), r"enable javascript and cookies to continue"),
        (("the security of",), r"needs to review the security of your connection"),
        (("attention required",), r"attention required! \| \w+"),
        (("incapsula",), r"incapsula incident id|request unsuccessful\. incapsula"),
        (("press & hold",), r"\bpress & hold to confirm you are\b"),
        (("unusual",), r"unusual (?:traffic|activity) from your (?:computer|network|ip|device)"),
        (("unusual",), r"our systems have detected unusual traffic"),
        (("captcha", "security check"), r"complete the (?:captcha|security check)|solve (?:this|the) captcha"),
        (("robot",), r"\bare you a robot\?|i'?m not a robot"),
        (("a security service",), r"this (?:website|site) is (?:using|protected by) a security service"),
        (("been blocked",), r"(?:sorry, )?you have been blocked"),
        (
            ("automated access",),
            r"automated access to (?:this|our) (?:page|site|website) (?:was|is|has been) (?:denied|blocked)",
        ),
        (("enable cookies",), r"please enable cookies\. error \d{4}"),
        (("blocked by",), r"blocked by (?:our |the )?(?:network security|firewall|web application firewall)"),
    )
)
_WALL_TITLE = any_of(
    r"access (?:to this page has been )?denied|request rejected|blocked|ddos-guard",
    r"just a moment(?:\.{3}|…)?|one moment, please.*",
    r"attention required!?.*|pardon our interruption.*",
    r"are you a robot\?|robot check|security check(?:point)?|(?:human|bot) verification|captcha",
)
_ERROR_TITLE = any_of(
    r"(?:.{1,40}[|:–-] )?(?:http )?(?:error )?(?:404|410|500|502|503|504)(?: error)?"
    r"(?:[ :|–-]+(?:not found|gone|error|page|internal|bad|service|gateway|forbidden|sorry|oops).{0,60})?",
    r"(?:sorry[,.]? )?(?:the )?page (?:you (?:requested|are looking for) )?(?:was |is |could |can )?"
    r"\s?(?:not|no longer) (?:be )?(?:found|exist|available).{0,40}",
    r"not found|forbidden|unauthorized|too many requests",
    r"internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out",
    r"(?:an )?error (?:has )?occurred.{0,40}|(?:server|application) error.{0,40}",
    r"site (?:is )?(?:under|down for) maintenance.{0,40}",
)
_ERROR_TEXT = any_of(
    r"^(?:\W|error|http)*(?:404|410|500|502|503|504)\b.{0,30}(?:not found|error|gateway|unavailable|gone)",
    r"(?:the|this) (?:page|resource|article|url|file) (?:that )?(?:you(?:'re| are| were|'ve| have)? )?"
    r"(?:requested |looking for |trying to (?:reach|view) )?(?:could not be|cannot be|was not|can't be|isn't|is not"
    r"|does not|doesn't|no longer) ?(?:found|exists?|available|be found)",
    r"the requested url .{0,200}was not found on this server",
)


def stands_in(title: str, text: str) -> RejectReason | None:
    """Why a page with this title and visible text is no page of a publisher; None if it may be one.

    Only short pages are suspected: `text` is the whole visible text, or the whole body of a release.
    """
    title = title.strip()
    if len(text) > _WALL_CHARS_MAX:
        return None
    if _is_wall(f"{title}\n{text}"):
        return RejectReason.BLOCKED
    if len(text) > _SHORT_CHARS_MAX:
        return None
    if _WALL_TITLE.fullmatch(title):
        return RejectReason.BLOCKED
    if _ERROR_TITLE.fullmatch(title) or _ERROR_TEXT.search(text[:400]):
        return RejectReason.ERROR_PAGE
    return None


def _is_wall(told: str) -> bool:
    lowered = told.lower()
    return any(any(word in lowered for word in words) and pattern.search(told) is not None for words, pattern in _WALLS)
