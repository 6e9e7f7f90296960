"""Problems of mods that load, but whose files are not where the game looks for them.

A mod is only listed further down if a folder at its top is none of the game's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

from vfsloader import paths
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.mod import Mod

#: So many files of a mod are looked at.
_MOST_FILES = 1_000


class Placement:
    """Finds misplaced files; each mod is looked at once.

    Parameters
    ----------
    game
        The game's own layers, lowest first.
    """

    def __init__(self, game: Sequence[Mount]) -> None:
        self._game = tuple(game)
        self._known: WeakKeyDictionary[Mod, tuple[Problem, ...]] = WeakKeyDictionary()

    def problems(self, mods: Sequence[Mod]) -> list[Problem]:
        """Return what is wrong with mods that load."""
        if not self._game:
            return []
        game = Union(self._game[::-1])
        for mod in mods:
            if mod not in self._known:
                self._known[mod] = tuple(_problems(mod, game))
        return [found for mod in mods for found in self._known[mod]]


def _problems(mod: Mod, game: Union) -> Iterator[Problem]:
    from vfsloader.mods.lint.layout import find_misplaced

    tree = Union([Mount(mod.id, mod.layer)])
    top = game.children(paths.ROOT)
    folded = {name.casefold(): name for name in top}
    for name, found in tree.children(paths.ROOT).items():
        if name in top or not found.entry.is_folder:
            continue
        meant = folded.get(name.casefold())
        if meant is not None:
            yield problem("case", mod.id, where=mod.path.name, path=f"/{name}", found=f"/{meant}")
            continue
        files = (paths.join(folder, file) for folder, _, names in tree.walk(f"/{name}") for file in names)
        for folder, path, wanted in find_misplaced(itertools.islice(files, _MOST_FILES), game):
            yield problem("too_deep", mod.id, where=mod.path.name, folder=folder, path=path, found=wanted)
