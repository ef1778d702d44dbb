"""The kinds of values that settings are made of, and what is said of one that is not of its kind."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from news.schedule import read_schedule

HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?")
WIRE_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
INTERVAL_S_MAX = timedelta(days=7).total_seconds()
DATABASE_SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg")
WEB_SCHEMES = ("http", "https")
DAYS_MAX = 36_500
FOREVER = "forever"


def _name(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("must not begin or end with a space, nor hold control characters.")
    return value


def _slug(value: str) -> str:
    if not WIRE_SLUG.fullmatch(value):
        raise ValueError("must be a slug: lower-case letters, digits and hyphens, at most 64.")
    return value


def _with_scheme(value: str, schemes: tuple[str, ...]) -> str:
    scheme = urlsplit(value).scheme
    if scheme not in schemes:
        shown = f'not "{scheme}"' if scheme else "but has no scheme"
        raise ValueError(f"must be an address that begins with {' or '.join(f'{s}://' for s in schemes)}, {shown}.")
    return value


def _web_url(value: str) -> str:
    _with_scheme(value, WEB_SCHEMES)
    if not urlsplit(value).hostname:
        raise ValueError("has no host after the scheme.")
    return value


def template(*names: str) -> AfterValidator:
    """An address in which `{name}` of these stands for what changes."""

    def known(value: str) -> str:
        if "{page}" in value and set(names) & set(re.findall(r"\{(\w+)\}", value)) > {"page"}:
            raise ValueError("holds {page} and days: an address is numbered by one of them.")
        for name in re.findall(r"\{([^{}]*)\}", value):
            if name not in names:
                shown = " and ".join(f"{{{known}}}" for known in names)
                raise ValueError(f"holds {{{name}}}, which stands for nothing; {shown} can be filled in.")
        return value

    return AfterValidator(known)


def one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else as_tuple(value)


def _secret_web_url(value: SecretStr) -> SecretStr:
    _web_url(value.get_secret_value())
    return value


def _database_url(value: SecretStr) -> SecretStr:
    _with_scheme(value.get_secret_value(), DATABASE_SCHEMES)
    return value


def _network(value: str) -> None:
    try:
        whole = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f'holds "{value}", which is no network.') from None
    if str(whole) != value:
        raise ValueError(f'holds "{value}", which is no network. Did you mean {whole}?')


def _network_or_host(value: str) -> str:
    """A CIDR block, an address or a host name, as written; anything else is refused."""
    if "/" in value:
        _network(value)
    elif ":" not in value and not HOST_NAME.fullmatch(value):
        raise ValueError(f'holds "{value}", which is neither a network, an address nor a host name.')
    return value


def _days(value: object) -> object:
    """A span of whole days; None, which means for ever, is written as a word: TOML knows no nothing."""
    if value is None or value == FOREVER:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= DAYS_MAX:
        shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
        raise ValueError(f'must be whole days, from 1 to {DAYS_MAX}, or "{FOREVER}", is {shown[:40]}.')
    return value


def as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _schedule(value: str) -> str:
    return str(read_schedule(value))


ScheduleText = Annotated[str, AfterValidator(_schedule)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_name)]
Slug = Annotated[str, AfterValidator(_slug)]
WebUrl = Annotated[str, Field(max_length=2000), AfterValidator(_web_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
SecretWebUrl = Annotated[SecretStr, AfterValidator(_secret_web_url)]
NetworkOrHost = Annotated[str, AfterValidator(_network_or_host)]
PagedUrl = Annotated[WebUrl, template("page")]
Sitemap = Annotated[WebUrl, template("year", "month", "day", "page")]
IntervalS = Annotated[float, Field(ge=1, le=INTERVAL_S_MAX)]
TimeoutS = Annotated[float, Field(ge=0.1, le=600)]
Days = Annotated[int | None, BeforeValidator(_days)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
