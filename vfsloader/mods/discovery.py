"""Finding mods: every folder, archive and pack of the mods folder is one.

A stranger's file costs itself only: what cannot be read becomes a :class:`Problem`, and the rest is found.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from vfsloader import paths
from vfsloader.errors import ManifestError, UnknownFormatError, VFSError
from vfsloader.layers import Layer, MountedLayer
from vfsloader.mods.manifest import Manifest, parse_manifest
from vfsloader.mods.messages import Problem, problem
from vfsloader.sources import open_layer

MANIFESTS = ("/mod.toml", "/mod.json")
#: A manifest of more bytes than this is no manifest.
MAX_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Mod:
    """A mod that was found."""

    manifest: Manifest
    layer: Layer
    """Its files as they appear in the game's tree."""
    path: Path
    """Where it lies on the disk."""
    stamp: tuple[int, int, int]
    """Inode, bytes and time of `path`: another stamp is another mod."""

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

    def __repr__(self) -> str:
        return f"Mod({self.id!r}, version={str(self.version)!r}, path={str(self.path)!r})"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a mods folder holds."""

    mods: dict[str, Mod]
    """By id, sorted."""
    problems: tuple[Problem, ...]


def discover(folder: Path, known: Mapping[str, Mod] | None = None, *, live: bool = True) -> Discovery:
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
    kept = {mod.path: mod for mod in (known or {}).values()}
    mods: dict[str, Mod] = {}
    problems: list[Problem] = []
    for path in _candidates(folder):
        try:
            old = kept.get(path)
            mod = old if old is not None and old.stamp == _stamp(path) else _open(path, live=live)
        except ManifestError as error:
            problems.append(problem("manifest", path.name, where=path.name, reason=error))
            continue
        except UnknownFormatError:
            if path.suffix.lower() in {".zip", ".pack", ".tar", ".gz", ".xz", ".bz2"}:
                reason = "it is no zip, tar or pack, whatever its name says"
                problems.append(problem("unreadable", path.name, where=path.name, reason=reason))
            continue  # a read-me, a list: not every file in the folder claims to be a mod
        except (VFSError, OSError) as error:
            problems.append(problem("unreadable", path.name, where=path.name, reason=error))
            continue
        twin = mods.get(mod.id)
        if twin is None:
            mods[mod.id] = mod
            continue
        winner, loser = sorted((twin, mod), key=lambda one: (one.version, one.path.name), reverse=True)
        mods[mod.id] = winner
        loser.layer.close()
        problems.append(problem("duplicate", mod.id, where=loser.path.name, other=winner.path.name))
    return Discovery(dict(sorted(mods.items())), tuple(problems))


def _candidates(folder: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder / name for name in names if not name.startswith((".", "_")) and name != "mods.json"]


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    if not path.is_dir():
        return status.st_ino, status.st_size, status.st_mtime_ns
    # Of a folder only the manifest matters here; its other files are the layer's business.
    for name in MANIFESTS:
        inner = path / name[1:]
        if inner.is_file():
            manifest = inner.stat()
            return manifest.st_ino, manifest.st_size, manifest.st_mtime_ns
    return status.st_ino, 0, 0


def _open(path: Path, *, live: bool) -> Mod:
    stamp = _stamp(path)
    layer = open_layer(path, live=live)
    try:
        top, manifest = _manifest(layer, path)
        root = paths.rebase(manifest.root, paths.ROOT, top)
        found = layer.find(root)
        if found is None or not found.is_folder:
            raise ManifestError.at(str(path), f"{path.name}: files.root: the mod has no folder {manifest.root}")
        view = MountedLayer(
            layer,
            name=manifest.id,
            root=root,
            mount=manifest.mount,
            remove=manifest.remove,
            without=[paths.rebase(name, paths.ROOT, top) for name in MANIFESTS],
        )
    except BaseException:
        layer.close()
        raise
    return Mod(manifest, view, path, stamp)


def _manifest(layer: Layer, path: Path) -> tuple[str, Manifest]:
    """Give the mod's top folder and its manifest."""
    for top in (paths.ROOT, _wrapping_folder(layer)):
        if top is None:
            continue
        for name in MANIFESTS:
            inner = paths.rebase(name, paths.ROOT, top)
            entry = layer.find(inner)
            if entry is not None and not entry.is_folder:
                if entry.size > MAX_MANIFEST_BYTES:
                    raise ManifestError.at(
                        str(path), f"{path.name}{inner} has {entry.size:,} bytes; that is no manifest"
                    )
                where = f"{path.name}{inner}"
                return top, parse_manifest(_parse(layer.read(entry.key), where), where)
    return paths.ROOT, _manifest_of_bare(path)


def _wrapping_folder(layer: Layer) -> str | None:
    top = list(layer.list(paths.ROOT))
    return top[0].path if len(top) == 1 and top[0].is_folder else None


def _parse(data: bytes, where: str) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        table = tomllib.loads(text) if where.endswith(".toml") else json.loads(text)
    except UnicodeDecodeError as error:
        raise ManifestError.at(where, f"{where}: this is not UTF-8 text: {error}") from error
    except (ValueError, RecursionError) as error:  # tomllib and json both raise kinds of ValueError
        raise ManifestError.at(where, f"{where}: {error}") from error
    if not isinstance(table, dict):
        raise ManifestError.at(where, f"{where}: a manifest is a table of keys, and this is {type(table).__name__}")
    return table


def _manifest_of_bare(path: Path) -> Manifest:
    """Give a mod without a manifest one: its id from the file's name, version 0."""
    stem = path.name if path.is_dir() else path.name.split(".")[0]
    plain = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:64]
    if not re.match("[a-z]", plain):
        plain = f"mod-{plain}"
    mod = plain if len(plain) > 1 else f"{plain}-mod"
    return Manifest(id=mod[:64], name=stem, version=Version("0"))
