"""Finding mods: each folder, archive and pack in the mods folder is one, and a mod pack is a folder of mods.

Only manifests are read. A folder's other files are not touched before the mod is used. A broken mod only affects
itself: it becomes a :class:`Problem`, and the others are found.
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
from vfsloader.layers.protocol import Layer
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.formats import (
    FORMATS,
    MARKERS,
    FilesInLayer,
    FilesOnDisk,
    ModFiles,
    hidden_files,
    is_modpack,
    read_manifest,
)
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.mod_layer import ModLayer
from vfsloader.opening import open_layer
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.regular_file import is_within

#: A file with one of these suffixes is meant to be a mod.
_MOD_SUFFIXES = {".zip", ".pack", ".tar", ".gz", ".xz", ".bz2"}
#: A picture for menus is small.
MAX_ICON_BYTES = 4 << 20
#: How deep mod packs may be nested.
_DEEPEST_MODPACK = 4


class Stamp(NamedTuple):
    """Distinguishes a mod from one that replaced it at the same path."""

    is_file: bool
    inode: int
    size: int
    mtime_ns: int


class Mod:
    """A mod that was found.

    Parameters
    ----------
    manifest
        Its manifest.
    path
        Its path on the disk.
    stamp
        Changes when the mod is replaced.
    open_layer
        Opens its files. Called when they are first needed.
    """

    def __init__(self, manifest: Manifest, path: str, stamp: Stamp, open_layer: Callable[[], ModLayer]) -> None:
        self.manifest = manifest
        self._path = path
        self.stamp = stamp
        self._open_layer = open_layer
        self._layer: ModLayer | None = None
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """Its path on the disk."""
        return Path(self._path)

    @property
    def layer(self) -> ModLayer:
        """Its files as they appear in the game's tree."""
        with self._lock:
            if self._layer is None:
                self._layer = self._open_layer()
            return self._layer

    @property
    def opened(self) -> ModLayer | None:
        """The layer, if it was needed so far."""
        return self._layer

    @property
    def id(self) -> str:
        """The mod's id."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """The name that is shown to players."""
        return self.manifest.name

    @property
    def version(self) -> Version:
        """The mod's version."""
        return self.manifest.version

    @property
    def description(self) -> str:
        """The author's description of the mod."""
        return self.manifest.description

    @property
    def authors(self) -> tuple[str, ...]:
        """Who made it."""
        return self.manifest.authors

    def read_icon(self, most: int = MAX_ICON_BYTES) -> bytes | None:
        """Return the bytes of the picture that the manifest names as ``icon``.

        Parameters
        ----------
        most
            A larger file is not read.

        Returns
        -------
        bytes or None
            The file, as untrusted as the rest of the mod. None if the manifest names none.

        Raises
        ------
        VFSError, OSError
            There is no such file, or it cannot be read, or it is too large.
        """
        return self.layer.read_own(self.manifest.icon, most) if self.manifest.icon else None

    def refresh(self) -> None:
        """Notice changed files of the mod on the disk."""
        if self._layer is not None and isinstance(self._layer.layer, FolderLayer):
            self._layer.retry()
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
    """The content of a mods folder."""

    mods: dict[str, list[Mod]]
    """By id, sorted: every copy of the mod, the newest first."""
    problems: tuple[Problem, ...]


def discover(
    folder: Path, known: Iterable[Mod] = (), *, live: bool = True, limits: Limits = DEFAULT_LIMITS
) -> Discovery:
    """Find the mods in a folder.

    Parameters
    ----------
    folder
        The mods folder. If it is missing, there are no mods.
    known
        Mods found before. Those whose files have not changed are kept, with their layers open.
    live
        Whether layers of folders check the disk on each call; see :class:`~vfsloader.FolderLayer`.
    limits
        What reading a file of a mod may cost.
    """
    known_paths = {mod._path: mod for mod in known}
    mods: dict[str, list[Mod]] = defaultdict(list)
    problems: list[Problem] = []
    top = str(folder)
    for path, files in _mod_paths(top, problems):
        name = path[len(top) + 1 :]
        try:
            stamp = _stamp(path)
            mod = known_paths.get(path)
            if mod is None or mod.stamp != stamp:
                mod = _open(path, name, stamp, files, live=live, limits=limits)
        except ManifestError as error:
            problems.append(problem("manifest", name, where=name, reason=error))
        except UnknownFormatError:
            # Other files, such as a read-me or a list, are not meant to be mods.
            if os.path.splitext(path)[1].lower() in _MOD_SUFFIXES:
                problems.append(problem("unreadable", name, where=name, reason=messages.NOT_A_CONTAINER))
        except (VFSError, OSError) as error:
            problems.append(problem("unreadable", name, where=name, reason=error))
        else:
            mods[mod.id].append(mod)
    for copies in mods.values():
        copies.sort(key=lambda mod: (mod.version, mod._path), reverse=True)
    return Discovery(dict(sorted(mods.items())), tuple(problems))


def read_mod(path: Path) -> Mod:
    """Read the mod at any path.

    Raises
    ------
    ManifestError
        Its manifest is wrong.
    OSError
        There is no such path, or it cannot be read.
    """
    real = str(path.absolute())
    try:
        stamp = _stamp(real)
    except FileNotFoundError:
        raise PathNotFoundError.at(str(path), messages.fill(messages.NO_FILE, path=path)) from None
    return _open(real, path.absolute().name, stamp, None, live=True, limits=DEFAULT_LIMITS)


def _mod_paths(
    folder: str, problems: list[Problem], depth: int = 0, pack: str = ""
) -> Iterator[tuple[str, FilesOnDisk | None]]:
    """Yield the paths that may be mods, sorted by name; for a folder that can be listed, also the files at its top.

    `pack` is the real path of the mod pack around a folder. A link in a mod pack must not leave it, nor lead to another
    mod pack: a few packs that link to one another would never be listed completely.
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
        except OSError:  # a file: a mod, or, inside a mod pack, a read-me or a licence
            if not depth:
                yield path, None
            continue
        if pack and os.path.islink(path) and (modpack or not is_within(os.path.realpath(path), pack)):
            relative = path[-len(name) - 1 - len(os.path.basename(folder)) :]
            problems.append(problem("unreadable", name, where=relative, reason=messages.MODPACK_LINK))
        elif modpack:
            yield from _mod_paths(path, problems, depth + 1, pack or os.path.realpath(path))
        else:
            yield path, files


def _stamp(path: str) -> Stamp:
    status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for a writer
            raise UnknownFormatError.at(path, messages.NOT_A_CONTAINER)
        return Stamp(True, status.st_ino, status.st_size, status.st_mtime_ns)
    # Only a folder's manifest matters here. The layer notices changes of its other files, and so of a script.
    for known in FORMATS:
        if known.marker == "init.lua":
            continue
        try:
            manifest = os.stat(os.path.join(path, known.marker))
        except OSError:
            continue
        return Stamp(False, manifest.st_ino, manifest.st_size, manifest.st_mtime_ns)
    return Stamp(False, status.st_ino, 0, 0)


def _open(path: str, name: str, stamp: Stamp, files: FilesOnDisk | None, *, live: bool, limits: Limits) -> Mod:
    if not stamp.is_file:
        disk = files or FilesOnDisk(path)
        disk.where = plain(name)
        manifest = read_manifest(disk)
        if manifest.root != paths.ROOT and not os.path.isdir(path + manifest.root):
            raise disk.error(messages.NO_ROOT, root=manifest.root)
        return Mod(manifest, path, stamp, lambda: _mount(FolderLayer(path, live=live), disk, manifest, limits))
    layer = open_layer(path)
    try:
        stem = os.path.basename(path).split(".")[0]
        top = _top(layer, stem)
        inside = FilesInLayer(layer, top, stem, name)
        manifest = read_manifest(inside)
        root = layer.find(paths.rebase(manifest.root, paths.ROOT, top))
        if root is None or not root.is_folder:
            raise inside.error(messages.NO_ROOT, root=manifest.root)
    except BaseException:
        layer.close()
        raise
    mod = Mod(manifest, path, stamp, lambda: _mount(layer, inside, manifest, limits, top))
    _ = mod.layer  # takes over the open file, so that closing the mod closes it
    return mod


def _mount(layer: Layer, files: ModFiles, manifest: Manifest, limits: Limits, top: str = paths.ROOT) -> ModLayer:
    """Return a mod's files at the paths that its manifest asks for."""
    hidden = hidden_files(files)
    if paths.parent(manifest.icon or paths.ROOT) == paths.ROOT:  # a picture for menus, and not one of the game's
        hidden.append(manifest.icon.removeprefix(paths.ROOT))
    return ModLayer(
        layer,
        limits=limits,
        top=top,
        name=manifest.id,
        root=paths.rebase(manifest.root, paths.ROOT, top),
        mount=manifest.mount,
        remove=manifest.remove,
        without=[paths.join(top, name) for name in hidden],
    )


def _top(layer: Layer, stem: str) -> str:
    """Return the folder that a mod in an archive starts at: the root, or a single folder that contains everything."""
    entries = list(layer.list(paths.ROOT))
    if len(entries) != 1 or not entries[0].is_folder:
        return paths.ROOT
    inner = entries[0]
    if not MARKERS.isdisjoint(entry.name for entry in layer.list(inner.path)):
        return inner.path
    # Without a manifest only the name distinguishes `winter-1.0/` from a mod that consists of `sprites/`.
    return inner.path if inner.name.casefold().startswith(stem.casefold()) else paths.ROOT
