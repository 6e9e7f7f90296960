"""Thunderstore, and the sites that answer like it: one list of all packages with all their versions.

References
----------
https://thunderstore.io/api/docs/, ``GET /c/{community}/api/v1/package/``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vfsloader.distribution.foreign import World, id_of, release, usable
from vfsloader.distribution.rows import MOST_MODS, MOST_VERSIONS, IndexedMod, Release
from vfsloader.quoting import plain

_PATH = "api/v1/package/"


def _paths(answers: Mapping[str, Any]) -> str | None:
    return None if answers else _PATH


def _rows(answers: Mapping[str, Any]) -> list[IndexedMod]:
    packages = answers[_PATH]
    if not isinstance(packages, list):
        raise TypeError("the list of packages is not a list")
    return usable(packages[:MOST_MODS], _mod)


def _mod(package: Mapping[str, Any]) -> IndexedMod:
    mod, name = id_of(str(package["full_name"])), plain(str(package["name"]), 200)
    listed = [one for one in package["versions"][:MOST_VERSIONS] if one.get("is_active", True)]
    releases = sorted((_release(mod, name, one) for one in listed), key=lambda one: one.version, reverse=True)
    newest = listed[0] if listed else {}
    tags = tuple(plain(str(tag), 100) for tag in package.get("categories", [])[:50])
    tags += ("deprecated",) if package.get("is_deprecated") else ()
    return IndexedMod(mod, name, plain(str(newest.get("description", "")), 200), tags, releases=tuple(releases))


def _release(mod: str, name: str, version: Mapping[str, Any]) -> Release:
    # A dependency names the version that its author had; newer ones do too, which is how other managers read it.
    requires: dict[str, str] = {}
    for dependency in version.get("dependencies", []):
        other, _, number = str(dependency).rpartition("-")
        requires[id_of(other)] = f">={number}"
    size = version.get("file_size") or 0
    return release(mod, name, str(version["version_number"]), str(version["download_url"]), size, requires)


THUNDERSTORE = World("Thunderstore", _paths, _rows)
