"""Which names the folders of a layer have, remembered until the layer is told to look again.

A game with many mods asks each of them for a path that one of them has. So most folders are asked again and again for
names that they do not have.

Only the answer "there is no such name" is remembered. A name that may be there is looked for on the disk as before: in
any spelling and any case, as some file systems match those too.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Container

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

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pathlib.Path(folder, "Readme.txt").touch()
    ...     known = RememberedNames(folder)
    ...     for _ in range(PATIENCE):
    ...         assert not known.lacks("/new.txt")  # the disk is asked
    ...         known.was_missing("/new.txt", lambda folder: True)
    ...     known.lacks("/new.txt"), known.lacks("/readme.TXT")
    (True, False)
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._missed: dict[str, int] = {}
        self._names: dict[str, Container[str]] = {}
        self._room = MAX_NAMES

    def lacks(self, path: str) -> bool:
        """Return whether the folder of a path certainly has no such name."""
        cut = path.rfind("/")
        names = self._names.get(path[:cut])
        if names is None:
            return False
        name = path[cut + 1 :]
        return name not in names and fold(name) not in names and name != ""

    def was_missing(self, path: str, has_no_link: Callable[[str], bool]) -> None:
        """Note that the disk had no such path. List its folder once that is worth it.

        Parameters
        ----------
        path
            A normalised path.
        has_no_link
            Whether a folder can be reached without a link: what is below one may change where nobody looks. The path
            of the root is empty.
        """
        folder = path[: path.rfind("/")]
        missed = self._missed[folder] = self._missed.get(folder, 0) + 1
        if missed != PATIENCE or self._room <= 0 or not has_no_link(folder):
            return
        try:
            names = os.listdir(self._root + folder.replace("/", os.sep))
        except OSError:
            return
        self._room -= len(names)
        self._names[folder] = frozenset([*names, *map(fold, names)])


def fold(name: str) -> str:
    """Return what all spellings of a name have in common that any file system could take for one."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
