"""All settings as one wirewatch.toml: those of the file and those made since. No secret is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from pydantic import BaseModel, SecretStr

from config import Settings
from config.fields import FOREVER
from config.newsrooms import Newsroom
from news.source import Source
from storage.archive import Archive
from storage.columns import storable
from storage.rules import ChannelSpec
from wirewatch.rulefiles import written
from wirewatch.secrets import CONFIG, ENVIRONMENT, FILE, secret_keys

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def write_settings(settings: Settings, archive: Archive, out: BinaryIO) -> dict[str, int]:
    """Write them so that `--config` reads them back; returns how many sources, rules, channels and packs.

    A secret in a file stays there, and is named; of any other a comment says where it was.
    """
    sources, rules, channels, packs = archive.sources(), archive.rules(), archive.channels(), archive.own_packs()
    parts = ["# Written by `wirewatch export`. Secrets are named, not written: look for `secret` below.\n"]
    for line in sources:
        of = line.source
        told: dict[str, Any] = {"name": of.name, "wire": of.wire, "url": of.url, "kind": of.kind.value}
        told |= {"interval_s" if of.fixed else "first_interval_s": of.interval_s}
        told |= {} if of.weight == 1 else {"weight": of.weight}
        told |= {} if of.objective_s is None else {"objective_s": of.objective_s}
        told |= {"listing": of.ways.listing} if of.ways.listing else {}
        told |= {"sitemap": of.ways.sitemaps} if of.ways.sitemaps else {}
        told |= {"other_feeds": of.ways.feeds} if of.ways.feeds else {}
        if of.fields is not None:
            paths = {name: path for name, path in asdict(of.fields).items() if path}
            told |= {"items": paths.pop("items", ""), "fields": paths}
        parts.append(_table("[[source]]", [*_pairs(told), *_switches(of)]))
    parts += written(rules, "toml")
    if packs:
        parts.append(_table("[pack]", [f"{_key(name)} = {_value(words)}" for name, (words, _) in packs.items()]))
    parts += [_table(f"[channel.{_key(spec.name)}]", [*_of_channel(spec)]) for spec in channels]
    for wire in settings.wires:
        parts += _of_wire(wire)
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            lines = list(_changed(value))
            parts += [_table(f"[{field.alias or name}]", lines)] if lines else []
    out.write("\n".join(part.rstrip("\n") + "\n" for part in parts).encode())
    return {"sources": len(sources), "rules": len(rules), "channels": len(channels), "packs": len(packs)}


def _switches(of: Source) -> list[str]:
    return ["alert_seed = true"] * of.alert_seed + ["dedupe = false"] * (not of.dedupe)


def _table(head: str, lines: list[str]) -> str:
    return "\n".join([head, *lines, ""])


def _changed(table: BaseModel) -> Iterator[str]:
    """What is not as it would be without a word."""
    for name, field in type(table).model_fields.items():
        key, value = field.alias or name, getattr(table, name)
        if isinstance(value, SecretStr):
            if value != field.get_default():
                yield f'# {key}: may hold a secret; write it here, or name its file by {key}_file = "…"'
        elif value != field.get_default(call_default_factory=True):
            yield f"{key} = {_value(value)}"


def _of_wire(wire: Newsroom) -> Iterator[str]:
    """How a newsroom's pages are read, as it was written."""
    own = wire.model_dump(by_alias=True, exclude_unset=True, exclude={"layouts", "listing"})
    yield _table("[[wire]]", _pairs(own))
    for layout in wire.layouts:
        yield _table("[[wire.layout]]", _pairs(layout.model_dump(exclude_unset=True)))
    if wire.listing is not None:
        yield _table("[wire.listing]", _pairs(wire.listing.model_dump(exclude_unset=True)))


def _of_channel(spec: ChannelSpec) -> Iterator[str]:
    secrets = secret_keys(spec.kind)
    yield f"kind = {_value(spec.kind)}"
    for key, value in spec.settings.items():
        said = str(value)
        if said.startswith(FILE):
            yield f"{_key(key)}_file = {_value(said.removeprefix(FILE))}"
        elif said.startswith(ENVIRONMENT):
            yield f"# {key}: a secret, from the environment variable {said.removeprefix(ENVIRONMENT)}"
        elif said.startswith(CONFIG) or key in secrets:
            yield f'# {key}: a secret, written in the configuration file; name its file by {key}_file = "…"'
        else:
            yield f"{_key(key)} = {_value(value)}"


def _pairs(told: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in told.items()]


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else _value(name)


def _value(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case None:
            return _value(FOREVER)  # of spans of days alone
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            return "{ " + ", ".join(_pairs(value)) + " }"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            # JSON's escapes are TOML's; that of DEL is TOML's alone.
            return json.dumps(storable(str(value)), ensure_ascii=False).replace("\x7f", "\\u007f")
