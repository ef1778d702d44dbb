"""Within the store commit: each match of a kept release becomes an alert in the outbox, or a named hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.catching_up import SINGLY_WITHIN, CatchUp, Late, Waits, late
from alerts.gating import FIRST, Fire, Held, gate
from alerts.keys import delivery_key, rules_key, thread_key
from alerts.timing import THROTTLED_WITHIN, when
from news.alert import Latency, Match, MatchedText, MessageKind, Reason, Rule
from news.release import Kind, Precision, Release
from news.verdict import Revision, Verdict
from storage.absences import count_alert
from storage.bundles import Bundle, Waiting, singly_told
from storage.chunks import chunks
from storage.keeping import Kept
from storage.outbox import Address, NewAlert, post, write
from storage.rules import rules_numbered
from storage.work import Work
from wirewatch.prepared import Prepared
from wirewatch.presence import Presence
from wirewatch.switchboard import Switchboard
from wirewatch.watch import Watch

# Of the alerts of a rule within the last hour, so many are asked how late they were.
TOLD_LOOKED_AT = 500
# A message of one release names so many rules; should more fire for one recipient, there is another message.
RULES_TOLD_MAX = 50


@dataclass(frozen=True, slots=True)
class Teller:
    """What telling needs to know of the house."""

    watch: Watch
    channels: Switchboard
    archive_uuid: str
    catch_up: CatchUp = field(default_factory=CatchUp)
    presence: Presence | None = None

    def awake(self, work: Work) -> None:
        """If this is the first commit after an absence, note that we are back: before anything of today is written."""
        if self.presence is not None:
            self.presence.lately(work)


def tell(work: Work, item: Prepared, kept: Kept, found: Verdict, teller: Teller) -> None:
    """Gate every match; queue what fires, with a delivery for each recipient of the rule's channels."""
    if not item.matches and not isinstance(found, Revision):
        return
    ledger = work.ledger(kept.story_id)
    lateness = None if _keeps_stamp(item.release, kept, found) else _lateness(work, item, teller)
    alert_seed = work.alerts_seed(item.entry.source_id) if item.entry else False
    matching = [(teller.watch.rule(int(match.rule_id)), match) for match in item.matches]
    told_before = _told_before(work, item, kept, ledger.keys(), teller, found=found)
    fired: list[Fired] = []
    unmatched = frozenset(rule.id for rule in told_before if item.release.kind is not Kind.WITHDRAWAL)
    for rule, match in (*matching, *((rule, Match(rule_id=rule.id)) for rule in told_before)):
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
            lateness=_counted(work, rule, lateness, teller),
            catch_up=teller.catch_up,
            asked=item.entry is not None and item.entry.alert,
        )
        match decision:
            case Held(reason=reason):
                work.hold(rule.id, kept.release_id, reason.value)
            case Fire(occasion=occasion, late=behind):
                alert = _alert(rule=rule, match=match, item=item, kept=kept, found=found, occasion=occasion, work=work)
                alert = replace(alert, unmatched=rule.id in unmatched)
                addresses = _addresses(work, rule=rule, item=item, kept=kept, occasion=occasion, teller=teller)
                waiting = _waiting(work, rule, behind, lateness, teller)
                told = write(work, alert, addresses, waiting=waiting)
                if told is None:
                    continue
                at_once = tuple(address for address in addresses if address.channel not in waiting)
                fired.append(Fired(told, rule.uid, _lasting(item, occasion), alert.unmatched, at_once))
                if behind and lateness and lateness.absence:
                    count_alert(work, lateness.absence)
    post_together(work, fired, item.fingerprint.identity, teller)


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that was made, and whom it is told to at once. `occasion` is by names that outlive a restore."""

    alert_id: int
    rule_uid: str
    occasion: str
    unmatched: bool
    at_once: tuple[Address, ...]

    @property
    def sort(self) -> tuple[str, bool]:
        """What may be told in one message: news, or a correction; and whether the rule is still true."""
        return self.occasion.partition(":")[0], self.unmatched


def post_together(work: Work, fired: Sequence[Fired], release_identity: str, teller: Teller) -> None:
    """Tell each recipient of the release in one message, however many rules fired; or by each rule, where that is asked
    for.
    """
    told: defaultdict[tuple[object, ...], list[tuple[Fired, Address]]] = defaultdict(list)
    for each in fired:
        for address in each.at_once:
            alone = teller.channels.manner(address.channel).each_rule
            told[address.channel, address.recipient, each.alert_id if alone else each.sort].append((each, address))
    messages: defaultdict[tuple[int, ...], list[Address]] = defaultdict(list)
    for all_of_them in told.values():
        for several in chunks(all_of_them, RULES_TOLD_MAX):
            address = several[0][1]
            if len(several) > 1:
                key = rules_key(
                    archive_uid=teller.archive_uuid,
                    release_identity=release_identity,
                    told=[(each.rule_uid, each.occasion) for each, _ in several],
                    channel=address.channel,
                    recipient=address.recipient,
                )
                address = replace(address, key=key)
            messages[tuple(each.alert_id for each, _ in several)].append(address)
    for alert_ids, addresses in messages.items():
        post(work, alert_ids, addresses, due_at=work.now)


def _keeps_stamp(release: Release, kept: Kept, found: Verdict) -> bool:
    """Whether a version stands under the stamp of the text that it replaces: then nobody knows when it was changed."""
    before = kept.before if isinstance(found, Revision) else None
    return before is not None and before.published_at == release.published_at


def _lateness(work: Work, item: Prepared, teller: Teller) -> Late | None:
    absence = teller.presence.lately(work) if teller.presence else None
    return late(item.release, item.incoming.origin, item.incoming.seen_at, absence, teller.catch_up)


def _counted(work: Work, rule: Rule, lateness: Late | None, teller: Teller) -> Late | None:
    """With how many late ones of the rule were told one by one; asked only where the answer matters."""
    if lateness is None or lateness.absence is not None:
        return lateness
    policy = teller.catch_up
    told = singly_told(work.connection, rule.id, work.now - SINGLY_WITHIN, TOLD_LOOKED_AT)
    old = [row for row in told if row.stamped_at and row.seen_at - row.stamped_at > policy.older_than]
    return replace(lateness, told_singly=len(old))


def _waiting(work: Work, rule: Rule, behind: Waits | None, lateness: Late | None, teller: Teller) -> dict[str, Waiting]:
    """By channel, what the alert waits for there; a channel that is told at once is not among them."""
    singly: list[datetime] = []
    if rule.telling.at_most_hourly is not None:
        since = work.now - THROTTLED_WITHIN
        singly = [row.made_at for row in singly_told(work.connection, rule.id, since, rule.telling.at_most_hourly)]
    found = {}
    for name in rule.channels:
        waits = when(
            rule.telling,
            teller.channels.hours(name),
            rule_uid=rule.uid,
            late=behind,
            told_singly=singly,
            now=work.now,
        )
        if waits is not None:
            found[name] = Waiting(bundle=_bundle(waits, lateness), due_at=waits.due_at)
    return found


def _bundle(waits: Waits, lateness: Late | None) -> Bundle:
    absence = lateness.absence if lateness and waits.reason is Reason.AWAY else None
    return Bundle(
        period=waits.bundle,
        kind=MessageKind.BUNDLE if waits.reason is Reason.LATE else MessageKind.DIGEST,
        reason=waits.reason,
        since=absence.gone_at if absence else None,
        until=absence.back_at if absence else None,
        schedule=waits.schedule,
    )


def _told_before(
    work: Work, item: Prepared, kept: Kept, told: AbstractSet[int], teller: Teller, *, found: Verdict
) -> list[Rule]:
    """The rules that told of what a revision replaces, and are not true of the revision.

    Who was told of a story is told that it is taken back, whatever the withdrawal's own words are, and whatever became
    of the rule, unless it was removed.
    """
    if not isinstance(found, Revision) or found.stale:
        return []
    others = sorted(told - {int(match.rule_id) for match in item.matches})
    rules = [teller.watch.rule(each) for each in others if teller.watch.has(each)]
    if item.release.kind is Kind.WITHDRAWAL:
        rules += rules_numbered(work.connection, [each for each in others if not teller.watch.has(each)])
    else:
        before = kept.before
        rules = [rule for rule in rules if before is not None and teller.watch.spans_in(rule, before) is not None]
    return rules


def _alert(
    *, rule: Rule, match: Match, item: Prepared, kept: Kept, found: Verdict, occasion: str, work: Work
) -> NewAlert:
    release = item.release
    stamped = release.published_at if release.time_precision is not Precision.DAY else None
    if _keeps_stamp(release, kept, found):
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


def _lasting(item: Prepared, occasion: str) -> str:
    """A revision is named by its text, not by its row: the key must outlive a restore."""
    return occasion if occasion == FIRST else f"{occasion.partition(':')[0]}:{item.fingerprint.content}"


def _addresses(work: Work, *, rule: Rule, item: Prepared, kept: Kept, occasion: str, teller: Teller) -> list[Address]:
    lasting = _lasting(item, occasion)
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
