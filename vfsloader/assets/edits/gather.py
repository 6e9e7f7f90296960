"""Finding the ``.edit`` files of all layers that change a picture, and noticing when they differ."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.assets.snapshots import Snapshots, is_settled
from vfsloader.errors import VFSError
from vfsloader.layers.circumstances import Circumstances, circumstances_of
from vfsloader.layers.name_index import LEAST_LAYERS
from vfsloader.layers.protocol import BaseLayer, EntryType, Layer
from vfsloader.layers.union import Answers, Found, Union
from vfsloader.quoting import plain
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.runtime.hashes import sha256

if TYPE_CHECKING:
    from vfsloader.assets.edits.parse import Edit, Fault
    from vfsloader.layers.union_diff import MayDiffer

#: Of the names by which resources depend on edits; it is in no path of a tree.
EDITS_SUFFIX = "\0edits"


def edits_key(path: str) -> str:
    """Return the name by which a resource depends on the edits of a picture, as it does on paths."""
    return path + EDITS_SUFFIX


def edited_path(key: str) -> str | None:
    """Return the picture of a key; None if it is a path.

    >>> edited_path(edits_key("/p.png")), edited_path("/p.png")
    ('/p.png', None)
    """
    return key.removesuffix(EDITS_SUFFIX) if key.endswith(EDITS_SUFFIX) else None


class EditFile(NamedTuple):
    """The edits of one layer."""

    layer: str
    path: str
    edits: tuple[Edit | Fault, ...]
    """Those that count now, and those that are wrong."""


class EditStack(NamedTuple):
    """The edits of a picture, lowest first."""

    files: tuple[EditFile, ...] = ()
    digest: bytes | None = None
    """Of what counts now; None if nothing does."""
    is_anywhere: bool = False
    """Whether some layer has edits, if only below the picture."""


NO_EDITS = EditStack()


class _Read(NamedTuple):
    """A file as it was read, and whether another write would show in its entry."""

    found: Found
    data: bytes | str
    """The content, or why it cannot be read."""
    is_settled: bool
    edits: tuple[Edit | Fault, ...] | None = None
    """What is in it, if that depends on nothing else."""


class EditStacks:
    """The edits of the pictures that were asked for, as they were when they were last looked at.

    Parameters
    ----------
    snapshots
        The paths; its lock is held by the caller.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._tree = snapshots.tree
        self._stacks: dict[str, EditStack] = {}
        self._read: dict[str, list[_Read]] = {}
        #: By folder, the ``.edit`` files that layers above the lowest have in it, while a union's answers hold.
        self._files: dict[str, frozenset[str]] = {}
        self._files_of: Answers | None = None

    def look(self, path: str) -> EditStack:
        """Return the edits of a picture now, and remember them."""
        union = self._tree.union
        languages = self._snapshots.languages
        if self._files_of is union.answers and not languages:  # as with most pictures
            files = self._files.get(path[: path.rfind("/")] or "/")
            edits = path + EDIT_SUFFIX
            if files is not None and edits not in files and union.mounts[-1].layer.find(edits) is None:
                self._stacks[path] = NO_EDITS
                return NO_EDITS
        return self._look(union, languages, path)

    def _look(self, union: Union, languages: Sequence[str], path: str) -> EditStack:
        self._list_folder(union, path[: path.rfind("/")] or "/")
        # As with most pictures, there is nothing.
        if union.find(path + EDIT_SUFFIX) is None and (not languages or self._has_none(union, path, languages)):
            self._read.pop(path, None)
            self._stacks[path] = NO_EDITS
            return NO_EDITS
        spellings = (*(f"/tl/{language}{path}" for language in languages), path)
        known, read, files = self._read.get(path, []), [], []
        for found in _gather(union, spellings):
            file = _read_file(found, known)
            read.append(file)
            edits = _edits_of(file)
            if edits:
                files.append(EditFile(found.name, found.entry.path, edits))
        self._read[path] = read
        digest = sha256(repr(files[::-1]).encode("utf-8", "backslashreplace")).digest() if files else None
        stack = self._stacks[path] = EditStack(tuple(files[::-1]), digest, is_anywhere=True)
        return stack

    def _list_folder(self, union: Union, folder: str) -> None:
        """List the edits in a folder, so that no layer is asked again for pictures that have none.

        The lowest layer is left out: it is the game's own, and large. Nothing is listed where files may come
        unnoticed.
        """
        if not union.reports_changes or union.case_insensitive:
            self._files_of = None
            return
        if self._files_of is not union.answers:
            self._files_of, self._files = union.answers, {}
        if folder not in self._files:
            lowest = union.mounts[-1].layer
            providers = union.providers(folder)
            has_many = len(providers) > LEAST_LAYERS  # then names alone are asked first
            self._files[folder] = frozenset(
                entry.path
                for _, layer in providers
                if layer is not lowest or len(union.mounts) == 1
                if not has_many or _may_have_edits(layer, folder)
                for entry in layer.list(folder)
                if entry.path.endswith(EDIT_SUFFIX)
            )
            if self._files[folder]:  # edits name pictures, most of them beside the file
                union.expect_many(folder)

    @staticmethod
    def _has_none(union: Union, path: str, languages: Sequence[str]) -> bool:
        return all(union.find(f"/tl/{language}{path}{EDIT_SUFFIX}") is None for language in languages)

    def miss(self, path: str) -> None:
        """Remember that a picture has no edits, as the caller knows that already."""
        self._stacks[path] = NO_EDITS

    def last(self, path: str) -> EditStack:
        """Return the edits of a picture as they were when they were last looked at."""
        return self._stacks.get(path, NO_EDITS)

    def forget(self, path: str) -> None:
        """Stop remembering a picture."""
        self._stacks.pop(path, None)
        self._read.pop(path, None)

    def differences(self, may_differ: MayDiffer) -> list[str]:
        """Look at all pictures again, and return those whose edits differ.

        Parameters
        ----------
        may_differ
            As for :meth:`Snapshots.differences`. Where there are edits, all layers count, and what they depend on.
        """
        differing = []
        languages = self._snapshots.languages
        is_listed = self._tree.union.reports_changes and not languages  # then a look is cheaper than the question
        for path, old in list(self._stacks.items()):
            names = (path, *(f"/tl/{language}{path}" for language in languages))
            if not (old.is_anywhere or is_listed or any(may_differ(name + EDIT_SUFFIX, None) for name in names)):
                continue
            if self.look(path).digest != old.digest:
                differing.append(path)
        return differing


def _may_have_edits(layer: Layer, folder: str) -> bool:
    """Return whether a folder of a layer may have edits in it, by its names alone, if the layer knows them."""
    names = layer.names_in(folder) if isinstance(layer, BaseLayer) and use_fast_paths() else None
    return names is None or any(name.endswith(EDIT_SUFFIX) for name in names)


def _gather(union: Union, spellings: Sequence[str]) -> Iterator[Found]:
    """Yield the files that count, highest first: those above the winning whole picture, and beside it."""
    for spelling in spellings:
        has_picture = False
        is_cut = False
        for name, layer in union.mounts:
            entry = None if is_cut else layer.find(spelling + EDIT_SUFFIX)
            if entry is not None and entry.kind is EntryType.FILE:
                yield Found(name, layer, entry)
            picture = layer.find(spelling)
            if picture is not None:
                has_picture = True
                break
            if layer.may_hide:
                if layer.hides(spelling):
                    break
                is_cut = is_cut or layer.hides(spelling + EDIT_SUFFIX)
        if has_picture:
            return


def _read_file(found: Found, known: Sequence[_Read]) -> _Read:
    from vfsloader.assets.edits.parse import MAX_BYTES, parse_edits

    for file in known:
        if file.is_settled and file.found.layer is found.layer and file.found.entry == found.entry:
            return file
    entry = found.entry
    settled = entry.digest is not None or is_settled(entry.mtime_ns, time.time_ns())
    if entry.size > MAX_BYTES:
        return _Read(found, f"it has {entry.size:,} bytes; at most {MAX_BYTES:,} are read", settled)
    try:
        data = found.layer.read(entry)
        edits = None if _depends(data) else tuple(parse_edits(data, circumstances_of(found.layer)))
        return _Read(found, data, settled, edits)
    except (VFSError, OSError) as error:
        return _Read(found, f"it cannot be read: {plain(str(error), 500)}", is_settled=False)


def _depends(data: bytes) -> bool:
    """Return whether edits may depend on a condition or an option."""
    return b"when" in data or b"${" in data or b"\\" in data  # an escape may mean any letter


def _edits_of(file: _Read) -> tuple[Edit | Fault, ...]:
    from vfsloader.assets.edits.parse import Fault, parse_edits

    if isinstance(file.data, str):
        return (Fault("", file.data),)
    if file.edits is not None:
        return file.edits
    world: Circumstances | None = circumstances_of(file.found.layer)
    return tuple(parse_edits(file.data, world))


def edit_files(union: Union, path: str) -> tuple[EditFile, ...]:
    """Return the edits of a picture that count now, lowest layer first; nothing is remembered.

    Parameters
    ----------
    union
        The layers.
    path
        The picture.
    """
    found = [EditFile(file.name, file.entry.path, _edits_of(_read_file(file, ()))) for file in _gather(union, (path,))]
    return tuple(file for file in found[::-1] if file.edits)
