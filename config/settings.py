"""The settings, as they are after file and environment were read. Frozen; units are in the names.

Each model refuses keys it does not have. Numbers are strict: `"120"` is no number. Defaults stated
here are the only ones; `example.toml` repeats them for people, and a test compares the two.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr

from config.fields import (
    INTERVAL_S_MAX,
    DatabaseUrl,
    Days,
    IntervalS,
    Name,
    NetworkOrHost,
    PagedUrl,
    Port,
    ScheduleText,
    SecretWebUrl,
    Sitemap,
    Slug,
    Table,
    TimeoutS,
    WebUrl,
    as_tuple,
    one_or_more,
)
from config.newsrooms import WIRES_MAX, Newsroom, Zone
from config.problems import Problem
from news.alert import AT_MOST_HOURLY_MAX, Telling
from news.source import ApiFields, SourceKind


class Storage(Table):
    """`url` may hold a password, hence a secret. A relative SQLite path was made absolute."""

    url: DatabaseUrl = SecretStr("sqlite:///wirewatch.db")
    keep_raw: bool = True


class Retention(Table):
    """For how many days what is kept; None for ever. `wires` is by slug, and goes before `days`.

    A release of a story that alerted stays where `keep_alerted`; `raw_days` is of every page.
    """

    days: Days = None
    keep_alerted: bool = True
    raw_days: Days = None
    wires: Mapping[str, Days] = Field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether anything is ever to go."""
        return any(days is not None for days in (self.days, self.raw_days, *self.wires.values()))


class Polling(Table):
    """How often and how gently the wires are asked. `contact` is what the User-Agent tells them.

    A host is asked one thing at a time, with `per_host_gap_s` between two, and `per_host_hourly` at most in any hour
    (0: no limit). What would wait for its turn longer than `per_host_wait_s` is asked later instead. `websub`: whether
    hubs may ring for the feeds that declare them; None: where `[web] public_url` is set.

    Pages that are stored are looked at again for corrections and withdrawals, with `revisit_share` of what a host may
    be asked in an hour (0: never).

    A source is asked when its releases are likely to come: `budget_s` is the time between two polls of a source on the
    whole, `floor_s` and `ceiling_s` the least and the most. `interval_s` instead asks each of them as a timer rings.
    """

    interval_s: IntervalS | None = None
    budget_s: IntervalS = 120.0
    floor_s: IntervalS = 20.0
    ceiling_s: IntervalS = 3_600.0
    objective_s: Annotated[float, Field(ge=1, le=INTERVAL_S_MAX)] = 180.0
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    per_host_gap_s: Annotated[float, Field(ge=0, le=3600)] = 1.0
    per_host_wait_s: Annotated[float, Field(ge=1, le=3600)] = 60.0
    per_host_hourly: Annotated[int, Field(ge=0, le=36_000)] = 1_800
    user_agent: Annotated[str, Field(min_length=1, max_length=200)] = "Wirewatch"
    contact: Annotated[str, Field(max_length=200)] = ""
    robots: bool = True
    page_wait_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    revisit_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    websub: bool | None = None


class Network(Table):
    """Limits on every request, and which private addresses may be asked."""

    allow: Annotated[tuple[NetworkOrHost, ...], BeforeValidator(as_tuple)] = ()
    proxy: SecretWebUrl | None = None
    connect_timeout_s: TimeoutS = 10.0
    read_timeout_s: TimeoutS = 20.0
    total_timeout_s: TimeoutS = 60.0
    body_bytes_max: Annotated[int, Field(ge=1000, le=1_000_000_000)] = 10_000_000
    redirects_max: Annotated[int, Field(ge=0, le=20)] = 5


class Web(Table):
    """The dashboard. Port 0 takes any free one. `public_url` is what links in messages begin with."""

    enabled: bool = True
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Port = 8787
    public_url: WebUrl | None = None


class Mail(Table):
    """The relay that takes our messages. Without `host` no mail can be sent."""

    host: Annotated[str, Field(min_length=1)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, Field(min_length=3, max_length=320)] | None = Field(default=None, alias="from")
    timeout_s: TimeoutS = 30.0


class CatchUp(Table):
    """What came while we were away and is older than `older_than_s` when first seen is told in one digest.

    It goes out `wait_s` after the return. What is found late for another reason is told at once, up to `singly_max` an
    hour of one rule.
    """

    older_than_s: Annotated[float, Field(ge=60, le=INTERVAL_S_MAX)] = 3_600.0
    wait_s: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    singly_max: Annotated[int, Field(ge=1, le=10_000)] = 20


class Operator(Table):
    """Who is told that a source is in trouble: channels by name, apart from what the rules say.

    What begins within `wait_s` is told together, and then nothing for `at_most_every_s`.
    """

    to: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    wait_s: Annotated[float, Field(ge=0, le=86_400)] = 60.0
    at_most_every_s: Annotated[float, Field(ge=0, le=86_400)] = 300.0


class Stories(Table):
    """Whose release stands for a story: of the wires in `trust`, by slug, the first that has one; else the one that
    was seen first.
    """

    trust: Annotated[tuple[Slug, ...], BeforeValidator(as_tuple)] = ()


class Inbox(Table):
    """A folder whose files are stored as they are put there; `wire` is the slug of their publisher, where it is one."""

    folder: str = ""
    wire: Slug | None = None


class Cluster(Table):
    enabled: bool = False


class Log(Table):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Fields(Table):
    """What is called what in a row of a JSON interface: paths such as `company.name`; an empty one says nothing.

    `zone` is the IANA zone of times that name none.
    """

    title: str = "title"
    url: str = "url"
    id: str = ""
    time: str = ""
    summary: str = ""
    content: str = ""
    issuer: str = ""
    language: str = ""
    topics: str = ""
    tickers: str = ""
    zone: Zone = "UTC"

    def to_read(self, items: str) -> ApiFields:
        return ApiFields(items=items, **self.model_dump())


class Source(Table):
    """One polled address, as the operator wrote it or picked it from the catalogue with `use`.

    With `interval_s` it is polled as a timer rings. Else when its releases are likely, `weight` times as keenly as
    others, and every `first_interval_s` until that is known. `listing`, `sitemap` and `other_feeds` are other addresses
    of its releases, where what it no longer shows is looked for. Of a JSON interface `items` is the path to its list.
    Without `dedupe` its releases join no others' stories, and no others theirs.
    """

    name: Name
    wire: Slug
    url: WebUrl
    kind: Annotated[SourceKind, Field(strict=False)] = SourceKind.FEED
    interval_s: IntervalS | None = None
    first_interval_s: IntervalS = 120.0
    weight: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    objective_s: Annotated[float, Field(ge=1, le=INTERVAL_S_MAX)] | None = None
    alert_seed: bool = False
    dedupe: bool = True
    listing: PagedUrl | None = None
    sitemap: Annotated[tuple[Sitemap, ...], BeforeValidator(one_or_more)] = ()
    other_feeds: Annotated[tuple[WebUrl, ...], BeforeValidator(as_tuple)] = ()
    items: str = ""
    fields: Fields | None = None
    enabled: bool = True
    use: str | None = None


class Rule(Table):
    """A saved query. `to` names channels; with none its alerts are kept and sent to nobody.

    `digest` is a schedule (`news.schedule`), `at_most_hourly` how many are told at once in any hour; an `urgent` one
    waits for no quiet hours. `every_copy`: it tells of every copy and translation, not once of a story.
    """

    name: Name
    query: Annotated[str, Field(min_length=1, max_length=10_000)]
    to: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    paused: bool = False
    digest: ScheduleText | None = None
    at_most_hourly: Annotated[int, Field(ge=1, le=AT_MOST_HOURLY_MAX)] | None = None
    urgent: bool = False
    every_copy: bool = False

    @property
    def telling(self) -> Telling:
        return Telling(
            digest=self.digest, at_most_hourly=self.at_most_hourly, urgent=self.urgent, every_copy=self.every_copy
        )


class Channel(Table):
    """A destination. `table` is what stands in the file, without `kind`; its kind reads it.

    Paths under `…_file` are absolute. `from_environment` maps keys of `table` to the variable that
    gave them, so that what is stored of a channel can name the variable instead of its value.
    """

    name: Name
    kind: Slug
    table: Mapping[str, Any] = Field(default_factory=dict, repr=False)
    from_environment: Mapping[str, str] = Field(default_factory=dict)


class Settings(Table):
    """Everything, checked. `path` is the file read, None where there was none.

    `packs` are the file's own term packs by folded name, as `news.query.packs.read_packs` gives them.
    `warnings` are for the log: nothing that keeps the program from running.
    """

    storage: Storage = Storage()
    retention: Retention = Retention()
    polling: Polling = Polling()
    network: Network = Network()
    web: Web = Web()
    mail: Mail = Mail()
    operator: Operator = Operator()
    catch_up: CatchUp = CatchUp()
    stories: Stories = Stories()
    inbox: Inbox = Inbox()
    cluster: Cluster = Cluster()
    log: Log = Log()
    sources: Annotated[tuple[Source, ...], BeforeValidator(as_tuple)] = Field(default=(), alias="source")
    rules: Annotated[tuple[Rule, ...], BeforeValidator(as_tuple)] = Field(default=(), alias="rule")
    channels: Mapping[str, Channel] = Field(default_factory=dict, alias="channel")
    packs: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, alias="pack")
    wires: Annotated[tuple[Newsroom, ...], BeforeValidator(as_tuple), Field(max_length=WIRES_MAX)] = Field(
        default=(), alias="wire"
    )
    path: Path | None = Field(default=None, exclude=True)
    warnings: tuple[Problem, ...] = Field(default=(), exclude=True)
