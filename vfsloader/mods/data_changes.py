"""What mods change in data files, in words for players, and where two of them set one value differently.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfsloader import paths
from vfsloader.datamerge.json_patch import same
from vfsloader.datamerge.merge import ABSENT, Merged, ValueChange
from vfsloader.mods import messages
from vfsloader.quoting import plain, quoted

if TYPE_CHECKING:
    from vfsloader.mods.conflicts import Override
    from vfsloader.mods.edit_changes import PlaceConflict


@dataclass(frozen=True, slots=True)
class DataChange:
    """What a layer changes in a data file. ``str(change)`` says it in a player's words."""

    path: str
    layer: str
    values: tuple[ValueChange, ...]

    @property
    def used(self) -> tuple[ValueChange, ...]:
        """The changes that count: no higher layer changes those values again."""
        return tuple(value for value in self.values if value.is_used)

    def __str__(self) -> str:
        lost = len(self.values) - len(self.used)
        words = words_for(self.used or self.values, paths.split(self.path)[1])
        if not lost:
            return words
        rest = messages.NOTHING_LEFT if not self.used else messages.PARTLY_LOST
        return words + messages.fill(rest, count=_count(lost, "value"))


@dataclass(frozen=True, slots=True)
class FileConflict:
    """A file, or a value of a data file, that several mods want to be different. ``str(conflict)`` is a sentence."""

    path: str
    pointer: str
    """The value, as in RFC 6901; empty if it is about the whole file."""
    mods: tuple[str, ...]
    """The mods; what the last one wants is used. In load order, unless `is_first`."""
    values: tuple[Any, ...] = ()
    """What each of them sets the value to."""
    is_file: bool = False
    """Whether it is about the whole file, and not about a value."""
    place: str = ""
    """A place of a picture, a map or a catalog, in words; empty if it is about something else."""
    is_first: bool = False
    """Whether the lower mod counts: it replaces a color, and nothing is left of that for the others."""

    @property
    def winner(self) -> str:
        """The mod whose file or value is used."""
        return self.mods[-1]

    def __str__(self) -> str:
        name = paths.split(self.path)[1]
        losers = ", ".join(self.mods[:-1])
        if self.place:
            facts = {"place": self.place, "name": name, "losers": losers, "winner": self.winner}
            return messages.fill(messages.PLACE_CONFLICT, **facts)
        if self.is_file:
            return messages.fill(messages.FILE_CONFLICT, name=name, losers=losers, winner=self.winner)
        key = plain(self.pointer.replace("/", " ").strip()) or messages.THE_WHOLE
        wanted = [
            f"{mod}: {messages.REMOVED if value is ABSENT else quoted(value)}"
            for mod, value in zip(self.mods, self.values, strict=True)
        ]
        return messages.fill(messages.VALUE_CONFLICT, name=name, key=key, wanted="; ".join(wanted), winner=self.winner)


def data_changes(values: Mapping[str, Merged]) -> list[DataChange]:
    """Return what each layer changes in each data file, by path and then in load order.

    Parameters
    ----------
    values
        The merged files by path; see :meth:`~vfsloader.ModManager.find_values`.
    """
    found = []
    for path, report in values.items():
        by_layer: dict[str, list[ValueChange]] = {}
        for change in report.changes:
            by_layer.setdefault(change.layer, []).append(change)
        found += [DataChange(path, layer, tuple(changes)) for layer, changes in by_layer.items()]
    return found


def find_conflicts(
    overrides: Sequence[Override],
    values: Mapping[str, Merged],
    mods: Collection[str],
    edits: Sequence[PlaceConflict] = (),
) -> list[FileConflict]:
    """Return where several mods want different things, so that not all of them get what they want.

    Parameters
    ----------
    overrides, values
        What several layers have; see :meth:`~vfsloader.ModManager.find_overrides` and ``find_values``.
    mods
        The ids of the mods: other layers have no conflicts.
    edits
        The places that several layers change; see :meth:`~vfsloader.ModManager.find_edits`.
    """
    return sorted(
        [*_file_conflicts(overrides, values, mods), *_value_conflicts(values, mods), *_place_conflicts(edits, mods)],
        key=lambda conflict: (conflict.path, conflict.pointer),
    )


def _place_conflicts(edits: Sequence[PlaceConflict], mods: Collection[str]) -> Iterator[FileConflict]:
    for conflict in edits:
        by_mod = [layer.partition(":")[0] for layer in conflict.mods]  # the parts of a mod are named after it
        latest = tuple(mod for mod in dict.fromkeys(reversed(by_mod)) if mod in mods)[::-1]
        if len(latest) > 1:
            yield FileConflict(conflict.path, "", latest, place=conflict.place, is_first=conflict.is_first)


def _file_conflicts(
    overrides: Sequence[Override], values: Mapping[str, Merged], mods: Collection[str]
) -> Iterator[FileConflict]:
    for override in overrides:
        if override.path not in values and override.winner in mods:
            losers = [layer for layer in override.layers[:-1] if layer in mods and layer not in override.same]
            if losers:
                yield FileConflict(override.path, "", (*losers, override.winner), is_file=True)


def _value_conflicts(values: Mapping[str, Merged], mods: Collection[str]) -> Iterator[FileConflict]:
    for path, report in values.items():
        for conflict in report.conflicts:
            wanted = [
                (layer, value) for layer, value in zip(conflict.layers, conflict.values, strict=True) if layer in mods
            ]
            last = wanted[-1][1] if wanted else None
            if any(value is not last and not _are_same(value, last) for _, value in wanted):
                layers, set_to = zip(*wanted, strict=True)
                yield FileConflict(path, conflict.pointer, tuple(layers), tuple(set_to))


def words_for(changes: Sequence[ValueChange], name: str) -> str:
    """Return changes in words.

    Examples
    --------
    >>> speed = ValueChange("hud", "/speed", 3, 5, True)
    >>> words_for([speed, speed, ValueChange("hud", "/bow", ABSENT, 1, True)], "balance.json")
    'changes 2 numbers, adds 1 value in balance.json'
    """
    changed: Counter[str] = Counter()
    added = removed = 0
    for change in changes:
        if change.before is ABSENT:
            added += 1
        elif change.after is ABSENT:
            removed += 1
        else:
            changed[_kind(change.before) if _kind(change.before) == _kind(change.after) else "value"] += 1
    parts = []
    if changed:
        kinds = [_count(changed[kind], kind) for kind in ("number", "text", "switch", "value") if changed[kind]]
        parts.append(f"changes {' and '.join([', '.join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)}")
    parts += [f"{verb} {_count(count, 'value')}" for verb, count in (("adds", added), ("removes", removed)) if count]
    return f"{', '.join(parts) or 'changes nothing'} in {plain(name)}"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "value"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else 'switches' if noun == 'switch' else f'{noun}s'}"


def _are_same(one: Any, other: Any) -> bool:
    return one is not ABSENT and other is not ABSENT and same(one, other)
