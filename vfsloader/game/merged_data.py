"""The merged data files that a game has read, so that a change in one of them can be reported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from vfsloader.assets.changes import Change
from vfsloader.datamerge.gather import MAX_DATA_BYTES, Part, gather, read_parts
from vfsloader.datamerge.merge import Merged, Refusal
from vfsloader.errors import FileLeftOutError, PathNotFoundError, VFSError
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Union
from vfsloader.quoting import message
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


class DataFiles:
    """The merged data files in use.

    Parameters
    ----------
    limits
        What each file of a mod may cost.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self.languages: tuple[str, ...] = ()
        #: By path, the digests of the files that it was merged from; none for a path that was missing.
        self._digests: dict[str, list[bytes]] = {}
        self._refusals: dict[str, tuple[Refusal, ...]] = {}

    def refused(self) -> list[tuple[str, str, str]]:
        """Return the changes that do not fit: the layer, the path and the reason."""
        found = [(path, one) for path, refusals in list(self._refusals.items()) for one in refusals]
        return [(refusal.layer, path, refusal.reason) for path, refusal in found]

    def read(self, union: Union, path: str) -> Merged:
        """Read a file, and remember it, even a missing one."""
        self._digests.setdefault(path, [])
        report, parts = read_parts(union, path, self.languages, self._limits)
        self._digests[path] = _signature(report, parts)
        self._refusals[path] = report.refusals
        return report

    def changes(self, union: Union) -> list[Change]:
        """Return which of the files differ now."""
        changes = (self._check(union, path) for path in sorted(self._digests))
        return [change for change in changes if change is not None]

    def _check(self, union: Union, path: str) -> Change | None:
        old = self._digests[path]
        try:
            report, parts = read_parts(union, path, self.languages, self._limits)
        except PathNotFoundError:
            self._digests[path] = []
            self._refusals.pop(path, None)
            return Change(path, "removed") if old else None
        except (VFSError, OSError) as error:
            new = self._digests[path] = _digests(gather(union.mounts, path, self.languages))
            return None if new == old else Change(path, "failed", error=message(str(error)))
        new = self._digests[path] = _signature(report, parts)
        self._refusals[path] = report.refusals
        if new == old:
            return None
        refused = message("; ".join(refusal.reason for refusal in report.refusals)) or None
        return Change(path, "changed" if old else "added", parts[0].name, refused)


def _signature(report: Merged, parts: Sequence[Part]) -> list[bytes]:
    """Return the digests of the parts, and of the result if it depends on more than their bytes."""
    digests = _digests(parts)
    if any(part.role != "whole" and circumstances_of(part.layer) is not None for part in parts):
        digests.append(hashlib.sha256(json.dumps(report.data, default=repr).encode()).digest())
    return digests


def _digests(parts: Iterable[Part]) -> list[bytes]:
    return list(map(_digest, parts))


def _digest(part: Part) -> bytes:
    if part.entry.size > MAX_DATA_BYTES:  # it is not read as data, and hashing it would take long
        return f"{part.entry.size} {part.entry.mtime_ns}".encode()
    try:
        return digest_of(part.layer, part.entry)
    except FileLeftOutError:  # it counts as missing until it changes
        return b""
