"""What a correction says otherwise than the text it took the place of, cleaned and cut for showing. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.plain import ELLIPSIS, visible
from news.alert import Alert
from news.changes import Changed, Edit, changes, figures
from news.kinds import unmarked
from news.release import Release

PLACES_MAX = 5
_PIECES_MAX = 24
_KEPT_CHARS_MAX, _CHANGED_CHARS_MAX = 90, 240
_FIGURES_MAX = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A place that changed: stretches of words, each kept, removed or added."""

    zone: str
    pieces: tuple[tuple[str, Edit], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """`places` are the first; `left` counts the others. `figures` are numbers only the one and only the other has."""

    places: tuple[Place, ...]
    left: int
    removed_figures: tuple[str, ...]
    added_figures: tuple[str, ...]


def correction(alert: Alert) -> Correction | None:
    """What the alert's release changed; None where it is no later text, or the earlier one is gone."""
    if alert.before is None:
        return None
    found = [
        Place(zone, pieces)
        for zone, old, new in _zones(alert.before, alert.release)
        for place in changes(old, new)
        if (pieces := _shown(place))
    ]
    removed, added = figures(_whole(alert.before), _whole(alert.release))
    return Correction(
        places=tuple(found[:PLACES_MAX]),
        left=max(0, len(found) - PLACES_MAX),
        removed_figures=removed[:_FIGURES_MAX],
        added_figures=added[:_FIGURES_MAX],
    )


def _zones(before: Release, after: Release) -> tuple[tuple[str, str, str], ...]:
    return (
        ("headline", unmarked(before.headline), unmarked(after.headline)),
        ("subtitle", "\n".join(before.subtitles), "\n".join(after.subtitles)),
        ("body", before.body, after.body),
    )


def _whole(release: Release) -> str:
    return "\n".join((release.headline, *release.subtitles, release.body))


def _shown(place: Changed) -> tuple[tuple[str, Edit], ...]:
    pieces = place.pieces[:_PIECES_MAX]
    last = len(pieces) - 1
    shown = []
    for at, piece in enumerate(pieces):
        text = visible(piece.text)
        limit = _KEPT_CHARS_MAX if piece.edit is Edit.KEPT else _CHANGED_CHARS_MAX
        if len(text) > limit and piece.edit is Edit.KEPT and at == 0:
            text = ELLIPSIS + text[-limit:]
        elif len(text) > limit and (piece.edit is not Edit.KEPT or at == last):
            text = text[:limit] + ELLIPSIS
        elif len(text) > 2 * limit:
            text = f"{text[:limit]} {ELLIPSIS} {text[-limit:]}"
        shown.append((text, piece.edit))
    before = [(f"{ELLIPSIS} ", Edit.KEPT)] if place.cut_before else []
    after = [(f" {ELLIPSIS}", Edit.KEPT)] if place.cut_after else []
    return (*before, *shown, *after)
