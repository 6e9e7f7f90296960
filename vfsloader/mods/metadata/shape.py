"""Where a mod starts inside a folder or an archive, however people have wrapped it.

A mod may be wrapped in one folder or in several, beside read-mes, previews and what a system left; one archive may hold
several mods. A folder of the disk and an archive are understood alike: both are seen through a :class:`Listing`.
Pure apart from the listing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from vfsloader import paths
from vfsloader.mods.metadata.clutter import ARCHIVE_SUFFIXES, is_beside, is_junk, is_loadable

#: How many folders may be around a mod.
MAX_WRAPPERS = 6
#: How many folders are looked into for manifests, and how many mods an archive may hold.
MAX_LOOKS = 2_000
MAX_MODS = 500
#: The first says that a mod is there wherever it is; others only where nothing but wrapping folders is around the mod.
OWN_MARKERS = ("mod.toml", "mod.json")


class Name(NamedTuple):
    """A file or folder in a listing."""

    name: str
    is_folder: bool


#: Returns what is in a folder; nothing where it cannot be listed.
Listing = Callable[[str], Iterable[Name]]


class Shape(NamedTuple):
    """Where the mods in a folder or an archive start."""

    tops: tuple[str, ...]
    """A folder for each mod; empty if there is nothing that a game would load."""
    has_manifest: bool
    """Whether a manifest says so. Otherwise it is a guess."""


def find_shape(
    listing: Listing,
    stem: str,
    markers: Collection[str],
    packs: Collection[str],
    game: Collection[str] = (),
    *,
    guess: bool = True,
) -> Shape:
    """Find the mods.

    Parameters
    ----------
    listing
        Lists a folder of what is looked at; its top is ``/``.
    stem
        The name of the folder or archive, without suffixes.
    markers
        The names of manifests, in lower case.
    packs
        The names of files that make a folder a mod pack, in lower case.
    game
        The names at the top of the game's own tree: a folder of that name is part of a mod, and not around it.
    guess
        Where there is no manifest, also take a folder for a wrapping one because the game has what is in it.

    Examples
    --------
    >>> tree = {"/": [Name("__MACOSX", True), Name("Readme.txt", False), Name("winter-1.2", True)],
    ...         "/winter-1.2": [Name("Mod.toml", False), Name("sprites", True)]}
    >>> find_shape(lambda path: tree.get(path, []), "winter", ["mod.toml"], [])
    Shape(tops=('/winter-1.2',), has_manifest=True)
    """
    listing = _remembered(listing)
    folded = frozenset(map(str.casefold, game))
    tops = _Search(listing, frozenset(markers), frozenset(packs), folded).tops()
    if tops:
        return Shape(tuple(tops), True)
    top = _unwrapped(listing, stem, folded, guess=guess)
    return Shape((top,) if _has_loadable(listing, top) else (), False)


def _remembered(listing: Listing) -> Listing:
    """List each folder once: several questions are asked about the same few."""
    known: dict[str, list[Name]] = {}

    def names(path: str) -> list[Name]:
        content = known.get(path)
        if content is None:
            content = known[path] = list(listing(path))
        return content

    return names


def nested_archives(listing: Listing, top: str = paths.ROOT) -> list[str]:
    """Return the names of archives at the top of what contains nothing else: somebody has packed packed mods."""
    return sorted(
        name
        for name, is_folder in listing(top)
        if not is_folder and not is_junk(name) and name[name.rfind(".") :].lower() in ARCHIVE_SUFFIXES
    )


class _Search:
    """A search for manifests, level by level, that looks into a bounded number of folders."""

    def __init__(self, listing: Listing, markers: frozenset[str], packs: frozenset[str], game: frozenset[str]) -> None:
        self._listing = listing
        self._markers = markers
        self._packs = packs
        self._game = game
        self._looks = 0

    def tops(self) -> list[str]:
        level, found = [paths.ROOT], list[str]()
        wrapped = True  # no folder around this level has files of a game
        for depth in range(MAX_WRAPPERS + 1):
            below: list[str] = []
            clean = wrapped
            for folder in level:
                self._looks += 1
                if self._looks > MAX_LOOKS or len(found) >= MAX_MODS:
                    return found
                content = list(self._listing(folder))
                names = {name.casefold() for name, _ in content}
                inside = [paths.join(folder, name) for name, is_folder in content if is_folder and _is_part(name)]
                if names & self._meant(folder, level, wrapped=wrapped):
                    found.append(folder)
                elif names & self._packs and (depth == 0 or wrapped):
                    found += inside[: MAX_MODS - len(found)]
                elif depth == 0 or _is_wrapper(content):
                    below += inside
                    clean = clean and _is_wrapper(content)
            if found:
                return found
            if clean and 0 < len(below) <= MAX_MODS and all(map(self._is_mod, below)):
                return below  # nothing but mods of another world, side by side
            level, wrapped = below, clean
        return found

    def _meant(self, folder: str, level: list[str], *, wrapped: bool) -> frozenset[str]:
        """Return the manifests that count in a folder: other files of a game may have the same names."""
        if wrapped and len(level) == 1:
            return self._markers
        return self._markers & (
            frozenset(OWN_MARKERS) if wrapped and not self._is_of_the_game(folder) else {OWN_MARKERS[0]}
        )

    def _is_mod(self, folder: str) -> bool:
        has_marker = any(name.casefold() in self._markers for name, _ in self._listing(folder))
        return has_marker and not self._is_of_the_game(folder)

    def _is_of_the_game(self, folder: str) -> bool:
        return folder[1:].casefold() in self._game


def _is_part(name: str) -> bool:
    return not is_junk(name) and not name.startswith(".")


def _is_wrapper(content: Iterable[Name]) -> bool:
    """Return whether a folder has no files but those that are beside a mod."""
    return all(is_folder or is_beside(name) for name, is_folder in content)


def _unwrapped(listing: Listing, stem: str, game: frozenset[str], *, guess: bool) -> str:
    """Return where a mod without a manifest starts: only names distinguish ``winter-1.0/`` from ``sprites/``."""
    top = paths.ROOT
    for _ in range(MAX_WRAPPERS):
        content = list(listing(top))
        folders = [name for name, is_folder in content if is_folder and _is_part(name)]
        if len(folders) != 1 or not _is_wrapper(content) or folders[0].casefold() in game:
            return top
        inner = paths.join(top, folders[0])
        if not _is_named_like(folders[0], stem):
            names = {name.casefold() for name, is_folder in listing(inner) if is_folder}
            if not guess or not names & game:
                return top
        top = inner
    return top


def _is_named_like(folder: str, stem: str) -> bool:
    one, other = (re.sub(r"[\W_]+", "", text.casefold()) or text.casefold() for text in (folder, stem))
    return one.startswith(other) or (len(one) > 2 and other.startswith(one))


def _has_loadable(listing: Listing, top: str) -> bool:
    waiting, looks = [top], 0
    while waiting and looks < MAX_LOOKS:
        folder = waiting.pop()
        looks += 1
        for name, is_folder in listing(folder):
            if is_folder:
                if _is_part(name):
                    waiting.append(paths.join(folder, name))
            elif is_loadable(name):
                return True
    return bool(waiting)
