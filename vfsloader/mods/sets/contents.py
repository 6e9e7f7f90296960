"""Digests of the content of mods, kept as long as sizes and times of the files say that nothing has changed."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from vfsloader import paths
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.kept_digests import KeptDigests, state_of_file, state_of_folder
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.hashes import sha256

#: What is added to a file's name to change the file instead of replacing it.
_CHANGES = (".merge", ".patch", ".edit")


class _Known(NamedTuple):
    version: object
    """The version of the layer, which changes with any file while the folder is watched."""
    state: str
    """What the files looked like from outside; empty if they had just been written."""
    digest: str


class ContentDigests:
    """The digests of mods, computed when they are first needed.

    Parameters
    ----------
    limits
        How much of a mod is read.
    file
        Return where digests are kept for the next start; None: nowhere.
    is_watched
        Return whether changes on the disk are noticed without looking: then an unchanged mod costs nothing.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        file: Callable[[], Path | None] = lambda: None,
        is_watched: Callable[[], bool] = bool,
    ) -> None:
        self._limits = limits
        self.is_watched = is_watched
        self._kept = KeptDigests(file, limits)
        self._known: weakref.WeakKeyDictionary[Mod, _Known] = weakref.WeakKeyDictionary()

    def digest(self, mod: Mod) -> str:
        """Return one SHA-256 for all files of a mod, those of its parts included."""
        known = self._known.get(mod)
        if mod.stamp.is_file:
            if known is not None:
                return known.digest
            version, state = None, state_of_file(mod)
        else:
            version = mod.layer.version()
            if known is not None and version is not None and known.version == version and self.is_watched():
                return known.digest
            state = state_of_folder(mod.real_path)
        if known is not None and known.state == state != "":
            digest = known.digest
        else:
            digest = self._kept.get(mod.file, state) or self._read(mod)
            self._kept.put(mod.file, state, digest)
        self._known[mod] = _Known(version, state, digest)
        return digest

    def store(self) -> None:
        """Keep new digests for the next start, where the disk allows it."""
        self._kept.store()

    def _read(self, mod: Mod) -> str:
        from vfsloader.mods.profile_files import describe

        digest = describe(mod, self._limits).sha256
        if not mod.parts:
            return digest
        whole = sha256(digest.encode())
        for part in mod.parts:
            for entry in _files(part):
                whole.update(f"{part.name}\0{entry.path}\0".encode("utf-8", "surrogatepass"))
            whole.update(describe(mod, self._limits, part).sha256.encode())
        return whole.hexdigest()


def touches(mod: Mod, pattern: str) -> bool:
    """Return whether a mod has files, or changes of files, whose paths match a glob."""
    from vfsloader.globs import glob_pattern

    matches = glob_pattern(pattern).fullmatch
    for layer in (mod.layer, *mod.parts):
        for entry in _files(layer):
            path = entry.path
            if matches(path) or any(path.endswith(end) and matches(path.removesuffix(end)) for end in _CHANGES):
                return True
    return False


def _files(layer: Layer) -> Iterator[Entry]:
    folders = [paths.ROOT]
    while folders:
        for entry in sorted(layer.list(folders.pop()), key=lambda entry: entry.path):
            if entry.is_folder:
                folders.append(entry.path)
            else:
                yield entry
