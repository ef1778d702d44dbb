"""Within the store commit: each match of a kept release becomes an alert in the outbox, or a named hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.gating import FIRST, Fire, Held, gate
from alerts.keys import delivery_key, thread_key
from news.alert import Latency, Match, MatchedText, Rule
from news.release import Kind, Precision, Release, Revision, Verdict
from storage.keeping import Kept
from storage.outbox import Address, NewAlert, queue
from storage.work import Work
from wirewatch.prepared import Prepared
from wirewatch.switchboard import Switchboard
from wirewatch.watch import Watch


@dataclass(frozen=True, slots=True)
class Teller:
    """What telling needs to know of the house."""

    watch: Watch
    channels: Switchboard
    archive_uuid: str


def tell(work: Work, item: Prepared, kept: Kept, found: Verdict, teller: Teller) -> None:
    """Gate every match; queue what fires, with a delivery for each recipient of the rule's channels."""
    taken_back = isinstance(found, Revision) and item.release.kind is Kind.WITHDRAWAL
    if not item.matches and not taken_back:
        return
    ledger = work.ledger(kept.story_id)
    alert_seed = work.alerts_seed(item.entry.source_id) if item.entry else False
    for match in (*item.matches, *(_retractions(item, ledger, teller) if taken_back else ())):
        rule = teller.watch.rule(int(match.rule_id))
        decision = gate(
            rule=rule,
            match=match,
            origin=item.incoming.origin,
            alert_seed=alert_seed,
            verdict=found,
            release_id=kept.release_id,
            after=item.release,
            before=kept.before,
            before_spans=teller.watch.spans_in(rule, kept.before)
            if kept.before and isinstance(found, Revision)
            else None,
            fired=ledger.get(rule.id, frozenset()),
            now=work.now,
        )
        match decision:
            case Held(reason=reason):
                work.hold(rule.id, kept.release_id, reason.value)
            case Fire(occasion=occasion, due_at=due_at):
                alert = _alert(rule=rule, match=match, item=item, kept=kept, occasion=occasion, work=work)
                queue(
                    work,
                    alert,
                    _addresses(work, rule=rule, item=item, kept=kept, occasion=occasion, teller=teller),
                    due_at=due_at,
                )


def _retractions(item: Prepared, ledger: Mapping[int, frozenset[str]], teller: Teller) -> list[Match]:
    """Who was told of a story is told that it is taken back, whatever the withdrawal's own words are."""
    matched = {match.rule_id for match in item.matches}
    return [Match(rule_id=rule_id) for rule_id in sorted(ledger.keys() - matched) if teller.watch.has(rule_id)]


def _alert(*, rule: Rule, match: Match, item: Prepared, kept: Kept, occasion: str, work: Work) -> NewAlert:
    release = item.release
    stamped = release.published_at if release.time_precision is not Precision.DAY else None
    if occasion != FIRST and kept.before is not None and kept.before.published_at == release.published_at:
        # The stamp is that of the text which this one replaces: nobody knows when it was changed.
        stamped = None
    return NewAlert(
        rule_id=rule.id,
        rule_name=rule.name,
        rule_query=rule.query,
        story_id=kept.story_id,
        occasion=occasion,
        release_id=kept.release_id,
        matched=_cut(release, match),
        # The store commit decides the match: it asks for rules changed since the first look.
        latency=Latency(stamped=stamped, seen=item.incoming.seen_at, stored=work.now, matched=work.now),
    )


def _cut(release: Release, match: Match) -> tuple[MatchedText, ...]:
    return tuple(
        MatchedText(span.zone, span.start, span.end, release.zone(span.zone)[span.start : span.end])
        for span in match.spans
    )


def _addresses(work: Work, *, rule: Rule, item: Prepared, kept: Kept, occasion: str, teller: Teller) -> list[Address]:
    # A revision is named by its text, not by its row: the key must outlive a restore.
    lasting = occasion if occasion == FIRST else f"{occasion.partition(':')[0]}:{item.fingerprint.content}"
    story = work.story_identity(kept.story_id) if rule.channels else ""
    addresses = []
    for name in rule.channels:
        channel = teller.channels.find(name)
        if channel is None:
            work.tally("refused", f"no channel named {name}")
            continue
        for recipient in channel.recipients:
            key = delivery_key(
                archive_uid=teller.archive_uuid,
                rule_uid=rule.uid,
                release_identity=item.fingerprint.identity,
                occasion=lasting,
                channel=name,
                recipient=recipient,
            )
            thread = thread_key(
                archive_uid=teller.archive_uuid, story_identity=story, channel=name, recipient=recipient
            )
            addresses.append(Address(channel=name, recipient=recipient, key=key, thread=thread))
    return addresses
