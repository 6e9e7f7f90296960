"""Luanti's ContentDB: a list of packages with their newest releases, and a paged list of what they depend on.

A release has no version but a number that grows: that is its version here. ContentDB offers only the newest one.

References
----------
https://content.luanti.org/help/api/, ``/api/packages/`` and ``/api/dependencies/``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from vfsloader.distribution.foreign import World, id_of, release, usable
from vfsloader.distribution.rows import MOST_MODS, IndexedMod
from vfsloader.quoting import plain

_PACKAGES, _DEPENDENCIES = "api/packages/?type=mod", "api/dependencies/?type=mod&n=300"
_MOST_PAGES = 100


def _paths(answers: Mapping[str, Any]) -> str | None:
    if not answers:
        return _PACKAGES
    if len(answers) == 1:
        return _DEPENDENCIES
    following = list(answers.values())[-1]["urls"].get("next")
    if following is None or len(answers) > _MOST_PAGES:
        return None
    # Only the query is taken from the answer: the next page is at the same source.
    return f"api/dependencies/?{quote(urlsplit(str(following)).query, safe='=&')}"


def _rows(answers: Mapping[str, Any]) -> list[IndexedMod]:
    packages, *pages = answers.values()
    depends: dict[tuple[str, str], list[str]] = {}
    homes: dict[str, str] = {}  # by the technical name of a mod, that of the first package that has it
    listed = [item for page in pages for item in page["items"] if str(item["type"]).lower() == "mod"]
    for item in listed:
        depends[str(item["author"]), str(item["name"])] = [str(other) for other in item["depends"]]
    for package in packages:
        homes.setdefault(str(package["name"]), str(package["name"]))
    for item in listed:
        for name in item["provides"]:
            homes.setdefault(str(name), str(item["name"]))
    released = [package for package in packages[:MOST_MODS] if package.get("release")]
    return usable(released, lambda package: _mod(package, depends, homes))


def _mod(
    package: Mapping[str, Any], depends: Mapping[tuple[str, str], list[str]], homes: Mapping[str, str]
) -> IndexedMod:
    author, name = str(package["author"]), str(package["name"])
    mod, title = id_of(name), plain(str(package["title"]), 200)
    requires: dict[str, str] = {}
    for dependency in depends.get((author, name), []):
        technical = dependency.rpartition("/")[2]  # either a mod's name, or author/name
        other = id_of(homes.get(technical, technical))
        if other != mod:
            requires[other] = "*"
    number = int(package["release"])
    address = f"packages/{quote(author)}/{quote(name)}/releases/{number}/download/"
    releases = (release(mod, title, str(number), address, 0, requires),)
    return IndexedMod(mod, title, plain(str(package.get("short_description") or ""), 200), (author,), releases=releases)


CONTENTDB = World("ContentDB", _paths, _rows)
