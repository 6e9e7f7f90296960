"""The merged data files that a game has read."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from vfsloader.errors import FileLeftOutError
from vfsloader.game.read_files import FileState, ReadFiles, Refused
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Union
from vfsloader.runtime.hashes import sha256

if TYPE_CHECKING:
    from vfsloader.datamerge.gather import Part
    from vfsloader.datamerge.merge import Merged


class DataFiles(ReadFiles["Merged"]):
    """The merged data files in use."""

    def look(self, union: Union, path: str) -> FileState[Merged]:
        """Merge a file. Its parts are compared, and the result if it depends on more than their bytes."""
        from vfsloader.datamerge.gather import read_parts

        report, parts = read_parts(union, path, self.languages, self.limits)
        digests = _digests(parts)
        if any(part.role != "whole" and circumstances_of(part.layer) is not None for part in parts):
            digests = (*digests, sha256(json.dumps(report.data, default=repr).encode()).digest())
        refused = tuple(Refused(refusal.layer, refusal.reason) for refusal in report.refusals)
        return FileState(report, digests, parts[0].name, refused)

    def failure(self, union: Union, path: str, error: Exception) -> Hashable:
        """Compare the parts."""
        from vfsloader.datamerge.gather import gather

        return _digests(gather(union.mounts, path, self.languages))


def _digests(parts: Iterable[Part]) -> tuple[bytes, ...]:
    return tuple(map(_digest, parts))


def _digest(part: Part) -> bytes:
    from vfsloader.datamerge.gather import MAX_DATA_BYTES

    if part.entry.size > MAX_DATA_BYTES:  # it is not read as data, and hashing it would take long
        return f"{part.entry.size} {part.entry.mtime_ns}".encode()
    try:
        return digest_of(part.layer, part.entry)
    except FileLeftOutError:  # it counts as missing until it changes
        return b""
