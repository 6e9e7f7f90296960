"""A merged tree in which every data file is whole, with the mods' changes applied.

It is for packing a game together with its mods. One tree can only have one ``items.json.merge``, the highest, so the
changes of all layers are applied once, when the pack is built.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Protocol

from vfsloader import paths
from vfsloader.datamerge.conditional import depends, resolve_change
from vfsloader.datamerge.flattened_catalogs import flat_catalogs
from vfsloader.datamerge.formats import json_text, kind_of, merge_patch
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_parts
from vfsloader.datamerge.json_patch import PatchError, operation_lists
from vfsloader.datamerge.maps import EDIT_SUFFIX, is_edited, is_map, read_edited
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import BudgetError, ResourceError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.protocol import BaseLayer, Entry, EntryType
from vfsloader.layers.union import Found, Mount, Union
from vfsloader.runtime.budget import Budget


class Pictures(Protocol):
    """What knows the edits of pictures."""

    def draw(self, union: Union, path: str) -> bytes | None:
        """Return a picture with all of its edits as a file; None if no file can hold them."""

    def combine(self, union: Union, path: str) -> bytes | None:
        """Return the edits that count now, of all layers, as one file; None if there are none."""


class FlattenedLayer(BaseLayer):
    """The layers of a game as one layer, to be packed.

    Parameters
    ----------
    mounts
        The layers, the highest first; they stay open when this one is closed.
    name
        What messages call it.
    pictures
        Applies the edits of pictures. Without it, those of the highest layer are in the tree as they are.

    Raises
    ------
    ResourceError
        A data file cannot be read, or its kind cannot be written.
    """

    def __init__(self, mounts: Sequence[Mount], *, name: str = "merged", pictures: Pictures | None = None) -> None:
        self.name = name
        self._pictures = pictures
        self._union = Union(mounts)
        self._written: dict[str, bytes] = {}
        self._applied: set[str] = set()  # changes that are in a whole file now
        for catalog in flat_catalogs(self._union):
            self._applied.update(catalog.replaced)
            self._applied.discard(catalog.path)
            self._written[catalog.path] = catalog.data
        for folder, _, names in self._union.walk(paths.ROOT):
            for path in [paths.join(folder, name) for name in names]:
                for suffix in (MERGE_SUFFIX, PATCH_SUFFIX, EDIT_SUFFIX):
                    if path.endswith(suffix) and path != suffix:
                        self._apply(path, path.removesuffix(suffix), suffix)

    def find(self, path: str) -> Entry | None:
        """Find the winner of a path."""
        winner = None if path in self._applied else self._union.find(path)
        if winner is None:
            data = self._written.get(path)
            return None if data is None else Entry(path, EntryType.FILE, len(data), 0, 0, data)
        return self._entry(winner)

    def list(self, path: str) -> Iterator[Entry]:
        """List a merged folder."""
        children = self._union.children(path)
        for found in children.values():
            if found.entry.path not in self._applied:
                yield self._entry(found)
        for written, data in self._written.items():
            folder, name = paths.split(written)
            if folder == path and name not in children:
                yield Entry(written, EntryType.FILE, len(data), 0, 0, data)

    def read(self, entry: Entry) -> bytes:
        """Return a merged file, or read from the layer that provides the file."""
        source: bytes | Found = entry.locator
        return source if isinstance(source, bytes) else source.layer.read(source.entry)

    def open(self, entry: Entry) -> BinaryIO:
        """Open a merged file, or the file of the layer that provides it."""
        source: bytes | Found = entry.locator
        return BytesFile(source, self.name) if isinstance(source, bytes) else source.layer.open(source.entry)

    def _entry(self, found: Found) -> Entry:
        data = self._written.get(found.entry.path)
        if data is None:
            return found.entry._replace(locator=found)
        return Entry(found.entry.path, EntryType.FILE, len(data), 0, 0, data)

    def _apply(self, path: str, whole: str, suffix: str) -> None:
        winner = self._union.find(whole)
        if suffix == EDIT_SUFFIX and not is_map(whole):
            self._edit(path, whole)
            return
        if winner is not None and not winner.entry.is_folder and is_edited(self._union, whole):
            self._applied.add(path)
            if whole not in self._written:
                self._written[whole] = read_edited(self._union, whole).data
            return
        if suffix == EDIT_SUFFIX:
            return
        if winner is not None and not winner.entry.is_folder:
            self._applied.add(path)
            if whole not in self._written:
                self._written[whole] = _write(whole, read_parts(self._union, whole)[0].data)
            return
        # It changes a file that only some language or another game has: combine the changes of all layers into one.
        copies = self._union.copies(path)[::-1]
        if len(copies) > 1 and (suffix == PATCH_SUFFIX or kind_of(whole).parse is parse_json):
            changes = [change for copy in copies for change in _read_change(copy)]
            combined = _joined_lists(changes) if suffix == PATCH_SUFFIX else _combined_patches(changes)
            self._written[path] = json_text(combined)

    def _edit(self, path: str, picture: str) -> None:
        """Apply the edits of a picture, or put those of all layers into one file."""
        if self._pictures is None:
            return
        drawn = self._pictures.draw(self._union, picture)
        combined = None if drawn is not None else self._pictures.combine(self._union, picture)
        if drawn is not None:
            self._written[picture] = drawn
        if combined is not None:
            self._written[path] = combined
        else:
            self._applied.add(path)


def _write(path: str, data: Any) -> bytes:
    write = kind_of(path).write
    if write is None:
        raise ResourceError.at(path, f"cannot write {path} with the mods' changes: its DataKind has no write function")
    try:
        return write(data)
    except (ValueError, TypeError, RecursionError) as error:  # TOML has no null, for one
        raise ResourceError.at(path, f"cannot write {path} with the mods' changes: {error}") from error


def _read_change(copy: Found) -> list[Any]:
    """Return a change in a list, which is empty if it cannot be read: then nothing of it would be applied."""
    path = copy.entry.path
    try:
        content = copy.layer.read(copy.entry)
        change = parse_json(content, Budget(f"{path} in {copy.name}"))
        world = circumstances_of(copy.layer)
        if world is not None and depends(content):
            change = resolve_change(change, world, is_patch=path.endswith(PATCH_SUFFIX))
        return [change]
    except (ValueError, BudgetError):
        return []


def _joined_lists(patches: Sequence[Any]) -> list[Any]:
    """Return the lists of operations of several patch files; each stays all or nothing."""
    lists = []
    for patch in patches:
        try:
            lists += operation_lists(patch)
        except PatchError:
            continue  # nothing of it would be applied
    return lists


def _combined_patches(patches: Sequence[Any]) -> Any:
    """Return one merge patch that does what several do."""
    return functools.reduce(functools.partial(merge_patch, keep_nulls=True), patches)
