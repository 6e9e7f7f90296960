"""Why one pixel of a picture, tile of a map, value of a data file or text is what it is, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vfsloader.assets.decoder import Decoder
from vfsloader.assets.edit_reports import pixel_report
from vfsloader.datamerge.gather import read_by_file
from vfsloader.datamerge.json_patch import PatchError, same, value_at
from vfsloader.datamerge.maps import is_map
from vfsloader.datamerge.merge import ABSENT, ValueChange
from vfsloader.datamerge.translated import catalog_of
from vfsloader.errors import ResourceError
from vfsloader.game.files import GameFiles
from vfsloader.quoting import plain, quoted

#: What a report is about: a pixel or a tile, x and y; a value, as an RFC 6901 pointer; or a message of a catalog.
At = tuple[int, int] | str


@dataclass(frozen=True, slots=True)
class PartStep:
    """A file that set a pixel, a tile or a value."""

    mod: str
    """The mod's id, or the name of the layer that is not a mod's."""
    path: str
    """The file."""
    label: str
    """Where in the file, or which layer of a map, if that is known: ``"edit 2"``; empty for a whole file."""
    before: Any
    """What was there before; :data:`~vfsloader.datamerge.merge.ABSENT` if there was nothing."""
    after: Any
    """What is there after it; ``ABSENT`` if it was removed."""


@dataclass(frozen=True, slots=True)
class PartReport:
    """Why a part of a file is what it is."""

    path: str
    at: At
    value: Any
    """What the game gets: red, green, blue and alpha of a pixel, a tile as edits call it (by layer of the map, empty
    for none), a value, or a text, of which plural forms are a list."""
    steps: tuple[PartStep, ...]
    """In load order; the first is the whole file, and the last one made the value."""

    @property
    def mod(self) -> str:
        """The mod, or the layer, that made it what it is."""
        return self.steps[-1].mod


def report_part(files: GameFiles, decoder: Decoder, path: str, at: At) -> PartReport:
    """Return why a part of a file is what it is; see :meth:`ResourceManager.why`."""
    mod_of = files.layers.mod_of
    if isinstance(at, str):
        catalog = catalog_of(path)
        if catalog is not None:
            return _message(files, path, catalog, at)
        if at and not at.startswith("/"):
            raise ValueError(f"a value is named as in RFC 6901, such as /sword/damage, not {quoted(at)}")
        return _value(files, mod_of, path, at)
    if len(at) != 2 or not all(isinstance(number, int) for number in at):
        raise ValueError(f"at must be two whole numbers or a pointer such as '/sword/damage', not {at!r}")
    if is_map(path):
        return _tile(files, mod_of, path, at)
    report = pixel_report(decoder, path, at)
    steps = [PartStep(report.layer, path, "", ABSENT, ABSENT if report.first is None else report.first)]
    steps += [
        PartStep(edit.mod, edit.path, edit.label, ABSENT if edit.before is None else edit.before, edit.after)
        for edit in report.edits
    ]
    return PartReport(path, at, report.last, _by_mods(steps, mod_of))


def _tile(files: GameFiles, mod_of: Callable[[str], str], path: str, at: tuple[int, int]) -> PartReport:
    report = files.map_report(path)
    whole = next(part for part in reversed(report.parts) if part.role == "whole")
    edits = report.at(*at)
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for edit in edits:
        first.setdefault(edit.layer, edit.tiles[at][0])
        last[edit.layer] = edit.tiles[at][1]
    steps = [PartStep(whole.name, path, "", ABSENT, first or ABSENT)]
    steps += [PartStep(edit.mod, edit.path, f"{edit.key} on {edit.layer}", *edit.tiles[at]) for edit in edits]
    return PartReport(path, at, last or None, _by_mods(steps, mod_of))


def _message(files: GameFiles, path: str, catalog: tuple[str, str], at: str) -> PartReport:
    language, domain = catalog
    try:
        key, found = files.texts.trace(files.vfs.union, domain, language, at)
    except ValueError as error:
        if at[:1] == "/" and files.vfs.exists(path):
            return _value(files, files.layers.mod_of, path, at)
        raise ResourceError.at(path, f"{plain(path)}: {error}") from error
    steps: list[PartStep] = []
    before: Any = ABSENT
    for file, text in found:
        after = text.forms[0] if len(text.forms) == 1 else list(text.forms)
        steps.append(PartStep(file.name, file.entry.path, "", before, after))
        before = after
    return PartReport(path, key, before, _by_mods(steps, files.layers.mod_of))


def _value(files: GameFiles, mod_of: Callable[[str], str], path: str, pointer: str) -> PartReport:
    with files.snapshots.lock:
        merged, parts = read_by_file(files.vfs.union, path, files.data.languages, files.layers.limits)
    data: Any
    removed = False
    try:
        pointer, data = value_at(merged.data, pointer)
    except PatchError as error:
        removed = True
        data = ABSENT
        reason = str(error)
    below = f"{pointer}/"
    changes = [change for change in merged.changes if change.pointer == pointer or change.pointer.startswith(below)]
    if removed and not changes:
        raise ResourceError.at(path, f"{path}: {reason}")
    changes.sort(key=lambda change: -int(change.layer))  # the files are numbered from the highest down
    is_one = bool(changes) and all(change.pointer == pointer for change in changes)
    if is_one:
        changes = _chain(changes, data)
    lowest = parts[merged.wholes[0]]
    original = (changes[0].before if changes else data) if is_one else ABSENT if changes else data
    steps = [PartStep(lowest.name, lowest.entry.path, "", ABSENT, original)]
    steps += [
        PartStep(
            parts[change.layer].name,
            parts[change.layer].entry.path,
            "" if change.pointer == pointer else change.pointer,
            change.before,
            change.after,
        )
        for change in changes
    ]
    if is_one and original is ABSENT:
        steps = steps[1:]  # the lowest file does not have it
    return PartReport(path, pointer, data, _by_mods(steps, mod_of))


def _chain(changes: Sequence[ValueChange], value: Any) -> list[ValueChange]:
    """Return the changes that led to a value: another one that was removed may have had the same place in a list."""
    chain: list[ValueChange] = []
    for change in reversed(changes):
        if change.after is value or (ABSENT not in (change.after, value) and same(change.after, value)):
            chain.append(change)
            value = change.before
    return chain[::-1]


def _by_mods(steps: Sequence[PartStep], mod_of: Callable[[str], str]) -> tuple[PartStep, ...]:
    return tuple(PartStep(mod_of(step.mod), step.path, step.label, step.before, step.after) for step in steps)
