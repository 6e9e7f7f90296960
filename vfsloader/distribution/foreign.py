"""Sources of other worlds: lists of mods that were not made for us, read as indexes, and their zips as mods.

A reader makes the rows of an index out of what such a site answers. There is no signature and no digest in it: what
arrives is what the site sends over https, and its digest is kept from then on. A zip gets a ``mod.json`` of ours that
says what the list said: the id, the version, and what it requires.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vfsloader import packs, paths
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.distribution.origin import Origin
from vfsloader.distribution.rows import IndexedMod, Release
from vfsloader.errors import DamagedError, ManifestError
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import Layer
from vfsloader.mods.metadata.formats import MODPACK_MARKERS
from vfsloader.mods.metadata.manifest import ID
from vfsloader.mods.metadata.shape import OWN_MARKERS
from vfsloader.mods.solve.versions import read_version
from vfsloader.packs.sources import opened
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget, Limits
from vfsloader.vfs.filesystem import VirtualFileSystem

#: Bytes of one answer, and of all answers that make one index.
MOST_ANSWER_BYTES = 64 << 20
_LIMITS = Limits(nodes=8_000_000, depth=20)
_UNSAFE = re.compile(r"[^a-z0-9_-]+")
_MOST_MANIFEST = 1 << 20


@dataclass(frozen=True)
class World:
    """A kind of site that mods come from."""

    name: str
    paths: Callable[[Mapping[str, Any]], str | None]
    """The path of the next answer to fetch, given those that are there, by path; None if that is all."""
    rows: Callable[[Mapping[str, Any]], list[IndexedMod]]
    """Makes the rows of an index out of the answers."""


def fetch(world: World, origin: Origin, where: str) -> dict[str, bytes]:
    """Fetch the answers that make the index of a site.

    Raises
    ------
    DamagedError
        The site answers something else.
    RemoteError
        It cannot be reached, or sends too much.
    """
    answers: dict[str, bytes] = {}
    parsed: dict[str, Any] = {}
    left = MOST_ANSWER_BYTES
    while (path := _next(world, parsed, where)) is not None and path not in answers:
        answers[path] = origin.read(path, left)
        left -= len(answers[path])
        parsed[path] = parse(answers[path], where)
    return answers


def rows_of(world: World, answers: Mapping[str, bytes], where: str) -> dict[str, IndexedMod]:
    """Return the index that some answers make.

    Raises
    ------
    DamagedError
        They are not what such a site answers.
    """
    try:
        mods = world.rows({path: parse(data, where) for path, data in answers.items()})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError.at(where, f"{where} does not answer as {world.name} does: {plain(repr(error))}") from None
    rows: dict[str, IndexedMod] = {}
    for mod in mods:
        rows.setdefault(mod.id, mod)  # the first is the most popular one
    return rows


def parse(data: bytes, where: str) -> Any:
    """Parse an answer.

    Raises
    ------
    DamagedError
        It is not JSON.
    """
    try:
        return parse_json(data, Budget(where, _LIMITS))
    except ValueError as error:
        raise DamagedError.at(where, f"{where} does not answer with JSON: {plain(str(error))}") from None


def id_of(name: str) -> str:
    """Return the id that a mod of another world has here.

    Examples
    --------
    >>> id_of("BepInEx-BepInExPack"), id_of("3d_armor")
    ('bepinex-bepinexpack', 'mod-3d_armor')
    """
    slug = _UNSAFE.sub("-", name.lower()).strip("-")[:60]
    mod = slug if ID.fullmatch(slug) else f"mod-{slug}"
    if not slug.strip("-_") or not ID.fullmatch(mod):
        raise ValueError(f"{name!r} cannot be the id of a mod")
    return mod


def usable(packages: Sequence[Any], make: Callable[[Any], IndexedMod]) -> list[IndexedMod]:
    """Return the rows of those packages that make sense: one that does not must not cost a player the others.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        None of them makes sense.
    """
    rows: list[IndexedMod] = []
    failure: Exception | None = None
    for package in packages:
        try:
            rows.append(make(package))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            failure = failure or error
    if failure is not None and not rows:
        raise failure
    return rows


def release(mod: str, name: str, number: str, address: str, size: int, requires: Mapping[str, str]) -> Release:
    """Return a version of a mod of another world. Its digest is not known before it is there."""
    read_version(number)
    if urlsplit(address).scheme not in ("http", "https", "") or type(size) is not int or size < 0:
        raise ValueError(f"{mod}: wrong address or size")
    rules = {"requires": dict(requires)} if requires else {}
    return Release(mod, name, number, "", size, rules, address=address)


def adopted(file: Path, scratch: Path, of: Release) -> Path:
    """Make a mod of ours out of a zip, and return its file in `scratch`. The same zip makes the same bytes.

    Raises
    ------
    VFSError
        It is not an archive, larger than a mod may be, or a pack of several mods.
    """
    with opened(file, "mod") as whole:
        top = _top(whole)
        if any(whole.find(paths.join(top, name)) is not None for name in MODPACK_MARKERS):
            sentence = f"{of.id} {of.number} is a pack of several mods"
            raise ManifestError.at(of.id, f"{sentence}; unpack it into the mods folder by hand")
        markers = [paths.join(top, name) for name in OWN_MARKERS]
        table = {**_own_table(whole, markers), "id": of.id, "version": of.number}
        table.setdefault("name", of.name)
        if "requires" in of.rules:
            table["requires"] = {**table.get("requires", {}), **of.rules["requires"]}
        with VirtualFileSystem() as tree:
            tree.add_underlay(MountedLayer(whole, root=top, without=markers))
            tree.write_bytes("/mod.json", json.dumps(table, indent=2).encode())
            packs.build(tree, scratch / "made.pack", ignore=False)
    packs.convert(scratch / "made.pack", scratch / "made.zip", compress=True)
    return scratch / "made.zip"


def _next(world: World, parsed: Mapping[str, Any], where: str) -> str | None:
    try:
        return world.paths(parsed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError.at(where, f"{where} does not answer as {world.name} does: {plain(repr(error))}") from None


def _top(layer: Layer) -> str:
    """Return where a mod starts: people zip the folder, or what is in it."""
    entries = list(layer.list(paths.ROOT))
    return entries[0].path if len(entries) == 1 and entries[0].is_folder else paths.ROOT


def _own_table(layer: Layer, markers: list[str]) -> dict[str, Any]:
    """Return the manifest that a mod has already, if it was made for us too."""
    for path in markers:
        entry = layer.find(path)
        if entry is not None and not entry.is_folder and entry.size <= _MOST_MANIFEST:
            read = parse_toml if path.endswith(".toml") else parse_json
            try:
                table = read(layer.read(entry), Budget(path))
            except ValueError as error:
                raise ManifestError.at(path, f"{path} in the mod is wrong: {plain(str(error))}") from None
            if isinstance(table, dict):
                return table
    return {}
