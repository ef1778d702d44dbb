"""The sample releases: invented companies and places, and one real text that the product grew from.

The texts stand in `releases.toml`. A paragraph ends at a blank line; one whose every line begins
with a bullet is a list.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

# The Associated Press's months, as datelines write them.
_MONTHS_AP = ["Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."]
_MONTHS_DE = [
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRelease:
    """One release as its issuer hands it to the wire, before it has a stamp.

    `number` has nine digits and begins with 3. `dated` is the dateline's date where the text says
    one itself; otherwise the dateline bears the day of publication. `mark` is what stands between
    dateline and text. `footer` are lines that the site shows below the article, not part of it.
    """

    number: str
    headline: str
    place: str
    body: str
    issuer: str
    subtitles: tuple[str, ...] = ()
    dated: str | None = None
    mark: str = "/PRNewswire/ --"
    about: str = ""
    contact: str = ""
    source: str = ""
    website: str = ""
    subjects: tuple[str, ...] = ()
    language: str = "en-US"
    footer: tuple[str, ...] = ()
    live: bool = False

    def date_words(self, at: datetime) -> str:
        """The dateline's date, in the release's language, as of the wire's own zone."""
        day = at.astimezone(EASTERN).date()
        if self.dated is not None:
            return self.dated
        match self.language[:2]:
            case "zh":
                return f"{day.year}年{day.month}月{day.day}日"
            case "de":
                return f"{day.day}. {_MONTHS_DE[day.month - 1]} {day.year}"
            case _:
                return f"{_MONTHS_AP[day.month - 1]} {day.day}, {day.year}"

    def place_and_date_join(self) -> str:
        """What stands between place and date: Chinese datelines write them as one word."""
        return "" if self.language.startswith("zh") else ", "

    def dateline(self, at: datetime) -> str:
        return f"{self.place}{self.place_and_date_join()}{self.date_words(at)} {self.mark}"

    def paragraphs(self) -> list[str]:
        return paragraphs(self.body)


def paragraphs(text: str) -> list[str]:
    return [part.strip("\n ") for part in text.split("\n\n") if part.strip()]


def load() -> list[SampleRelease]:
    """All sample releases, in the order in which the demo's wire publishes them."""
    text = files("wirewatch.demo").joinpath("releases.toml").read_text(encoding="utf-8")
    return [_release(row) for row in tomllib.loads(text)["release"]]


def numbered(n: int, *, words: str = "") -> SampleRelease:
    """The n-th of any number of different small releases, for those who need many.

    `words` are put into the lead: what a rule is to find.
    """
    trade = ("bearings", "ledgers", "orchards", "harbours", "turbines", "archives", "kilns")[n % 7]
    return SampleRelease(
        number=str(380_000_000 + n),
        headline=f"Example Holding No. {n} Reports on Its {trade.title()}",
        place="EXAMPLE CITY, Ill.",
        body=(
            f"Example Holding No. {n}, which looks after {trade}, today reported on the {n}th week of its work. {words}"
            f"\n\nThe {trade} numbered {n * 37 % 1009} in all, against {n * 53 % 997} a year before, and the plant at"
            f" Example Junction {n} will be open to visitors in spring."
        ),
        issuer=f"Example Holding No. {n}",
        about=f"About Example Holding No. {n}\n\nExample Holding No. {n} has been looking after {trade} since 1950.",
        contact=f"Media Contact\nPress Office {n}\npress@holding-{n}.example",
        source=f"Example Holding No. {n}",
        website=f"https://www.holding-{n}.example",
        subjects=("FIN",),
    )


def _release(row: dict[str, Any]) -> SampleRelease:
    lists: dict[str, Any] = {name: tuple(row.get(name, ())) for name in ("subtitles", "subjects", "footer")}
    rest: dict[str, Any] = {name: _unwrapped(value) for name, value in row.items() if name not in lists}
    return SampleRelease(**rest, **lists)


def _unwrapped(value: object) -> object:
    """A text without the line ends that set it apart from its quotes."""
    return value.strip("\n") if isinstance(value, str) else value
