"""The manifests that are understood: a small registry, so that the mods of other worlds can be read as they are.

A format is a marker, the file by which it is known, and a reader that makes a :class:`Manifest` of it. The
first marker that a mod has decides.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from vfsloader.errors import ManifestError
from vfsloader.layers.protocol import Layer
from vfsloader.mods.metadata import luanti
from vfsloader.mods.metadata.manifest import Manifest, parse_manifest

#: Makes opening a link fail, where the system can; elsewhere links in mods are as rare as they are hard to make.
_NOT_A_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
#: A manifest of more bytes than this is no manifest.
MAX_MANIFEST_BYTES = 1 << 20
#: Most manifests have less: a buffer for the largest that there may be costs more than reading.
_CHUNK_BYTES = 16 << 10
#: A folder with one of these holds mods, and is none itself.
MODPACK_MARKERS = ("modpack.toml", "modpack.conf", "modpack.txt")


class ModFiles(ABC):
    """The few files at a mod's top that say what it is, wherever the mod lies.

    Attributes
    ----------
    name
        What the mod's folder or file is called, without its suffix.
    where
        What messages call it.
    """

    name: str
    where: str

    @abstractmethod
    def names(self) -> set[str]:
        """Give the names of the files and folders at the top."""

    @abstractmethod
    def load(self, name: str) -> bytes:
        """Give the content of a file at the top."""

    def read(self, name: str) -> str | None:
        """Give the text of a file at the top, or None where there is none.

        Raises
        ------
        ManifestError
            It is too large, or no UTF-8.
        """
        if name not in self.names():
            return None
        data = self.load(name)
        if len(data) > MAX_MANIFEST_BYTES:
            raise ManifestError.at(self.where, f"{self.where}/{name} is too large; that is no manifest")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ManifestError.at(self.where, f"{self.where}/{name}: this is not UTF-8 text: {error}") from error


class FilesOnDisk(ModFiles):
    """A mod's top as a folder of the disk; looked at once, and only manifests are read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = self.where = os.path.basename(path)
        self._names: set[str] | None = None

    def names(self) -> set[str]:
        """List the folder."""
        if self._names is None:
            self._names = set(os.listdir(self.path))
        return self._names

    def load(self, name: str) -> bytes:
        """Read a file, one byte more than any manifest has at the most; a link may not lead out of the mod."""
        file = os.path.join(self.path, name)
        try:
            handle = os.open(file, os.O_RDONLY | _NOT_A_LINK)
        except OSError:
            if not Path(file).resolve().is_relative_to(Path(self.path).resolve()):
                raise ManifestError.at(self.where, f"{self.where}/{name} is a link that leaves the mod") from None
            handle = os.open(file, os.O_RDONLY)
        try:
            data = b""
            while len(data) <= MAX_MANIFEST_BYTES and (more := os.read(handle, _CHUNK_BYTES)):
                data += more
            return data
        finally:
            os.close(handle)


class FilesInLayer(ModFiles):
    """A mod's top inside an archive or a pack."""

    def __init__(self, layer: Layer, top: str, name: str, where: str) -> None:
        self.name = name
        self.where = where
        self._layer = layer
        self._entries = {entry.name: entry for entry in layer.list(top)}

    def names(self) -> set[str]:
        """List the top."""
        return set(self._entries)

    def load(self, name: str) -> bytes:
        """Read a file that is not too large."""
        entry = self._entries[name]
        if entry.size > MAX_MANIFEST_BYTES:
            raise ManifestError.at(self.where, f"{self.where}/{name} has {entry.size:,} bytes; that is no manifest")
        return self._layer.read(entry)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of manifest."""

    marker: str
    """The name of the file by which it is known."""
    read: Callable[[ModFiles], Manifest]


def read_manifest(files: ModFiles) -> Manifest:
    """Read whatever manifest a mod has; one without any gets its id from its name, and version 0.

    Raises
    ------
    ManifestError
        The manifest is wrong.
    """
    names = files.names()
    for known in FORMATS:
        if known.marker in names:
            return known.read(files)
    return _manifest_of_bare(files)


def is_modpack(files: ModFiles) -> bool:
    """Tell whether a folder holds mods."""
    return not files.names().isdisjoint(MODPACK_MARKERS)


def hidden_files(files: ModFiles) -> list[str]:
    """Give what at a mod's top is no file of the game: manifests, and what is written for people."""
    return sorted(name for name in files.names() if name in _OWN_MARKERS or name.split(".")[0].casefold() in FOR_PEOPLE)


def register_format(new: Format) -> None:
    """Understand a further kind of manifest, before all others.

    Examples
    --------
    >>> def read(files):
    ...     return Manifest(id=files.name, name=files.read("NAME.txt").strip(), version=Version("1"))
    >>> register_format(Format("NAME.txt", read))
    >>> FORMATS.pop(0).marker
    'NAME.txt'
    """
    FORMATS.insert(0, new)


def _read_toml(files: ModFiles) -> Manifest:
    return _parsed(files, "mod.toml", tomllib.loads)


def _read_json(files: ModFiles) -> Manifest:
    return _parsed(files, "mod.json", json.loads)


def _parsed(files: ModFiles, name: str, parse: Callable[[str], Any]) -> Manifest:
    where = f"{files.where}/{name}"
    try:
        table = parse(files.read(name) or "")
    except ManifestError:
        raise
    except (ValueError, RecursionError) as error:  # tomllib and json both raise kinds of ValueError
        raise ManifestError.at(where, f"{where}: {error}") from error
    if not isinstance(table, dict):
        raise ManifestError.at(where, f"{where}: a manifest is a table of keys, and this is {type(table).__name__}")
    return parse_manifest(table, where)


def _read_luanti(files: ModFiles) -> Manifest:
    return luanti.manifest(files.name, files.where, files.read)


def _manifest_of_bare(files: ModFiles) -> Manifest:
    plain = re.sub(r"[^a-z0-9_-]+", "-", files.name.lower()).strip("-_")[:64]
    if not re.match("[a-z]", plain):
        plain = f"mod-{plain}"
    mod = plain if len(plain) > 1 else f"{plain}-mod"
    return Manifest(id=mod[:64], name=files.name, version=Version("0"))


#: In the order in which they are looked for.
FORMATS = [
    Format("mod.toml", _read_toml),
    Format("mod.json", _read_json),
    *(Format(marker, _read_luanti) for marker in luanti.MARKERS),
]
_OWN_MARKERS = ("mod.toml", "mod.json")
#: Names, whatever their suffix, of what lies at a mod's top for people.
FOR_PEOPLE = frozenset({"readme", "license", "licence", "copying", "changelog", "authors"})
#: Files of a mod whose change may make it another mod.
MARKERS = frozenset({*(known.marker for known in FORMATS), *MODPACK_MARKERS})
