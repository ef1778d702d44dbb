"""Rules, what they matched, and what is told to whom. All times are aware UTC datetimes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from news.notice import Notice
from news.release import Release, Span, Zone

AT_MOST_HOURLY_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How the alerts of a rule are told.

    `digest`: together, when the schedule says (`news.schedule.read_schedule`); None: at once. `at_most_hourly`: so many
    at once in any hour, and the rest of them in one message. An `urgent` one waits for no quiet hours. `every_copy`: of
    every copy and translation, not once of a story.
    """

    digest: str | None = None
    at_most_hourly: int | None = None
    urgent: bool = False
    every_copy: bool = False

    def changed(self) -> dict[str, object]:
        """What is not as it would be without a word, for storing and exporting."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) != field.default}


AT_ONCE = Telling()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A saved query and where its alerts go.

    `uid` is a UUID that outlives renames and restores. `generation` is the archive's
    `rule_generation` at the rule's last change. Until `silenced_until` its matches are held, for `silence_reason`.
    """

    id: int
    uid: str
    name: str
    query: str
    channels: tuple[str, ...]
    paused: bool = False
    generation: int = 0
    origin: str = "db"
    telling: Telling = AT_ONCE
    silenced_until: datetime | None = None
    silence_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule is true of a release; `spans` made it so, in zone order, not overlapping.

    Metadata clauses give no span: a match may have none.
    """

    rule_id: int | str
    spans: tuple[Span, ...] = ()


class MatchedText(NamedTuple):
    """One span with the text it cut out of the zone when the alert fired."""

    zone: Zone
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The stations of a release, UTC. `stamped` is None where only the day is known."""

    stamped: datetime | None
    seen: datetime
    stored: datetime
    matched: datetime


class Pickup(NamedTuple):
    """Another release of the same story: where else it stands, and in which language if it is another."""

    wire: str
    url: str | None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule × a story × an occasion, as at firing.

    `rule_query` and `matched` are what they were when the alert was made, whatever became of the
    rule since. `release.body` is that of the release that fired; `before`, where that is a later text of another, the
    one before it. `unmatched`: the rule was true of that one, and is not of this.
    """

    id: int
    occasion: str
    rule_id: int
    rule_uid: str
    rule_name: str
    rule_query: str
    story_id: int
    release_id: int
    release: Release
    matched: tuple[MatchedText, ...]
    latency: Latency
    made_at: datetime
    also_on: tuple[Pickup, ...] = ()
    before: Release | None = None
    unmatched: bool = False


class AbsenceCause(StrEnum):
    """Why nobody watched: the daemon did not run, the machine slept, or it was held up, mostly by its archive."""

    STOPPED = "stopped"
    ASLEEP = "asleep"
    HELD_UP = "held-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A stretch in which nobody watched, from the last sign of life to the return."""

    gone_at: datetime
    back_at: datetime
    cause: AbsenceCause


class Reason(StrEnum):
    """Why alerts are told together.

    We were away when they came, or too many came late for another reason; the rule asks for a digest; they came in
    quiet hours; or the rule had told as many at once as it may in an hour.
    """

    AWAY = "away"
    LATE = "late"
    DIGEST = "digest"
    QUIET = "quiet"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What a digest or bundle says of itself.

    `count` is how many alerts it tells and `rules` how many of each rule, the most first: also of those that are too
    many to be carried along. `since` and `until` are the stretch in which we were away, `schedule` is what a rule's
    digest goes by.
    """

    reason: Reason
    count: int
    rules: tuple[tuple[str, int], ...]
    since: datetime | None = None
    until: datetime | None = None
    schedule: str | None = None


class MessageKind(StrEnum):
    SINGLE = "single"
    BUNDLE = "bundle"
    DIGEST = "digest"
    NOTICE = "notice"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One or more alerts told together, or a notice to the operator. A `test` message carries an invented alert.

    Those of a `single` one are of one release, by as many rules.

    `together` is given for a bundle or digest, whose `alerts` are the newest of those it tells; `notice` for a notice,
    which has none.
    """

    id: int
    kind: MessageKind
    alerts: tuple[Alert, ...]
    made_at: datetime
    together: Together | None = None
    notice: Notice | None = None


class DeliveryState(StrEnum):
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient of one channel.

    `key` stays the same over every attempt and a restore, and no other alert ever gets it: it is
    the `webhook-id` and the left part of the `Message-ID`. `thread` is the same for all alerts of
    one story to one recipient. `attempts` counts those begun before this one. `repeat` is true
    where an earlier attempt may have reached the receiver without our learning of it.
    """

    id: int
    key: str
    thread: str
    message: Message
    channel: str
    recipient: str
    attempts: int
    due_at: datetime
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has it. `remote_id` is its own word for it, if it gave one."""

    remote_id: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """It may work later; `after_s`: not before that many seconds, where the receiver said so.

    `perhaps_taken`: the receiver may have it, its answer was lost; the next attempt is a `repeat`.
    """

    reason: str
    after_s: float | None = None
    perhaps_taken: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never work as it stands."""

    reason: str


Outcome = Sent | Retry | Refused
