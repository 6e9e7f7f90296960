"""Finding the ``.edit`` files of all layers that change a picture, and noticing when they differ."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vfsloader.assets.edits.parse import EDIT_SUFFIX, MAX_BYTES, Edit, Fault, parse_edits
from vfsloader.assets.snapshots import UNSETTLED_NS, Snapshots
from vfsloader.errors import VFSError
from vfsloader.layers.circumstances import Circumstances, circumstances_of
from vfsloader.layers.protocol import EntryType
from vfsloader.layers.union import Found, Union
from vfsloader.layers.union_diff import MayDiffer
from vfsloader.quoting import plain

_KEY_SUFFIX = "\0edits"  # in no path of a tree


def edits_key(path: str) -> str:
    """Return the name by which a resource depends on the edits of a picture, as it does on paths."""
    return path + _KEY_SUFFIX


def edited_path(key: str) -> str | None:
    """Return the picture of a key; None if it is a path.

    >>> edited_path(edits_key("/p.png")), edited_path("/p.png")
    ('/p.png', None)
    """
    return key.removesuffix(_KEY_SUFFIX) if key.endswith(_KEY_SUFFIX) else None


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


class EditStacks:
    """The edits of the pictures that were asked for, as they were when they were last looked at.

    Parameters
    ----------
    snapshots
        The paths; its lock is held by the caller.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._stacks: dict[str, EditStack] = {}
        self._read: dict[str, list[_Read]] = {}

    def look(self, path: str) -> EditStack:
        """Return the edits of a picture now, and remember them."""
        union = self._snapshots.union
        languages = self._snapshots.languages
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
        digest = hashlib.sha256(repr(files[::-1]).encode("utf-8", "backslashreplace")).digest() if files else None
        stack = self._stacks[path] = EditStack(tuple(files[::-1]), digest, is_anywhere=True)
        return stack

    @staticmethod
    def _has_none(union: Union, path: str, languages: Sequence[str]) -> bool:
        return all(union.find(f"/tl/{language}{path}{EDIT_SUFFIX}") is None for language in languages)

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
        for path, old in list(self._stacks.items()):
            names = (path, *(f"/tl/{language}{path}" for language in self._snapshots.languages))
            if not old.is_anywhere and not any(may_differ(name + EDIT_SUFFIX, None) for name in names):
                continue
            if self.look(path).digest != old.digest:
                differing.append(path)
        return differing


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
    for file in known:
        if file.is_settled and file.found.layer is found.layer and file.found.entry == found.entry:
            return file
    entry = found.entry
    settled = entry.digest is not None or time.time_ns() - entry.mtime_ns > UNSETTLED_NS
    if entry.size > MAX_BYTES:
        return _Read(found, f"it has {entry.size:,} bytes; at most {MAX_BYTES:,} are read", settled)
    try:
        return _Read(found, found.layer.read(entry), settled)
    except (VFSError, OSError) as error:
        return _Read(found, f"it cannot be read: {plain(str(error), 500)}", is_settled=False)


def _edits_of(file: _Read) -> tuple[Edit | Fault, ...]:
    if isinstance(file.data, str):
        return (Fault("", file.data),)
    world: Circumstances | None = circumstances_of(file.found.layer)
    return tuple(parse_edits(file.data, world))
