"""Finding mods: each folder, archive and pack in the mods folder is one, and a mod pack is a folder of mods.

`shape` finds where a mod starts inside of what people wrapped around it. Only manifests are read. A folder's other
files are not touched before the mod is used. A broken mod only affects itself: it becomes a :class:`Problem`, and the
others are found.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import ManifestError, PathNotFoundError, VFSError
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.catalog import Catalog
from vfsloader.mods.metadata.formats import MODPACK_MARKERS, FilesOnDisk, has_manifest, is_modpack, markers
from vfsloader.mods.metadata.mod import Mod, Stamp, stamp_of
from vfsloader.mods.metadata.mod_opening import Place, RealFolder, listing_of, open_archive, open_folder
from vfsloader.mods.metadata.shape import find_shape
from vfsloader.mods.metadata.unusable import why_not_a_mod
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.regular_file import is_within

#: How deep mod packs may be nested.
_DEEPEST_MODPACK = 4


@dataclass(frozen=True, slots=True)
class Discovery:
    """The content of a mods folder."""

    mods: dict[str, list[Mod]]
    """By id, sorted: every copy of the mod, the preferred first: from the last folder, and the newest in it."""
    problems: tuple[Problem, ...]


def discover(
    folders: Path | Sequence[Path],
    known: Iterable[Mod] = (),
    *,
    live: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    game: Callable[[], Collection[str]] = tuple,
    catalog: Catalog | None = None,
) -> Discovery:
    """Find the mods in one or several folders.

    Parameters
    ----------
    folders
        The mods folders. One that is missing has no mods. Copies in a later one come before those in an earlier one.
    known
        Mods found before. Those whose files have not changed are kept, with their layers open.
    live
        Whether layers of folders check the disk on each call; see :class:`~vfsloader.FolderLayer`.
    limits
        What reading a file of a mod may cost.
    game
        Returns the names at the top of the game's own tree; called where a mod has no manifest.
    catalog
        What the folders said at an earlier start.
    """
    catalog = catalog or Catalog(None)
    began_ns = time.time_ns()
    known_mods: dict[str, list[Mod]] = defaultdict(list)
    for mod in known:
        known_mods[mod.real_path].append(mod)
    mods: dict[str, list[Mod]] = defaultdict(list)
    rank: dict[str, int] = {}
    problems: list[Problem] = []
    for index, folder in enumerate([folders] if isinstance(folders, Path) else folders):
        top = str(folder)
        for place in _places(top, problems, game, catalog):
            path = place.path
            if path in rank:
                continue  # the same folder again
            rank[path] = index
            name = path[len(top) + 1 :]
            try:
                stamp = place.stamp or stamp_of(path, place.files)
                found = known_mods.get(path, [])
                if not found or any(mod.stamp != stamp for mod in found):
                    if stamp.is_file:
                        found, faults = open_archive(path, name, stamp, game(), limits)
                        problems += faults if not found else ()
                    else:
                        found = [_open_folder(place, name, stamp, catalog, began_ns, live=live, limits=limits)]
            except ManifestError as error:
                problems.append(problem("manifest", name, where=name, reason=error))
            except (VFSError, OSError) as error:
                if (fault := why_not_a_mod(path, name, error)) is not None:
                    problems.append(fault)
            else:
                for mod in found:
                    mods[mod.id].append(mod)
                problems += found[0].beside if found else ()
                if place.is_empty:
                    problems.append(problem("empty", found[0].id, where=name))
    for copies in mods.values():
        copies.sort(key=lambda mod: (rank[mod.real_path], mod.version, mod.file), reverse=True)
    catalog.save()
    return Discovery(dict(sorted(mods.items())), tuple(problems))


def _open_folder(
    place: Place, name: str, stamp: Stamp, catalog: Catalog, began_ns: int, *, live: bool, limits: Limits
) -> Mod:
    """Open the mod in a folder, and keep in the catalog what it says; or open it as the catalog says."""
    if place.stamp is not None:
        with contextlib.suppress(ManifestError):  # the manifest itself says what is wrong with it
            return open_folder(place.path, name, stamp, place, live=live, limits=limits)
        place = replace(place, files=FilesOnDisk(place.path))
    mod = open_folder(place.path, name, stamp, place, live=live, limits=limits)
    if place.above is not None and place.files is not None:
        catalog.note(place.path, place.files, began_ns)
        place.files.tables = {}
    return mod


def read_mods(path: Path, game: Collection[str] = ()) -> tuple[list[Mod], list[Problem]]:
    """Read the mods at any path: several, if it is an archive or a folder that contains several.

    Returns
    -------
    tuple
        The mods, and what is wrong with others in the same archive.

    Raises
    ------
    ManifestError
        The only manifest is wrong.
    OSError
        There is no such path, or it cannot be read.
    """
    real = str(path.absolute())
    name = path.absolute().name
    try:
        stamp = stamp_of(real)
    except FileNotFoundError:
        raise PathNotFoundError.at(str(path), messages.fill(messages.NO_FILE, path=path)) from None
    if stamp.is_file:
        return open_archive(real, name, stamp, game, DEFAULT_LIMITS)
    mods = []
    for place in _inside(real, lambda: game):
        stamp = stamp_of(place.path, place.files)
        mods.append(open_folder(place.path, name, stamp, place, live=True, limits=DEFAULT_LIMITS))
    return mods, []


def _places(
    folder: str,
    problems: list[Problem],
    game: Callable[[], Collection[str]],
    catalog: Catalog,
    depth: int = 0,
    pack: str = "",
) -> Iterator[Place]:
    """Yield the paths that may be mods, sorted by name.

    `pack` is the real path of the mod pack around a folder. A link in a mod pack must not leave it, nor lead to another
    mod pack: a few packs that link to one another would never be listed completely.
    """
    try:
        with os.scandir(folder) as scan:
            is_link = {entry.name: entry.is_symlink() for entry in scan}
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        name = os.path.basename(folder)
        problems.append(problem("unreadable", name, where=name, reason=error))
        return
    above = RealFolder(folder)
    for name in sorted(is_link):
        path = os.path.join(folder, name)
        if name.startswith((".", "_")) or (name == "mods.json" and not depth):
            continue
        real_above = None if is_link[name] else above
        catalogued = None if real_above is None else catalog.find(path)
        if catalogued is not None:
            yield Place(path, catalogued[0], above=real_above, stamp=catalogued[1])
            continue
        files = FilesOnDisk(path)
        try:
            modpack = is_modpack(files) and depth < _DEEPEST_MODPACK
        except OSError:  # a file: a mod, or, inside a mod pack, a read-me or a licence
            if not depth:
                yield Place(path, None)
            continue
        if pack and os.path.islink(path) and (modpack or not is_within(os.path.realpath(path), pack)):
            relative = path[-len(name) - 1 - len(os.path.basename(folder)) :]
            problems.append(problem("unreadable", name, where=relative, reason=messages.MODPACK_LINK))
        elif modpack:
            yield from _places(path, problems, game, catalog, depth + 1, pack or os.path.realpath(path))
        else:
            yield from _inside(path, game, files, real_above)


def _inside(
    path: str, game: Callable[[], Collection[str]], files: FilesOnDisk | None = None, above: RealFolder | None = None
) -> Iterator[Place]:
    """Yield where the mods in a folder start: mostly, that is the folder itself."""
    files = files or FilesOnDisk(path)
    if has_manifest(files):
        yield Place(path, files, above=above)
        return
    name = os.path.basename(path)
    shape = find_shape(listing_of(path), name, markers(), MODPACK_MARKERS, game(), guess=False)
    for top in shape.tops or (paths.ROOT,):
        inner = path if top == paths.ROOT else path + top.replace("/", os.sep)
        if inner == path:
            yield Place(path, files, is_empty=not shape.tops and bool(files.names()))
        else:
            yield Place(inner, FilesOnDisk(inner, None if shape.has_manifest else name))
