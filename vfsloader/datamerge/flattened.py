"""A merged tree in which every data file is whole: what mods change in it is written into it.

For packing a game together with its mods: of several layers' ``items.json.merge`` only the highest would show in
one tree, so the change is made once, when the pack is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.datamerge.formats import kind_of, parse_json
from vfsloader.datamerge.gather import read_parts
from vfsloader.datamerge.merge import MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.errors import ResourceError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.protocol import BaseLayer, Entry, EntryType
from vfsloader.layers.union import Found, Mount, Union


class FlattenedLayer(BaseLayer):
    """The layers of a game as one, to be packed.

    Parameters
    ----------
    mounts
        The layers, the highest first; they stay open when this one is closed.
    name
        What messages call it.

    Raises
    ------
    ResourceError
        A data file cannot be read, or nothing says how its kind is written.
    """

    def __init__(self, mounts: Sequence[Mount], *, name: str = "merged") -> None:
        self.name = name
        self._union = Union(mounts)
        self._written: dict[str, bytes] = {}
        self._gone: set[str] = set()
        for folder, _, names in self._union.walk(paths.ROOT):
            for path in [paths.join(folder, name) for name in names]:
                for suffix in (MERGE_SUFFIX, PATCH_SUFFIX):
                    if path.endswith(suffix) and path != suffix:
                        self._settle(path, path.removesuffix(suffix), suffix)

    def find(self, path: str) -> Entry | None:
        """Find the winner of a path."""
        found = None if path in self._gone else self._union.find(path)
        return None if found is None else self._entry(found)

    def list(self, path: str) -> Iterator[Entry]:
        """List a merged folder."""
        for found in self._union.children(path).values():
            if found.entry.path not in self._gone:
                yield self._entry(found)

    def read(self, entry: Entry) -> bytes:
        """Return what was written, or read from the layer that provides the file."""
        source: bytes | Found = entry.locator
        return source if isinstance(source, bytes) else source.layer.read(source.entry)

    def open(self, entry: Entry) -> BinaryIO:
        """Open what was written, or the file of the layer that provides it."""
        source: bytes | Found = entry.locator
        return BytesFile(source, self.name) if isinstance(source, bytes) else source.layer.open(source.entry)

    def _entry(self, found: Found) -> Entry:
        data = self._written.get(found.entry.path)
        if data is None:
            return found.entry._replace(locator=found)
        return Entry(found.entry.path, EntryType.FILE, len(data), 0, 0, data)

    def _settle(self, path: str, whole: str, suffix: str) -> None:
        found = self._union.find(whole)
        if found is not None and not found.entry.is_folder:
            self._gone.add(path)
            if whole not in self._written:
                self._written[whole] = _write(whole, read_parts(self._union, whole)[0].data)
            return
        # A change of a file that only some language, or some other game, has: it stays one, of all layers' changes.
        copies = self._union.copies(path)[::-1]
        if len(copies) > 1 and (suffix == PATCH_SUFFIX or kind_of(whole).parse is parse_json):
            parts = [parse_json(copy.layer.read(copy.entry)) for copy in copies]
            combined = _all_lists(parts) if suffix == PATCH_SUFFIX else _compose(parts)
            self._written[path] = json.dumps(combined, ensure_ascii=False).encode()


def _write(path: str, data: Any) -> bytes:
    write = kind_of(path).write
    if write is None:
        raise ResourceError.at(path, f"mods change {path}, and its kind of data does not say how it is written")
    return write(data)


def _all_lists(parts: Sequence[Any]) -> list[Any]:
    """Make one patch file of several: each list is all or nothing, as it was."""
    return [one for part in parts for one in (part if all(isinstance(each, list) for each in part) else [part])]


def _compose(patches: Sequence[Any]) -> Any:
    """Make one merge patch of several; a null stays, for what lies further down."""
    result = patches[0]
    for patch in patches[1:]:
        result = _composed(result, patch)
    return result


def _composed(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: _composed(one.get(key), value) for key, value in other.items()}}
