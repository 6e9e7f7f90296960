"""Finding mods: every folder, archive and pack of the mods folder is one; a mod pack is a folder of them.

Only manifests are read; a folder's files are not looked at before the mod is used. A stranger's file costs
itself only: what cannot be read becomes a :class:`Problem`, and the rest is found.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from vfsloader import paths
from vfsloader.errors import ManifestError, PathNotFoundError, UnknownFormatError, VFSError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import Layer
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.formats import (
    MARKERS,
    FilesInLayer,
    FilesOnDisk,
    ModFiles,
    hidden_files,
    is_modpack,
    read_manifest,
)
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.opening import open_layer

#: Files that say by their name that they are mods.
_MOD_SUFFIXES = {".zip", ".pack", ".tar", ".gz", ".xz", ".bz2"}
#: How deep mod packs may lie in each other.
_DEEPEST_MODPACK = 4


class Stamp(NamedTuple):
    """Tells a mod from one that took its place."""

    is_file: bool
    inode: int
    size: int
    mtime_ns: int


class Mod:
    """A mod that was found.

    Parameters
    ----------
    manifest
        What it says of itself.
    path
        Where it lies on the disk.
    stamp
        Changes when the mod is replaced.
    open_layer
        Opens its files, when someone first asks for them.
    """

    def __init__(self, manifest: Manifest, path: str, stamp: Stamp, open_layer: Callable[[], Layer]) -> None:
        self.manifest = manifest
        self._path = path
        self.stamp = stamp
        self._open_layer = open_layer
        self._layer: Layer | None = None
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """Where it lies on the disk."""
        return Path(self._path)

    @property
    def layer(self) -> Layer:
        """Its files as they appear in the game's tree."""
        with self._lock:
            if self._layer is None:
                self._layer = self._open_layer()
            return self._layer

    @property
    def id(self) -> str:
        """The mod's id."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """The mod's name for people."""
        return self.manifest.name

    @property
    def version(self) -> Version:
        """The mod's version."""
        return self.manifest.version

    @property
    def description(self) -> str:
        """What the mod says that it does."""
        return self.manifest.description

    @property
    def authors(self) -> tuple[str, ...]:
        """Who made it."""
        return self.manifest.authors

    def refresh(self) -> None:
        """Say that files of the mod changed on the disk."""
        if isinstance(self._layer, MountedLayer) and isinstance(self._layer.layer, FolderLayer):
            self._layer.layer.refresh()

    def close(self) -> None:
        """Close the layer, if it was ever opened."""
        with self._lock:
            if self._layer is not None:
                self._layer.close()

    def __repr__(self) -> str:
        return f"Mod({self.id!r}, version={str(self.version)!r}, path={str(self.path)!r})"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a mods folder holds."""

    mods: dict[str, list[Mod]]
    """Every copy of each mod, the newest first; by id, sorted."""
    problems: tuple[Problem, ...]


def discover(folder: Path, known: Iterable[Mod] = (), *, live: bool = True) -> Discovery:
    """Find the mods in a folder.

    Parameters
    ----------
    folder
        The mods folder; a missing one holds no mods.
    known
        Mods found before; those whose files have not changed are kept as they are, open.
    live
        Whether layers of folders look at the disk on each call; see :class:`~vfsloader.FolderLayer`.
    """
    kept = {mod._path: mod for mod in known}
    mods: dict[str, list[Mod]] = defaultdict(list)
    problems: list[Problem] = []
    top = str(folder)
    for path, files in _candidates(top, problems):
        name = path[len(top) + 1 :]
        try:
            stamp = _stamp(path)
            old = kept.get(path)
            mod = old if old is not None and old.stamp == stamp else _open(path, name, stamp, files, live=live)
        except ManifestError as error:
            problems.append(problem("manifest", name, where=name, reason=error))
            continue
        except UnknownFormatError:
            if os.path.splitext(path)[1].lower() in _MOD_SUFFIXES:
                reason = "it is no zip, tar or pack, whatever its name says"
                problems.append(problem("unreadable", name, where=name, reason=reason))
            continue  # a read-me, a list: not every file in the folder claims to be a mod
        except (VFSError, OSError) as error:
            problems.append(problem("unreadable", name, where=name, reason=error))
            continue
        mods[mod.id].append(mod)
    for copies in mods.values():
        copies.sort(key=lambda one: (one.version, one._path), reverse=True)
    return Discovery(dict(sorted(mods.items())), tuple(problems))


def read_mod(path: Path) -> Mod:
    """Read the mod at a path, wherever that is.

    Raises
    ------
    ManifestError
        Its manifest is wrong.
    OSError
        There is none, or it cannot be read.
    """
    real = str(path.absolute())
    try:
        stamp = _stamp(real)
    except FileNotFoundError:
        raise PathNotFoundError.at(str(path), f"there is no {path}") from None
    return _open(real, path.absolute().name, stamp, None, live=True)


def _candidates(folder: str, problems: list[Problem], depth: int = 0) -> Iterator[tuple[str, FilesOnDisk | None]]:
    """Give the paths that may be mods, in an order that does not depend on the disk's.

    With each, the files at its top where it is a folder that can be listed.
    """
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        name = os.path.basename(folder)
        problems.append(problem("unreadable", name, where=name, reason=error))
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith((".", "_")) or (name == "mods.json" and not depth):
            continue
        files = FilesOnDisk(path)
        try:
            modpack = is_modpack(files) and depth < _DEEPEST_MODPACK
        except OSError:  # a file; inside a mod pack it is a read-me or a licence
            if not depth:
                yield path, None
            continue
        if modpack:
            yield from _candidates(path, problems, depth + 1)
        else:
            yield path, files


def _stamp(path: str) -> Stamp:
    status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        return Stamp(True, status.st_ino, status.st_size, status.st_mtime_ns)
    # Of a folder only the manifest matters here; its other files are the layer's business.
    for name in ("mod.toml", "mod.json", "mod.conf", "depends.txt"):
        try:
            manifest = os.stat(os.path.join(path, name))
        except OSError:
            continue
        return Stamp(False, manifest.st_ino, manifest.st_size, manifest.st_mtime_ns)
    return Stamp(False, status.st_ino, 0, 0)


def _open(path: str, name: str, stamp: Stamp, files: FilesOnDisk | None, *, live: bool) -> Mod:
    if not stamp.is_file:
        disk = files or FilesOnDisk(path)
        disk.where = name
        manifest = read_manifest(disk)
        if manifest.root != paths.ROOT and not os.path.isdir(path + manifest.root):
            raise _no_root(name, manifest)
        return Mod(manifest, path, stamp, lambda: _view(FolderLayer(path, live=live), disk, manifest))
    layer = open_layer(path)
    try:
        stem = os.path.basename(path).split(".")[0]
        top = _top(layer, stem)
        inside = FilesInLayer(layer, top, stem, name)
        manifest = read_manifest(inside)
        root = layer.find(paths.rebase(manifest.root, paths.ROOT, top))
        if root is None or not root.is_folder:
            raise _no_root(name, manifest)
    except BaseException:
        layer.close()
        raise
    mod = Mod(manifest, path, stamp, lambda: _view(layer, inside, manifest, top))
    _ = mod.layer  # it is open already
    return mod


def _no_root(name: str, manifest: Manifest) -> ManifestError:
    return ManifestError.at(name, f"{name}: files.root: the mod has no folder {manifest.root}")


def _view(layer: Layer, files: ModFiles, manifest: Manifest, top: str = paths.ROOT) -> MountedLayer:
    """Show a mod's files as its manifest says."""
    return MountedLayer(
        layer,
        name=manifest.id,
        root=paths.rebase(manifest.root, paths.ROOT, top),
        mount=manifest.mount,
        remove=manifest.remove,
        without=[paths.join(top, name) for name in hidden_files(files)],
    )


def _top(layer: Layer, stem: str) -> str:
    """Give the folder at which a mod in an archive starts: its top, or the one folder that wraps everything."""
    listed = list(layer.list(paths.ROOT))
    if len(listed) != 1 or not listed[0].is_folder:
        return paths.ROOT
    inner = listed[0]
    if not MARKERS.isdisjoint(entry.name for entry in layer.list(inner.path)):
        return inner.path
    # Without a manifest only the name can tell `winter-1.0/` from a mod that consists of `sprites/`.
    return inner.path if inner.name.casefold().startswith(stem.casefold()) else paths.ROOT
