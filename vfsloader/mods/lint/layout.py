"""Files of a mod that are not where the game looks for them: one folder too deep, or in another case.

Pure, apart from asking the game's tree what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vfsloader import paths
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.layers.union import Union

#: Names that people give to the folder around a game's files.
_AROUND = frozenset(
    {"asset", "assets", "content", "contents", "data", "files", "game", "mod", "res", "resources", "src"}
)
#: How many folders may be around the files.
_DEEPEST = 3


class Misplaced(NamedTuple):
    """A folder of a mod around files that the game has at another place."""

    folder: str
    path: str
    """A file or folder in it."""
    found: str
    """The game's own file or folder that was meant."""


def find_misplaced(files: Iterable[str], game: Union) -> list[Misplaced]:
    """Return the folders of a mod that are around what the game has further up.

    Parameters
    ----------
    files
        The mod's files.
    game
        The layers below the mod.

    Examples
    --------
    >>> from vfsloader import Store
    >>> from vfsloader.layers.union import Mount
    >>> base = Store()
    >>> base.write("/sprites/p.png", b"...")
    >>> find_misplaced(["/assets/sprites/p.png", "/assets/sprites/new.png"], Union([Mount("base", base)]))
    [Misplaced(folder='/assets', path='/assets/sprites/p.png', found='/sprites/p.png')]
    """
    top = game.children(paths.ROOT)
    found: dict[str, Misplaced] = {}
    right: set[str] = set()
    for file in files:
        parts = target_of(file).split("/")[1:]
        first = f"/{parts[0]}"
        if parts[0] in top or first in right or len(parts) < 2:
            continue
        if first in found and found[first].path.count("/") > 1 and _is_file(game, found[first].found):
            continue  # a file of the game was found: nothing says more
        for depth in range(1, min(len(parts), _DEEPEST + 1)):
            inner = "/" + "/".join(parts[depth:])
            folder = "/" + "/".join(parts[:depth])
            if _is_file(game, inner):
                found[first] = Misplaced(folder, file, inner)
                break
            child = top.get(parts[depth]) if depth < len(parts) - 1 else None
            if all(part.casefold() in _AROUND for part in parts[:depth]) and child and child.entry.is_folder:
                found.setdefault(first, Misplaced(folder, f"{folder}/{parts[depth]}", f"/{parts[depth]}"))
    return list(found.values())


def folders_in_other_case(files: Iterable[str], game_files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each folder of a mod that is the game's but for its case, with the game's own.

    Examples
    --------
    >>> list(folders_in_other_case(["/Sprites/new.png"], ["/sprites/p.png"]))
    [('/Sprites', '/sprites')]
    """
    folders = {folder for file in game_files for folder in _folders_of(file)}
    folded = {folder.casefold(): folder for folder in folders}
    seen: set[str] = set()
    for file in files:
        for folder in _folders_of(file):
            if folder in seen or folder in folders:
                continue
            seen.add(folder)
            if (other := folded.get(folder.casefold())) is not None:
                yield folder, other


def target_of(path: str) -> str:
    """Return the path of the file that a file changes a part of; the path itself if it is not a change."""
    return path.removesuffix(MERGE_SUFFIX).removesuffix(PATCH_SUFFIX).removesuffix(EDIT_SUFFIX) or path


def _folders_of(file: str) -> Iterator[str]:
    at = file.find("/", 1)
    while at > 0:
        yield file[:at]
        at = file.find("/", at + 1)


def _is_file(game: Union, path: str) -> bool:
    found = game.find(path)
    return found is not None and not found.entry.is_folder
