"""What references in data look like: which texts of a file name other files, and how sure that is.

Formats that say where they name files are exact: maps, tile sets and templates of Tiled, and the JSON of sheets. In all
other data it is a guess: a text that looks like the name of a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from vfsloader import paths
from vfsloader.assets.references import SUFFIXES, MapFile
from vfsloader.datamerge.json_pointer import leaves
from vfsloader.errors import BudgetError, ResourceError
from vfsloader.runtime.budget import Budget

_FILE_NAME = re.compile(r"[^\s\"'<>|*?{}$:\\]{1,200}\.([A-Za-z][A-Za-z0-9]{1,4})")
#: What no other file is made of; texts with such an ending are versions, addresses and names of domains.
_NOT_A_FILE = frozenset({"com", "org", "net", "io", "www"})
_INDEX = re.compile(r"/\d+(?=/|$)")


class NamedFile(NamedTuple):
    """A file that data names."""

    key: str
    """Where it is named."""
    name: str
    """As it is written."""
    candidates: tuple[str, ...]
    """The paths that it may mean; one of them is enough."""
    is_exact: bool
    form: str = ""
    """For guesses: the key without numbers; the same key of other files names files, too."""


#: Yields the files that a file names.
Finder = Callable[[str, bytes, Any], Iterator[NamedFile]]


def named_in_map(path: str, data: bytes, value: Any) -> Iterator[NamedFile]:
    """Yield the files that a map, tile set or template of Tiled names."""
    try:
        found = MapFile(path, data, "", Budget(path))
    except (ResourceError, BudgetError):
        return
    for _, name, _ in found.references:
        try:
            candidates: tuple[str, ...] = (found.resolve(name),)
        except ResourceError:
            candidates = ()
        yield NamedFile("source", name, candidates, is_exact=True)


def named_in_sheet(path: str, data: bytes, value: Any) -> Iterator[NamedFile]:
    """Yield the picture that the JSON of a sheet names: that of Aseprite or TexturePacker.

    The picture may also be found by the name of the JSON file, so a wrong name alone is no fault.
    """
    if not isinstance(value, dict) or "frames" not in value:
        return
    meta = value.get("meta")
    image = meta.get("image") if isinstance(meta, dict) else None
    if isinstance(image, str) and image:
        name = image.replace("\\", "/").rpartition("/")[2]
        own = path.removesuffix(".json")
        beside = [f"{own}.png", own] if own.rpartition("/")[2] != "" else []
        yield NamedFile("/meta/image", image, (paths.join(paths.parent(path), name), *beside), is_exact=True)


def guessed_in_data(path: str, value: Any, suffixes: Collection[str]) -> Iterator[NamedFile]:
    """Yield the texts in data that look like files.

    Parameters
    ----------
    path
        The data file.
    value
        Its data.
    suffixes
        Suffixes that files of the tree have, in lowercase and without a dot: only such texts count.

    Examples
    --------
    >>> [found.name for found in guessed_in_data("/a.json", {"icon": "ui/a.png", "site": "a.org", "v": "1.2"}, {"png"})]
    ['ui/a.png']
    """
    for pointer, text in leaves(value):
        match = _FILE_NAME.fullmatch(text) if isinstance(text, str) and len(text) < 200 else None
        if match is None or match[1].lower() not in suffixes or match[1].lower() in _NOT_A_FILE:
            continue
        try:
            candidates = tuple(
                paths.normalise(name) for name in (text, paths.join(paths.parent(path), text.lstrip("/")))
            )
        except ValueError:
            continue
        yield NamedFile(pointer, text, candidates, is_exact=False, form=_INDEX.sub("/*", pointer))


#: By suffix, what finds the files that are named for sure.
EXACT: list[tuple[tuple[str, ...], Finder]] = [(SUFFIXES, named_in_map), ((".json",), named_in_sheet)]


def exactly_named(path: str, data: bytes, value: Any) -> list[NamedFile]:
    """Return the files that a file names for sure."""
    return [found for suffixes, find in EXACT if path.lower().endswith(suffixes) for found in find(path, data, value)]
