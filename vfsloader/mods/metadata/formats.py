"""The manifest formats that are understood: a small registry, so that mods of other games can be read unchanged.

A format is a marker, the file that identifies it, and a reader that makes a :class:`Manifest` from it. The first
registered marker that a mod has decides its format.
"""

from __future__ import annotations

import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.errors import BudgetError, ManifestError
from vfsloader.layers.protocol import Layer
from vfsloader.mods import messages
from vfsloader.mods.metadata.clutter import is_for_people, is_junk
from vfsloader.mods.metadata.manifest import Manifest, parse_manifest
from vfsloader.mods.metadata.shape import OWN_MARKERS
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget
from vfsloader.runtime.composed import nfc
from vfsloader.runtime.hashes import sha256
from vfsloader.runtime.regular_file import OutsideError, open_regular, real_folder

#: A larger file is not read as a manifest.
MAX_MANIFEST_BYTES = 1 << 20
#: A folder with one of these contains mods and is not a mod itself.
MODPACK_MARKERS = ("modpack.toml", "modpack.conf", "modpack.txt")


class ModFiles(ABC):
    """The few files at a mod's top that describe it, in a folder or in an archive.

    Attributes
    ----------
    name
        The name of the mod's folder or file, without its suffix.
    where
        What messages call the mod.
    """

    name: str
    where: str
    _folded: dict[str, str] | None = None
    #: By its marker, the table of the manifest that was read; as JSON where a catalog says it.
    tables: dict[str, Any] | None = None

    @abstractmethod
    def names(self) -> set[str]:
        """Return the names of the files and folders at the top."""

    def named(self, name: str) -> str | None:
        """Return the name that a file at the top really has: authors on Windows do not notice ``Mod.toml``."""
        return name if name in self.names() else self.folded().get(name.casefold())

    def folded(self) -> dict[str, str]:
        """Return the names at the top by their lower case."""
        if self._folded is None:
            self._folded = {name.casefold(): name for name in sorted(self.names(), reverse=True)}
        return self._folded

    @abstractmethod
    def load(self, name: str) -> bytes:
        """Return the content of a file at the top."""

    def read(self, name: str) -> str | None:
        """Return the text of a file at the top, or None if there is no such file.

        Raises
        ------
        ManifestError
            The file is too large or is not UTF-8.
        """
        real_name = self.named(name)
        if real_name is None:
            return None
        data = self.load(real_name)
        if len(data) > MAX_MANIFEST_BYTES:
            raise self.error(messages.MANIFEST_TOO_LARGE, name=name, most=MAX_MANIFEST_BYTES)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.error(messages.MANIFEST_NOT_UTF8, name=name, error=error) from error

    def error(self, sentence: str, **facts: object) -> ManifestError:
        """Make an error about the mod."""
        return ManifestError.at(self.where, messages.fill(sentence, where=self.where, **facts))


class FilesOnDisk(ModFiles):
    """A mod's top as a folder on the disk. It is listed once, and only manifests are read."""

    def __init__(self, path: str, name: str | None = None) -> None:
        self.path = path
        self.name = os.path.basename(path) if name is None else name
        self.where = plain(self.name)
        self.tables: dict[str, Any] = {}
        self._names: set[str] | None = None

    def preset(self, names: set[str], tables: dict[str, Any]) -> None:
        """Say what is there, so that the disk is not asked."""
        self._names, self.tables = names, tables

    def names(self) -> set[str]:
        """List the folder."""
        if self._names is None:
            self._names = set(os.listdir(self.path))
        return self._names

    def load(self, name: str) -> bytes:
        """Read a file, up to a little more than a manifest may have. A link must not leave the mod."""
        file = f"{self.path}{os.sep}{name}"
        try:
            handle, status = open_regular(file, follow=False)
        except OSError:
            if not os.path.islink(file):
                raise
            try:
                handle, status = open_regular(file, real_folder(self.path))
            except OutsideError:
                raise self.error(messages.MANIFEST_LINK, name=name) from None
        try:
            return os.read(handle, min(status.st_size, MAX_MANIFEST_BYTES) + 1)
        finally:
            os.close(handle)


class FilesInLayer(ModFiles):
    """A mod's top inside an archive or a pack."""

    def __init__(self, layer: Layer, top: str, name: str, where: str) -> None:
        self.name = name
        self.where = plain(where)
        self._layer = layer
        self._entries = {entry.name: entry for entry in layer.list(top)}

    def names(self) -> set[str]:
        """List the top."""
        return set(self._entries)

    def load(self, name: str) -> bytes:
        """Read a file, unless it is too large."""
        entry = self._entries[name]
        if entry.is_folder:
            raise self.error(messages.NOT_A_FILE, name=name)
        if entry.size > MAX_MANIFEST_BYTES:
            raise self.error(messages.MANIFEST_TOO_LARGE, name=name, most=MAX_MANIFEST_BYTES)
        return self._layer.read(entry)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of manifest."""

    marker: str
    """The name of the file that identifies the format."""
    read: Callable[[ModFiles], Manifest]


def read_manifest(files: ModFiles) -> Manifest:
    """Read a mod's manifest. A mod without one gets its id from its name, and version 0.

    Raises
    ------
    ManifestError
        The manifest is wrong.
    """
    for known in FORMATS:
        if files.named(known.marker) is not None:
            return known.read(files)
    for marker in OWN_MARKERS:  # Windows hides the suffixes of files, and an editor adds its own
        if name := files.named(f"{marker}.txt"):
            raise files.error(messages.MANIFEST_MISNAMED, name=name, marker=marker)
    return default_manifest(files.name)


def has_manifest(files: ModFiles) -> bool:
    """Return whether a folder has a manifest in any format."""
    return any(known.marker in files.names() or known.marker.casefold() in files.folded() for known in FORMATS)


def is_modpack(files: ModFiles) -> bool:
    """Return whether a folder contains mods."""
    return not files.folded().keys().isdisjoint(MODPACK_MARKERS)


def hidden_files(files: ModFiles) -> list[str]:
    """Return the names at a mod's top that the game does not see: manifests, texts for people, and what is junk."""
    return sorted(
        name
        for name in files.names()
        if name.casefold() in OWN_MARKERS or name.casefold() in MODPACK_MARKERS or is_for_people(name) or is_junk(name)
    )


def is_marker(name: str) -> bool:
    """Return whether a file may say what a folder is: a manifest, or the marker of a mod pack."""
    folded = name.casefold()
    return folded in MODPACK_MARKERS or folded in markers()


def markers() -> frozenset[str]:
    """Return the names of manifests in all formats that are registered, in lower case."""
    return frozenset(known.marker.casefold() for known in FORMATS)


def register_format(new: Format) -> None:
    """Add a manifest format. It takes precedence over those registered before.

    Examples
    --------
    >>> def read(files):
    ...     return Manifest(id=files.name, name=files.read("NAME.txt").strip(), version=Version("1"))
    >>> register_format(Format("NAME.txt", read))
    >>> FORMATS.pop(0).marker
    'NAME.txt'
    """
    FORMATS.insert(0, new)


def _table_format(marker: str, parse: Callable[[str, Budget], object]) -> Format:
    def read(files: ModFiles) -> Manifest:
        where = f"{files.where}/{marker}"
        known = files.tables.get(marker) if files.tables else None
        if known is not None:
            return parse_manifest(json.loads(known), where)
        text = files.read(marker) or ""
        try:
            table = parse(text, Budget(where))
        except (ValueError, BudgetError) as error:  # tomllib and json both raise kinds of ValueError
            raise ManifestError.at(where, messages.fill(messages.MANIFEST_FAULT, where=where, fault=error)) from error
        if not isinstance(table, dict):
            sentence = messages.fill(messages.MANIFEST_NOT_A_TABLE, where=where, type=type(table).__name__)
            raise ManifestError.at(where, sentence)
        manifest = parse_manifest(table, where)
        if files.tables is not None:
            files.tables[marker] = table
        return manifest

    return Format(marker, read)


def _read_luanti(files: ModFiles) -> Manifest:
    from vfsloader.mods.metadata import luanti

    return luanti.manifest(files.name, files.where, files.read)


def default_manifest(name: str) -> Manifest:
    """Make the manifest of a mod that has none: its id is made from its name, and is the same on every machine.

    Examples
    --------
    >>> default_manifest("Bare Folder!").id, default_manifest("雪").id
    ('bare-folder', 'mod-53058fe2')
    """
    text = nfc(name)
    slug = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")
    is_whole = bool(slug) and len(slug) <= _MAX_SLUG and not any(char.isalnum() and char > "~" for char in text)
    if not re.match("[a-z]", slug):
        slug = f"mod-{slug}".rstrip("-")
    if not is_whole:  # what is lost must still distinguish it from others
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        slug = f"{slug[: _MAX_SLUG - 9].rstrip('-')}-{digest}"
    if len(slug) == 1:
        slug = f"{slug}-mod"
    return Manifest(id=slug, name=name, version=Version("0"))


LUANTI_MARKERS = ("mod.conf", "depends.txt", "init.lua")
#: In order of precedence.
FORMATS = [
    _table_format("mod.toml", parse_toml),
    _table_format("mod.json", parse_json),
    *(Format(marker, _read_luanti) for marker in LUANTI_MARKERS),
]
#: If one of these changes, the folder may have become another mod.
MARKERS = frozenset({*(known.marker for known in FORMATS), *MODPACK_MARKERS})
#: Longest id that is made from a name.
_MAX_SLUG = 60
