"""Digests of the content of mods, kept as long as sizes and times of the files say that nothing has changed."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Iterator

from vfsloader import paths
from vfsloader.globs import glob_pattern
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.profile_files import describe
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

#: What is added to a file's name to change the file instead of replacing it.
_CHANGES = (".merge", ".patch", ".edit")


class ContentDigests:
    """The digests of mods, computed when they are first needed.

    Parameters
    ----------
    limits
        How much of a mod is read.
    is_watched
        Return whether changes on the disk are noticed without looking: then an unchanged mod costs nothing.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, is_watched: Callable[[], bool] = bool) -> None:
        self._limits = limits
        self.is_watched = is_watched
        self._known: weakref.WeakKeyDictionary[Mod, tuple[object, bytes, str]] = weakref.WeakKeyDictionary()

    def digest(self, mod: Mod) -> str:
        """Return one SHA-256 for all files of a mod, those of its parts included."""
        version = mod.layer.version()
        known = self._known.get(mod)
        is_settled = mod.stamp.is_file or (self.is_watched() and version is not None)
        if known is not None and is_settled and known[0] == version:
            return known[2]
        state = b"" if mod.stamp.is_file else _state(mod)
        is_same = known is not None and not mod.stamp.is_file and known[1] == state
        digest = known[2] if known is not None and is_same else self._read(mod)
        self._known[mod] = version, state, digest
        return digest

    def _read(self, mod: Mod) -> str:
        digest = describe(mod, self._limits).sha256
        if not mod.parts:
            return digest
        whole = hashlib.sha256(digest.encode())
        for part in mod.parts:
            for entry in _files(part):
                whole.update(f"{part.name}\0{entry.path}\0".encode("utf-8", "surrogatepass"))
            whole.update(describe(mod, self._limits, part).sha256.encode())
        return whole.hexdigest()


def touches(mod: Mod, pattern: str) -> bool:
    """Return whether a mod has files, or changes of files, whose paths match a glob."""
    matches = glob_pattern(pattern).fullmatch
    for layer in (mod.layer, *mod.parts):
        for entry in _files(layer):
            path = entry.path
            if matches(path) or any(path.endswith(end) and matches(path.removesuffix(end)) for end in _CHANGES):
                return True
    return False


def _state(mod: Mod) -> bytes:
    """Return what changes with any file of a mod: a digest of their paths, sizes and times."""
    state = hashlib.sha256()
    for layer in (mod.layer, *mod.parts):
        for entry in _files(layer):
            line = f"{entry.path}\0{entry.size}\0{entry.mtime_ns}\0"
            state.update(line.encode("utf-8", "surrogatepass"))
        state.update(b"\n")
    return state.digest()


def _files(layer: Layer) -> Iterator[Entry]:
    folders = [paths.ROOT]
    while folders:
        for entry in sorted(layer.list(folders.pop()), key=lambda entry: entry.path):
            if entry.is_folder:
                folders.append(entry.path)
            else:
                yield entry
