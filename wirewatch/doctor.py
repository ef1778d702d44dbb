"""`wirewatch doctor`: every problem by name, with its mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.channels import ChannelConfigError
from alerts.notices import ADVICE, state
from config import Settings
from storage import mending
from storage.archive import Archive
from storage.checkup import check
from storage.database import DatabaseBusyError, StorageError
from storage.errors import OutageError
from storage.notices import open_troubles
from storage.reindex import left
from storage.space import space_beside
from wirewatch import clock, renewal
from wirewatch.assemble import open_archive, open_channels, sync
from wirewatch.away import away_line
from wirewatch.prepared import analysed
from wirewatch.troubles import warnings
from wirewatch.wording import counted

TROUBLES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `mend` is what to do, empty where all is well."""

    check: str
    ok: bool
    found: str
    mend: str = ""


def examine(settings: Settings, *, mend: bool = False) -> list[Finding]:
    """Look at everything that can be looked at without a request to anybody.

    `mend`: first mend in the archive what can be mended; what was done are findings, too.

    Raises:
        DatabaseBusyError: `mend`, and a daemon runs on the archive.
    """
    return list(_findings(settings, mend=mend))


def _findings(settings: Settings, *, mend: bool) -> Iterator[Finding]:
    if settings.path is None:
        yield Finding("configuration", ok=False, found="no wirewatch.toml", mend="wirewatch init writes one")
    else:
        yield Finding("configuration", ok=True, found=str(settings.path))
    for warning in settings.warnings:
        yield Finding("configuration", ok=False, found=str(warning), mend="see the line it names")
    try:
        archive, trouble = _opened(settings)
    except StorageError as error:
        yield Finding("database", ok=False, found=str(error), mend="see the message")
        return
    if trouble:
        yield Finding("database", ok=False, found=f"cannot be written: {trouble}", mend="see the message")
    try:
        if mend and not trouble:
            yield from _mended(archive)
        yield from _of_archive(settings, archive)
    finally:
        archive.close()


def _opened(settings: Settings) -> tuple[Archive, str | None]:
    """The archive with what the file says in it; where it cannot be written, as it is, and why it cannot."""
    archive = None
    try:
        archive = open_archive(settings)
        sync(settings, archive)
    except OutageError as error:
        if archive is not None:
            archive.close()
        return open_archive(settings, read_only=True), str(error)
    return archive, None


def _mended(archive: Archive) -> Iterator[Finding]:
    faults = check(archive.database)
    if any(fault.found.startswith("damaged") for fault in faults):  # writing to it would do more harm
        return
    done = list(mending.mend(archive, analysed, clock.now())) if faults else []
    for told in done:
        yield Finding("mended", ok=True, found=told)
    if (n := sum(renewal.renew_now(archive))) > 0:
        yield Finding("mended", ok=True, found=f"releases analysed anew: {n:,}")
    elif not done:
        yield Finding("mended", ok=True, found="nothing; no fault that can be mended was found")


def _of_archive(settings: Settings, archive: Archive) -> Iterator[Finding]:
    for fault in (faults := check(archive.database)):
        yield Finding("database", ok=False, found=fault.found, mend=fault.mend)
    if not faults:
        yield Finding("database", ok=True, found=_holds(archive.counts()))
    if behind := left(archive.database):
        waits = f"{counted(behind, 'release')} wait to be analysed anew by the daemon; searches are right meanwhile"
        yield Finding("index", ok=True, found=waits, mend="wirewatch migrate does it at once")
    yield from _of_disk(archive)
    yield _of_daemon(archive)
    yield from _of_operator(settings, archive)
    yield from _of_sources(archive)
    yield from _of_rules(archive)
    yield from _of_channels(settings, archive)
    dead = archive.deliveries(state="dead", limit=1_000)
    if dead:
        mend = f"wirewatch deliveries list --state dead; newest: {dead[0].reason}"
        yield Finding("deliveries", ok=False, found=f"{counted(len(dead), 'delivery')} given up", mend=mend)
    else:
        yield Finding("deliveries", ok=True, found="none given up")


def _holds(counts: dict[str, int]) -> str:
    return f"whole; {counted(counts['releases'], 'release')}, {counted(counts['alerts'], 'alert')}"


def _of_disk(archive: Archive) -> Iterator[Finding]:
    path = archive.database.path
    if path is None:
        return
    found = warnings(archive.database)
    for told in found.values():
        what, _, mend = told.partition("; ")
        yield Finding("disk", ok=False, found=what, mend=mend)
    space = space_beside(path)
    if not found and space is not None:
        yield Finding("disk", ok=True, found=f"{space.told()} beside {path}")


def _of_daemon(archive: Archive) -> Finding:
    try:
        archive.database.instance_lock().release()
    except DatabaseBusyError:
        return Finding("daemon", ok=True, found="running")
    except StorageError as error:
        return Finding("daemon", ok=False, found=f"nobody can tell: {error}", mend="see the message")
    return Finding("daemon", ok=True, found="not running; `wirewatch run` starts it")


def _of_operator(settings: Settings, archive: Archive) -> Iterator[Finding]:
    if (away := away_line(archive.database, clock.now())) is not None:
        yield Finding("watch", ok=True, found=away)
    to = settings.operator.to
    told = f"told to {', '.join(to)}" if to else "told to nobody; name channels in [operator] to"
    with archive.database.reading() as connection:
        found = open_troubles(connection)
    if not found:
        yield Finding("operator", ok=True, found=f"no source is in trouble; if one is, that is {told}")
    for trouble in found[:TROUBLES_SHOWN]:
        detail = f": {trouble.detail}" if trouble.detail else ""
        mend = ADVICE[trouble.kind] if to else f"{ADVICE[trouble.kind]} This is {told}."
        yield Finding("operator", ok=False, found=f"{trouble.source} {state(trouble)}{detail}", mend=mend)
    if len(found) > TROUBLES_SHOWN:
        yield Finding("operator", ok=False, found=f"{len(found) - TROUBLES_SHOWN} more", mend="mend those above first")


def _of_sources(archive: Archive) -> Iterator[Finding]:
    lines = archive.sources()
    if not lines:
        yield Finding("sources", ok=False, found="none", mend="add a [[source]], or wirewatch sources add WIRE/FEED")
    for line in lines:
        state = line.source.state
        if state.failures:
            found = f"{line.source.name}: {counted(state.failures, 'failure')} in a row: {state.last_outcome}"
            yield Finding("sources", ok=False, found=found, mend=f"open {line.source.url} in a browser; is it right?")
        elif state.last_polled_at is None:
            yield Finding("sources", ok=True, found=f"{line.source.name}: never polled yet")
        else:
            ago_s = (clock.now() - state.last_polled_at).total_seconds()
            yield Finding("sources", ok=True, found=f"{line.source.name}: {state.last_outcome}, {ago_s:.0f} s ago")
        if line.gaps:
            found = f"{line.source.name}: {counted(line.gaps, 'gap')}, in which releases may have gone unseen"
            yield Finding("coverage", ok=False, found=found, mend="poll it more often: lower its interval_s")


def _of_rules(archive: Archive) -> Iterator[Finding]:
    rules = archive.rules()
    if not rules:
        yield Finding("rules", ok=False, found="none", mend="add a [[rule]], or wirewatch rules add NAME QUERY")
    known = {spec.name for spec in archive.channels()}
    for rule in rules:
        for name in rule.channels:
            if name not in known:
                found = f"{rule.name!r} tells {name!r}, which is no channel"
                yield Finding("rules", ok=False, found=found, mend=f"wirewatch channels add {name} KIND …")
        if not rule.channels and rule.origin != "config":  # of those in the file its warnings speak
            found = f"{rule.name!r} tells nobody; its alerts are kept and shown"
            yield Finding("rules", ok=True, found=found)
    if rules:
        yield Finding("rules", ok=True, found=f"{len(rules)} on watch")


def _of_channels(settings: Settings, archive: Archive) -> Iterator[Finding]:
    try:
        opened = open_channels(settings, archive)
    except ChannelConfigError as error:
        yield Finding("channels", ok=False, found=str(error), mend="mend it in the configuration file")
        return
    for spec in archive.channels():
        if spec.name in opened:
            yield Finding(
                "channels", ok=True, found=f"{spec.name} ({spec.kind}); try: wirewatch channels test {spec.name}"
            )
        else:
            found = f"{spec.name} ({spec.kind}) cannot be opened"
            yield Finding("channels", ok=False, found=found, mend=f"wirewatch channels add {spec.name} … anew")
