"""Finding the files of all layers that change a map or an XML file, and applying them in load order.

The highest whole file counts, and above it, of each layer, first its ``.merge``, then its ``.patch``, then its
``.edit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from vfsloader.datamerge.conditional import depends, resolve_change
from vfsloader.datamerge.formats import json_text, merge_patch
from vfsloader.datamerge.gather import MAX_DATA_BYTES, MERGE_SUFFIX, PATCH_SUFFIX, Part
from vfsloader.datamerge.json_patch import PatchError, apply_patch, operation_lists
from vfsloader.datamerge.maps.apply import Changes, EditConflict, MapEdit, apply_edits, open_map
from vfsloader.datamerge.maps.edit_file import read_edits
from vfsloader.datamerge.maps.model import EditContext, MapModel
from vfsloader.datamerge.merge import DOES_NOT_FIT, Role
from vfsloader.datamerge.parsing import parse_json
from vfsloader.datamerge.xml_patch import apply_xml_patch
from vfsloader.errors import (
    BudgetError,
    DamagedError,
    FileLeftOutError,
    ResourceError,
    UnsafeArchiveError,
    VFSError,
    named_virtually,
)
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.union import Union
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

EDIT_SUFFIX = ".edit"
_ROLES: tuple[tuple[str, Role], ...] = (
    (EDIT_SUFFIX, "edit"),
    (PATCH_SUFFIX, "patch"),
    (MERGE_SUFFIX, "merge"),
    ("", "whole"),
)
_MAPS = (".tmx", ".tmj", ".ldtk", ".ldtkl", ".json")
_XML = (".xml", ".tmx", ".tsx", ".tx")
#: The game's own files may be as large as they are.
_UNLIMITED = 1 << 40


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file with the changes that mods make to it."""

    data: bytes
    """The file; exactly as its layer has it if nothing changes it."""
    edits: tuple[MapEdit, ...] = ()
    """What was carried out and what was left out, in load order."""
    conflicts: tuple[EditConflict, ...] = ()
    """What two mods changed differently."""
    parts: tuple[Part, ...] = field(default=(), repr=False)
    """The files that it was made of, the highest first."""
    read: tuple[str, ...] = ()
    """Further files that edits refer to."""

    @property
    def refusals(self) -> tuple[MapEdit, ...]:
        """The edits that were left out."""
        return tuple(edit for edit in self.edits if edit.reason is not None)

    def at(self, x: int, y: int, layer: str | None = None) -> tuple[MapEdit, ...]:
        """Return the edits that set a tile, in load order: the last one made it.

        Parameters
        ----------
        x, y
            The tile.
        layer
            The layer of the map; all if left out.
        """
        return tuple(edit for edit in self.edits if (x, y) in edit.tiles and layer in (None, edit.layer))


def is_map(path: str) -> bool:
    """Return whether a file may be a map that can be edited, by its name.

    Examples
    --------
    >>> is_map("/maps/town.tmx"), is_map("/sprites/hero.png")
    (True, False)
    """
    return path.lower().endswith(_MAPS)


def is_xml(path: str) -> bool:
    """Return whether a file is XML, by its name: then its ``.patch`` is XML too."""
    return path.lower().endswith(_XML)


def can_be_edited(path: str) -> bool:
    """Return whether :func:`read_edited` may return something else than the file itself, by the file's name."""
    return is_map(path) or is_xml(path)


def is_edited(union: Union, path: str) -> bool:
    """Return whether any layer changes a map or an XML file in a way that only :func:`read_edited` knows.

    A ``.merge`` or ``.patch`` of JSON alone is a change of data.
    """
    return (is_map(path) and union.find(path + EDIT_SUFFIX) is not None) or (
        is_xml(path) and union.find(path + PATCH_SUFFIX) is not None
    )


def _counts(path: str, role: Role) -> bool:
    if role == "edit":
        return is_map(path)
    return role == "patch" if is_xml(path) else is_map(path)


def gather_edited(union: Union, path: str, languages: Sequence[str] = ()) -> Iterator[Part]:
    """Yield the parts of a file, the highest first, as :func:`~vfsloader.datamerge.gather` does for data."""
    for whole in (*(f"/tl/{language}{path}" for language in languages), path):
        for name, layer in union.mounts:
            for suffix, role in _ROLES:
                if role != "whole" and not _counts(path, role):
                    continue
                entry = layer.find(whole + suffix)
                if entry is not None and not entry.is_folder:
                    yield Part(name, layer, entry, role)
            if layer.may_hide and layer.hides(whole):
                break


def read_edited(union: Union, path: str, languages: Sequence[str] = (), limits: Limits = DEFAULT_LIMITS) -> EditedFile:
    """Return a map or an XML file with the changes of all layers.

    Parameters
    ----------
    union
        The layers. The lowest one is the game's own, and trusted.
    path
        The file, normalised.
    languages
        As for :func:`~vfsloader.datamerge.gather`.
    limits
        What each file of the other layers may cost.

    Raises
    ------
    PathNotFoundError
        No layer has the whole file.
    ResourceError
        No whole file can be read.
    """
    for _ in range(len(union.mounts) * len(_ROLES) + 1):
        try:
            return _Reading(union, path, limits).read(languages)
        except _VanishedError:
            continue
    raise union.not_found(path)


class _VanishedError(Exception):
    """A file was removed between being found and being read."""


class _Reading:
    """The work of reading one file."""

    def __init__(self, union: Union, path: str, limits: Limits) -> None:
        self._union = union
        self._path = path
        self._limits = limits
        self._changes = Changes()
        self._read_files: dict[str, None] = {}
        #: The file so far: as bytes, or as a map that is being edited.
        self._data = b""
        self._model: MapModel | None = None
        self._is_changed = False
        self._editor = ""
        self._is_own = False

    def read(self, languages: Sequence[str]) -> EditedFile:
        parts: list[Part] = []
        contents: list[tuple[Part, bytes]] = []
        for part in gather_edited(self._union, self._path, languages):
            parts.append(part)
            content = self._content(part)
            if content is not None:
                contents.append((part, content))
                if part.role == "whole":
                    break
        if not contents or contents[-1][0].role != "whole":
            refused = [edit.reason for edit in self._changes.edits if edit.path == self._path and edit.reason]
            raise ResourceError.at(self._path, refused[-1]) if refused else self._union.not_found(self._path)
        whole, self._data = contents.pop()
        self._is_own = self._is_lowest(whole)
        for part, content in reversed(contents):
            self._apply(part, content)
        self._settle()
        edits, conflicts = tuple(self._changes.edits), self._changes.conflicts()
        return EditedFile(self._data, edits, conflicts, tuple(parts), tuple(self._read_files))

    def _is_lowest(self, part: Part) -> bool:
        return part.layer is self._union.mounts[-1].layer

    def _content(self, part: Part) -> bytes | None:
        path = part.entry.path
        try:
            if not self._is_lowest(part) and part.entry.size > MAX_DATA_BYTES:
                raise ValueError(f"it has {part.entry.size:,} bytes; at most {MAX_DATA_BYTES:,} are read as data")
            return part.layer.read(part.entry)
        except (FileLeftOutError, BudgetError, DamagedError, UnsafeArchiveError, ValueError) as error:
            if isinstance(error, VFSError) and not isinstance(error, FileLeftOutError) and self._is_lowest(part):
                raise
            self._changes.refuse(part.name, path, f"{plain(path)} in {part.name} cannot be read: {error}")
            return None
        except FileNotFoundError as error:
            raise _VanishedError from error
        except OSError as error:
            raise named_virtually(error, path, part.name) from error

    def _apply(self, part: Part, content: bytes) -> None:
        path = part.entry.path
        budget = Budget(f"{path} in {part.name}", self._limits)
        steps: dict[str, Callable[[Part, bytes, Budget], None]] = {
            "edit": self._edit,
            "patch": self._patch_xml if is_xml(self._path) else self._change_json,
            "merge": self._change_json,
        }
        try:
            steps[part.role](part, content, budget)
        except (*DOES_NOT_FIT, VFSError, ImportError) as error:
            self._changes.refuse(part.name, path, str(error))

    def _settle(self) -> None:
        """Write the map that is being edited."""
        model, is_changed = self._model, self._is_changed
        self._model, self._is_changed = None, False
        if model is None or not is_changed:
            return
        try:
            self._data = model.encoded()
        except (*DOES_NOT_FIT, VFSError) as error:
            path = plain(self._path)
            self._changes.refuse(self._editor, f"{self._path}{EDIT_SUFFIX}", f"{path} cannot be written: {error}")

    def _map_budget(self) -> Budget:
        limits = self._limits
        return Budget(self._path, replace(limits, nodes=_UNLIMITED) if self._is_own else limits)

    def _edit(self, part: Part, content: bytes, budget: Budget) -> None:
        edits = read_edits(content, circumstances_of(part.layer), budget)
        if not edits:
            return
        if self._model is None:
            try:
                self._model = open_map(self._path, self._data, self._map_budget(), self._read_file)
            except DOES_NOT_FIT as error:
                raise ValueError(f"{plain(self._path)} cannot be edited: {plain(str(error), 500)}") from error
        self._editor = part.name
        context = EditContext(self._path, self._read_file, budget)
        self._is_changed |= apply_edits(self._model, edits, part.name, part.entry.path, context, self._changes)

    def _read_file(self, path: str) -> bytes:
        self._read_files[path] = None
        found = self._union.find(path)
        if found is not None and found.entry.size > MAX_DATA_BYTES:
            raise ValueError(f"{plain(path)} has more than {MAX_DATA_BYTES:,} bytes")
        return self._union.read(path)

    def _patch_xml(self, part: Part, content: bytes, budget: Budget) -> None:
        self._settle()
        self._data, refused, places = apply_xml_patch(self._data, content, budget)
        for reason in refused:
            self._changes.refuse(part.name, part.entry.path, reason)
        for place in places:
            self._changes.record_place(part.name, part.entry.path, place)

    def _change_json(self, part: Part, content: bytes, budget: Budget) -> None:
        self._settle()
        change = parse_json(content, budget)
        world = circumstances_of(part.layer)
        if world is not None and depends(content):
            change = resolve_change(change, world, is_patch=part.role == "patch")
        data = parse_json(self._data, self._map_budget())
        if part.role == "merge":
            data = merge_patch(data, change)
        else:
            for operations in operation_lists(change):
                try:
                    data = apply_patch(data, operations, budget)
                except PatchError as error:
                    self._changes.refuse(part.name, part.entry.path, str(error))
        self._data = json_text(data)
        self._changes.record_place(part.name, part.entry.path, "")
