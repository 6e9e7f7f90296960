"""The data files that a game read merged, remembered so that it can be told when one comes to something else."""

from __future__ import annotations

from collections.abc import Iterable

from vfsloader.assets.changes import Change
from vfsloader.datamerge.gather import Part, gather, read_parts
from vfsloader.datamerge.merge import Merged
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Union


class DataFiles:
    """The merged data files in use."""

    def __init__(self) -> None:
        self._parts: dict[str, list[bytes]] = {}  # of each file, the digests of what it came from
        self.language: str | None = None

    def read(self, union: Union, path: str) -> Merged:
        """Read a file, and remember it, one that is missing too."""
        self._parts.setdefault(path, [])
        report, parts = read_parts(union, path, self.language)
        self._parts[path] = _digests(parts)
        return report

    def changes(self, union: Union) -> list[Change]:
        """Tell which files come to something else now."""
        found = (self._check(union, path) for path in sorted(self._parts))
        return [change for change in found if change is not None]

    def _check(self, union: Union, path: str) -> Change | None:
        old = self._parts[path]
        try:
            report, parts = read_parts(union, path, self.language)
        except PathNotFoundError:
            self._parts[path] = []
            return Change(path, "removed") if old else None
        except (VFSError, OSError) as error:
            self._parts[path] = _digests(gather(union.mounts, path, self.language))
            return None if self._parts[path] == old else Change(path, "failed", error=str(error))
        self._parts[path] = _digests(parts)
        if self._parts[path] == old:
            return None
        refused = "; ".join(refusal.reason for refusal in report.refusals) or None
        return Change(path, "changed" if old else "added", parts[0].name, refused)


def _digests(parts: Iterable[Part]) -> list[bytes]:
    return [digest_of(part.layer, part.entry) for part in parts]
