"""The edited maps and XML files that a game has read, so that a change in one of them can be reported."""

from __future__ import annotations

import hashlib

from vfsloader.assets.changes import Change
from vfsloader.datamerge.maps import EditedFile, read_edited
from vfsloader.datamerge.maps.apply import MapEdit
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.layers.union import Union
from vfsloader.quoting import message
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


class EditedFiles:
    """The edited files in use.

    Parameters
    ----------
    limits
        What each file of a mod may cost.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self.languages: tuple[str, ...] = ()
        #: By path, the digest of what was read, and the reasons of what was left out; None for what was missing.
        self._known: dict[str, tuple[bytes, str] | None] = {}
        self._refusals: dict[str, tuple[MapEdit, ...]] = {}

    def refused(self) -> list[tuple[str, str, str]]:
        """Return the edits that do not fit: the layer, the path and the reason."""
        found = [(path, edit) for path, edits in list(self._refusals.items()) for edit in edits]
        return [(edit.mod, path, edit.reason or "") for path, edit in found]

    def read(self, union: Union, path: str) -> EditedFile:
        """Read a file, and remember it, even a missing one."""
        self._known.setdefault(path, None)
        edited = read_edited(union, path, self.languages, self._limits)
        self._known[path] = _signature(edited)
        self._refusals[path] = edited.refusals
        return edited

    def changes(self, union: Union) -> list[Change]:
        """Return which of the files differ now."""
        changes = (self._check(union, path) for path in sorted(self._known))
        return [change for change in changes if change is not None]

    def _check(self, union: Union, path: str) -> Change | None:
        old = self._known[path]
        try:
            edited = read_edited(union, path, self.languages, self._limits)
        except PathNotFoundError:
            self._known[path] = None
            self._refusals.pop(path, None)
            return None if old is None else Change(path, "removed")
        except (VFSError, OSError) as error:
            new = self._known[path] = b"", str(error)
            return None if new == old else Change(path, "failed", error=message(str(error)))
        new = self._known[path] = _signature(edited)
        self._refusals[path] = edited.refusals
        if new == old:
            return None
        return Change(path, "added" if old is None else "changed", edited.parts[0].name, message(new[1]) or None)


def _signature(edited: EditedFile) -> tuple[bytes, str]:
    refused = "; ".join(edit.reason or "" for edit in edited.refusals)
    return hashlib.sha256(edited.data).digest(), refused
