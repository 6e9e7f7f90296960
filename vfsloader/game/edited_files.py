"""The edited maps and XML files that a game has read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from vfsloader.game.read_files import FileState, ReadFiles, Refused
from vfsloader.layers.union import Union
from vfsloader.runtime.hashes import sha256

if TYPE_CHECKING:
    from vfsloader.datamerge.maps import EditedFile


class EditedFiles(ReadFiles["EditedFile"]):
    """The edited files in use. What they are made of is more than their bytes, so the result is compared."""

    def look(self, union: Union, path: str) -> FileState[EditedFile]:
        """Read a file with its edits."""
        from vfsloader.datamerge.maps import read_edited

        edited = read_edited(union, path, self.languages, self.limits)
        refused = tuple(Refused(edit.mod, edit.reason or "") for edit in edited.refusals)
        signature = sha256(edited.data).digest(), refused
        return FileState(edited, signature, edited.parts[0].name, refused)

    def failure(self, union: Union, path: str, error: Exception) -> Hashable:
        """Compare the reasons."""
        return b"", str(error)
