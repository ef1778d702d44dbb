"""Pages that stand in for a release: bot walls, errors."""

from __future__ import annotations

from ingest.patterns import any_of
from news.release import RejectReason

# A wall is a short page. Releases about captchas and outages are longer, and keep their words.
_WALL_CHARS_MAX = 2_500
_SHORT_CHARS_MAX = 700

_WALL = any_of(
    r"errors\.edgesuite\.net",
    r"\breference #\s?\d+\.[0-9a-f]{6,}\.\d{6,}",
    r"you don.t have permission to access .{1,300} on this server",
    r"checking your browser before (?:accessing|you)",
    r"verif(?:y|ying) (?:that )?you are (?:a )?(?:human|not a (?:ro)?bot)",
    r"(?:confirm|prove|make sure) (?:that )?you(?:'re| are) (?:human|not a (?:ro)?bot)",
    r"\bpardon our interruption\b",
    r"enable javascript and cookies to continue",
    r"needs to review the security of your connection",
    r"attention required! \| \w+",
    r"incapsula incident id|request unsuccessful\. incapsula",
    r"\bpress & hold to confirm you are\b",
    r"unusual (?:traffic|activity) from your (?:computer|network|ip|device)|our systems have detected unusual traffic",
    r"complete the (?:captcha|security check)|solve (?:this|the) captcha|\bare you a robot\?|i'?m not a robot",
    r"this (?:website|site) is (?:using|protected by) a security service",
    r"(?:sorry, )?you have been blocked",
    r"automated access to (?:this|our) (?:page|site|website) (?:was|is|has been) (?:denied|blocked)",
    r"please enable cookies\. error \d{4}",
    r"blocked by (?:our |the )?(?:network security|firewall|web application firewall)",
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
    if _WALL.search(text) or _WALL.search(title):
        return RejectReason.BLOCKED
    if len(text) > _SHORT_CHARS_MAX:
        return None
    if _WALL_TITLE.fullmatch(title):
        return RejectReason.BLOCKED
    if _ERROR_TITLE.fullmatch(title) or _ERROR_TEXT.search(text[:400]):
        return RejectReason.ERROR_PAGE
    return None
