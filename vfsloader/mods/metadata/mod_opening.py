"""Opening the mods at a place: the one in a folder, or all in an archive or a pack."""

from __future__ import annotations

import bisect
import contextlib
import functools
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.errors import ManifestError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.protocol import Layer
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.clutter import is_junk
from vfsloader.mods.metadata.formats import (
    MODPACK_MARKERS,
    FilesInLayer,
    FilesOnDisk,
    ModFiles,
    hidden_files,
    markers,
    read_manifest,
)
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.mod import Mod, Stamp
from vfsloader.mods.metadata.mod_layer import ModLayer
from vfsloader.mods.metadata.shape import Listing, Name, Shape, find_shape, nested_archives
from vfsloader.opening import open_layer
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.regular_file import real_folder


class RealFolder:
    """A folder of the disk with many folders in it, whose real paths follow from its own.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def real_path(self, name: str) -> str | None:
        """Return where a folder in it is after all links, if it is not a link itself; None where that is not sure."""
        return None if self._real is None else os.path.join(self._real, name)

    @functools.cached_property
    def _real(self) -> str | None:
        real = os.path.realpath(self._path)
        with contextlib.suppress(OSError):
            if real_folder(real) == real:  # else opened files would seem to be elsewhere
                return real
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """A path of the disk that may be a mod."""

    path: str
    files: FilesOnDisk | None
    """The files at its top; None if it is not a folder."""
    is_empty: bool = False
    """Whether there are files in it, but none that a game would load."""
    above: RealFolder | None = None
    """The folder that contains it, if it is not a link itself."""
    stamp: Stamp | None = None
    """Its present stamp, if a catalog knows the mod."""


def open_folder(path: str, name: str, stamp: Stamp, place: Place, *, live: bool, limits: Limits) -> Mod:
    """Open the mod in a folder: its manifest only.

    Parameters
    ----------
    path, place
        The folder.
    name
        What messages call it.
    stamp
        Its present stamp.
    live, limits
        As for :func:`~vfsloader.mods.metadata.discovery.discover`.

    Raises
    ------
    ManifestError
        Its manifest is wrong.
    """
    disk = place.files or FilesOnDisk(path)
    disk.where = plain(name)
    manifest = read_manifest(disk)
    if manifest.root != paths.ROOT and not os.path.isdir(path + manifest.root):
        raise disk.error(messages.NO_ROOT, root=manifest.root)
    above = place.above

    def mount() -> ModLayer:
        real = None if above is None else above.real_path(os.path.basename(path))
        return _mount(FolderLayer(path, live=live, real_path=real), disk, manifest, limits)

    return Mod(manifest, path, stamp, mount)


def open_archive(
    path: str, name: str, stamp: Stamp, game: Collection[str], limits: Limits, present: str | None = None
) -> tuple[list[Mod], list[Problem]]:
    """Open all mods in an archive or a pack. They share its layer, which is closed with the first of them.

    Parameters
    ----------
    path, name, stamp, limits
        As for :func:`open_folder`.
    game
        The names at the top of the game's own tree.
    present
        Where the file is now, if it will be moved to `path` before anything is read.

    Returns
    -------
    tuple
        The mods, and what is wrong with others in the archive.

    Raises
    ------
    ManifestError
        The only mod has a wrong manifest.
    VFSError, OSError
        The file is not an archive, or cannot be read.
    """
    stem = os.path.basename(path).split(".")[0]
    layer = open_layer(path if present is None else present, name=None if present is None else stem, budget=limits)
    mods: list[Mod] = []
    problems: list[Problem] = []
    try:
        listing = _layer_listing(layer)
        shape = find_shape(listing, stem, markers(), MODPACK_MARKERS, game)
        if not shape.tops and isinstance(layer, ListedLayer) and layer.left_out:
            shape = Shape((paths.ROOT,), False)  # it has files, and the player learns why they are left out
        if not shape.tops:
            inner = nested_archives(listing)
            kind = "nested" if inner else "empty"
            return [], [problem(kind, name, where=name, names=", ".join(inner[:5]))]
        junk = _junk(layer)
        for top in shape.tops:
            several = len(shape.tops) > 1
            where = f"{name}{top}" if several else name
            try:
                inner_stem = paths.split(top)[1] if several or (shape.has_manifest and top != paths.ROOT) else stem
                mods.append(_open_top(layer, top, inner_stem, path, where, stamp, limits, junk))
            except ManifestError as error:
                if not several:
                    raise
                problems.append(problem("manifest", where, where=where, reason=error))
    finally:
        if not mods:
            layer.close()
    for mod in mods:
        mod.beside = tuple(problems)
        _ = mod.layer  # takes over the open file, so that closing the mod closes it
    if present is not None:
        from vfsloader.archives.layer import ArchiveLayer

        if isinstance(layer, ArchiveLayer):
            layer.moved(path)
    return mods, problems


def _open_top(
    layer: Layer, top: str, stem: str, path: str, where: str, stamp: Stamp, limits: Limits, junk: Sequence[str]
) -> Mod:
    files = FilesInLayer(layer, top, stem, where)
    manifest = read_manifest(files)
    root = layer.find(paths.rebase(manifest.root, paths.ROOT, top))
    if root is None or not root.is_folder:
        raise files.error(messages.NO_ROOT, root=manifest.root)
    inside = junk
    if top != paths.ROOT:  # a slash comes just before a zero
        inside = junk[bisect.bisect(junk, f"{top}/") : bisect.bisect(junk, f"{top}0")]
    return Mod(manifest, path, stamp, lambda: _mount(layer, files, manifest, limits, top, inside), top)


def _junk(layer: Layer) -> list[str]:
    """Return the paths in an archive that systems added to it: a game that lists pictures must not see ``._p.png``."""
    if not isinstance(layer, ListedLayer):
        return []
    return sorted(path for path in layer.paths() if any(map(is_junk, path.split("/"))))


def _mount(
    layer: Layer,
    files: ModFiles,
    manifest: Manifest,
    limits: Limits,
    top: str = paths.ROOT,
    junk: Sequence[str] = (),
) -> ModLayer:
    """Return a mod's files at the paths that its manifest asks for."""
    hidden = hidden_files(files)
    if paths.parent(manifest.icon or paths.ROOT) == paths.ROOT:  # a picture for menus, and not one of the game's
        hidden.append(manifest.icon.removeprefix(paths.ROOT))
    return ModLayer(
        layer,
        limits=limits,
        name=manifest.id,
        root=paths.rebase(manifest.root, paths.ROOT, top),
        mount=manifest.mount,
        top=top,
        remove=manifest.remove,
        without=[*(paths.join(top, name) for name in hidden), *junk],
        without_folders=[paths.rebase(part.root, paths.ROOT, top) for part in manifest.part],
    )


def _layer_listing(layer: Layer) -> Listing:
    return lambda path: [Name(entry.name, entry.is_folder) for entry in layer.list(path)]


def listing_of(folder: str) -> Listing:
    """List what is in a folder of the disk. Links are not followed."""

    def names(path: str) -> Iterator[Name]:
        real = folder + path.replace("/", os.sep)
        try:
            with os.scandir(real) as items:
                for item in items:
                    yield Name(item.name, item.is_dir(follow_symlinks=False))
        except OSError:
            return

    return names
