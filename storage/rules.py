"""Rules and channels: those of the configuration file and those made by users.

A change of a rule takes the ingest lock, increments `rule_generation` and writes it on the rule: the
store commit that comes after it sees the change, whenever its release was matched.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from news.alert import AT_ONCE, DeliveryState, Rule, Telling
from news.query.packs import may_name
from news.query.shipped import SHIPPED
from news.source import EventType
from storage.chunks import chunks
from storage.database import StorageError
from storage.packs import CONFIG, KEPT, own_packs
from storage.rows import rule_of
from storage.tables import CHANNEL, COUNTER, DELIVERY, PACK, RULE
from storage.work import Work


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule as the configuration or a user writes it."""

    name: str
    query: str
    channels: tuple[str, ...]
    paused: bool = False
    telling: Telling = AT_ONCE


def spec_of(rule: Rule) -> RuleSpec:
    return RuleSpec(rule.name, rule.query, rule.channels, rule.paused, rule.telling)


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel; `settings` is its own table, secrets as references."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    origin: str = "db"


class RuleExistsError(StorageError):
    """A rule of that name stands already."""


def rules(connection: Connection) -> list[Rule]:
    """All rules that were not removed, by name; paused ones among them."""
    rows = connection.execute(select(RULE).where(RULE.c.removed_at.is_(None)).order_by(RULE.c.name))
    return [rule_of(row) for row in rows]


def rule_named(connection: Connection, name: str) -> Rule | None:
    row = connection.execute(select(RULE).where(RULE.c.name == name, RULE.c.removed_at.is_(None))).first()
    return rule_of(row) if row else None


def rules_numbered(connection: Connection, ids: Sequence[int]) -> list[Rule]:
    """Those of the rules that were not removed, paused ones among them, by id."""
    rows = connection.execute(select(RULE).where(RULE.c.id.in_(ids), RULE.c.removed_at.is_(None)).order_by(RULE.c.id))
    return [rule_of(row) for row in rows]


def generation(connection: Connection) -> int:
    return int(connection.execute(select(COUNTER.c.rule_generation)).scalar_one())


def add_rule(work: Work, spec: RuleSpec, *, origin: str = "db") -> Rule:
    """Store a new rule; it watches every release stored after this commit.

    Raises:
        RuleExistsError: a rule of that name is there.
    """
    if rule_named(work.connection, spec.name) is not None:
        raise RuleExistsError(f"rule {spec.name!r} exists already; remove it first or choose another name")
    row = insert(RULE).values(
        uid=str(uuid.uuid4()),
        name=spec.name,
        query=spec.query,
        channels=list(spec.channels),
        paused=int(spec.paused),
        telling=spec.telling.changed(),
        origin=origin,
        generation=_next_generation(work),
        created_at=work.now,
        changed_at=work.now,
    )
    id_ = work.connection.execute(row.returning(RULE.c.id)).scalar_one()
    work.event(EventType.RULE_CHANGED, rule=id_, change="added")
    return rule_of(work.connection.execute(select(RULE).where(RULE.c.id == id_)).one())


def change_rule(work: Work, rule: Rule, spec: RuleSpec) -> None:
    """Write another query, name, channels or pause; the rule keeps its id and what it fired."""
    work.connection.execute(
        update(RULE)
        .where(RULE.c.id == rule.id)
        .values(
            name=spec.name,
            query=spec.query,
            channels=list(spec.channels),
            paused=int(spec.paused),
            telling=spec.telling.changed(),
            generation=_next_generation(work),
            changed_at=work.now,
        )
    )
    work.event(EventType.RULE_CHANGED, rule=rule.id, change="edited")


def silence_rule(work: Work, rule: Rule, until: datetime | None, reason: str = "") -> None:
    """Hold what the rule matches until then; None: tell again. The configuration file neither sets nor ends it."""
    work.connection.execute(
        update(RULE)
        .where(RULE.c.id == rule.id)
        .values(silenced_until=until, silence_reason=reason or None, generation=_next_generation(work))
    )
    work.event(EventType.RULE_CHANGED, rule=rule.id, change="silenced" if until else "heard")


def remove_rule(work: Work, rule: Rule) -> None:
    """Stop a rule for good; its alerts stay."""
    work.connection.execute(
        update(RULE).where(RULE.c.id == rule.id).values(removed_at=work.now, generation=_next_generation(work))
    )
    work.event(EventType.RULE_CHANGED, rule=rule.id, change="removed")


def sync_rules(work: Work, wanted: Sequence[RuleSpec]) -> None:
    """Make the rules of the configuration file those wanted, by name; an unchanged one is not touched.

    A rule of the same name made by a user is taken over by the file.
    """
    stored = {rule.name: rule for rule in rules(work.connection)}
    for spec in wanted:
        rule = stored.get(spec.name)
        if rule is None:
            add_rule(work, spec, origin="config")
            continue
        if spec_of(rule) != spec:
            change_rule(work, rule, spec)
        if rule.origin != "config":
            work.connection.execute(update(RULE).where(RULE.c.id == rule.id).values(origin="config"))
    names = {spec.name for spec in wanted}
    for rule in stored.values():
        if rule.origin == "config" and rule.name not in names:
            remove_rule(work, rule)


def sync_packs(work: Work, wanted: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Make the packs of the configuration file those wanted; call it when its rules are stored.

    A rule that names a pack which changed counts as changed. Returns the packs that now leave the file
    and are kept: a rule made by a user names them, and would watch no more.
    """
    stored = own_packs(work.connection)
    for name, variants in wanted.items():
        before, origin = stored.get(name, (None, CONFIG))
        if before != tuple(variants):
            _put_pack(work, name, variants)
        elif origin != CONFIG:
            _mark_pack(work, name, CONFIG)
    gone = [name for name, (_, origin) in stored.items() if origin in (CONFIG, KEPT) and name not in wanted]
    kept = [name for name in gone if name not in SHIPPED and _naming(work, name)]
    for name in gone:
        if name not in kept:
            _remove_pack(work, name)
    left = tuple(name for name in kept if stored[name][1] == CONFIG)
    for name in left:
        _mark_pack(work, name, KEPT)
    return left


def _put_pack(work: Work, name: str, variants: Sequence[str]) -> None:
    work.connection.execute(delete(PACK).where(PACK.c.name == name))
    row = insert(PACK).values(name=name, terms=list(variants), origin=CONFIG, changed_at=work.now)
    work.connection.execute(row)
    _reread(work, name)


def _mark_pack(work: Work, name: str, origin: str) -> None:
    work.connection.execute(update(PACK).where(PACK.c.name == name).values(origin=origin))


def _remove_pack(work: Work, name: str) -> None:
    work.connection.execute(delete(PACK).where(PACK.c.name == name))
    _reread(work, name)


def _naming(work: Work, name: str) -> list[int]:
    """The ids of the rules that may name a pack."""
    named = RULE.c.query.contains("@") | RULE.c.query.contains("＠")
    rows = work.connection.execute(select(RULE.c.id, RULE.c.query).where(RULE.c.removed_at.is_(None), named))
    return [row.id for row in rows if may_name(row.query, name)]


def _reread(work: Work, name: str) -> None:
    """Let every process read again the rules that name a pack."""
    ids = _naming(work, name)
    if not ids:
        return
    generation = _next_generation(work)
    for some in chunks(ids):
        work.connection.execute(update(RULE).where(RULE.c.id.in_(some)).values(generation=generation))
    for id_ in ids:
        work.event(EventType.RULE_CHANGED, rule=id_, change="pack")


def _next_generation(work: Work) -> int:
    work.rule_generation += 1
    work.connection.execute(update(COUNTER).values(rule_generation=work.rule_generation))
    return work.rule_generation


def channels(connection: Connection) -> list[ChannelSpec]:
    rows = connection.execute(select(CHANNEL).order_by(CHANNEL.c.name))
    return [ChannelSpec(row.name, row.kind, row.settings, row.origin) for row in rows]


def put_channel(work: Work, spec: ChannelSpec) -> None:
    """Store a channel, in the place of one of the same name; an unchanged one is not touched."""
    settings = json.loads(json.dumps(dict(spec.settings)))
    wanted = ChannelSpec(spec.name, spec.kind, settings, spec.origin)
    if wanted in channels(work.connection):
        return
    work.connection.execute(delete(CHANNEL).where(CHANNEL.c.name == spec.name))
    work.connection.execute(
        insert(CHANNEL).values(
            name=spec.name, kind=spec.kind, settings=settings, origin=spec.origin, changed_at=work.now
        )
    )


def remove_channel(work: Work, name: str) -> bool:
    """Forget a channel; False if there is none. What was to go there is given up, and says why."""
    if work.connection.execute(delete(CHANNEL).where(CHANNEL.c.name == name)).rowcount == 0:
        return False
    work.connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.channel == name, DELIVERY.c.state == DeliveryState.DUE.value)
        .values(state=DeliveryState.DEAD.value, reason="its channel was removed", settled_at=work.now)
    )
    return True
