"""Which names the folders of a layer have, remembered until the layer is told to look again.

A game with many mods asks each of them for a path that one of them has. So most folders are asked again and again for
names that they do not have.

Only the answer "there is no such name" is remembered. A name that may be there is looked for on the disk as before: in
any spelling and any case, as some file systems match those too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection

#: A folder is listed when it missed so many names: that takes as long as asking it a dozen times.
PATIENCE = 12
#: Names that are remembered for one layer; a layer with more is asked.
MAX_NAMES = 200_000


class RememberedNames:
    """The names in the folders below a real path.

    Parameters
    ----------
    root
        The real path.

    Attributes
    ----------
    listed
        The names by virtual folder, where they are known.
    missed
        By virtual folder, how many names were looked for on the disk in vain.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pathlib.Path(folder, "Readme.txt").touch()
    ...     known = RememberedNames(folder)
    ...     known.list("")
    ...     known.lacks("/new.txt"), known.lacks("/readme.TXT"), known.lacks("/sprites/p.png")
    (True, False, False)
    """

    __slots__ = ("_room", "_root", "listed", "missed")

    def __init__(self, root: str) -> None:
        self.listed: dict[str, Collection[str]] = {}
        self.missed: dict[str, int] = {}
        self._root = root
        self._room = MAX_NAMES

    def lacks(self, path: str) -> bool:
        """Return whether the folder of a path certainly has no such name."""
        cut = path.rfind("/")
        names = self.listed.get(path[:cut])
        if names is None:
            return False
        name = path[cut + 1 :]
        return name not in names and fold(name) not in names and name != ""

    def list(self, folder: str) -> None:
        """Remember the names in a folder, if there is room. No link may lead to it: its target may change unnoticed.

        Parameters
        ----------
        folder
            A normalised path; that of the root is empty.
        """
        if self._room > 0:
            with contextlib.suppress(OSError):
                names = os.listdir(self._root + folder.replace("/", os.sep))
                self._room -= len(names)
                self.listed[folder] = frozenset([*names, *map(fold, names)])


def fold(name: str) -> str:
    """Return what all spellings of a name have in common that any file system could take for one."""
    if name.isascii():
        return name.lower()
    import unicodedata

    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
