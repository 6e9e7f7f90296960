"""Which folders have files that say how other files are read: the ``.meta`` and ``.edit`` files beside these.

Most folders have none. Where the layers know the names in their folders, two lookups for each resource are saved.
"""

from __future__ import annotations

from vfsloader import paths
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.assets.snapshots import Snapshots
from vfsloader.layers.protocol import BaseLayer
from vfsloader.layers.union import Answers, Union
from vfsloader.runtime.fast_paths import use_fast_paths

META_SUFFIX = ".meta"
_SUFFIXES = META_SUFFIX, EDIT_SUFFIX
#: A folder's names are asked for when at least so many of its files were: a game may want a single one of thousands.
#: Where more layers have the folder, it takes as many files as there are layers.
_PATIENCE = 3


class Companions:
    """The folders that have such files, while a union's answers hold.

    Parameters
    ----------
    snapshots
        The paths; its lock is held by the caller.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._tree = snapshots.tree
        self._is_used = use_fast_paths()
        self._answers: Answers | None = None
        #: By folder, whether it may have some; a number as long as nobody has looked.
        self._folders: dict[str, bool | int] = {}

    def may_have(self, path: str) -> bool:
        """Return whether a ``.meta`` or ``.edit`` file may belong to a path; False if there certainly is none."""
        union = self._tree.union
        if self._answers is not union.answers:
            self._answers, self._folders = union.answers, {}
        folder = path[: path.rfind("/")] or paths.ROOT
        known = self._folders.get(folder, 0)
        if known is True or known is False:
            return known
        if known + 1 < _PATIENCE or known + 1 < len(union.providers(folder)):
            self._folders[folder] = known + 1
            return True
        self._folders[folder] = answer = self._look(union, folder)
        return answer

    def _look(self, union: Union, folder: str) -> bool:
        if not self._is_used or not union.reports_changes or union.case_insensitive or self._snapshots.languages:
            return True
        for _, layer in union.providers(folder):
            names = layer.names_in(folder) if isinstance(layer, BaseLayer) else None
            if names is None:
                return True
            for name in names:
                if name.endswith(_SUFFIXES):
                    return True
        return False
