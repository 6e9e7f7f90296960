"""Searching all sources: the slim indexes are small enough to look through all of them at each keystroke."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vfsloader.distribution.sources import Index, Sources
from vfsloader.errors import UnknownModError, VFSError
from vfsloader.mods.getting import FoundMod
from vfsloader.paths import natural_key

_MOST_DETAILS = 256 << 10


def search(indexes: Sequence[Index], text: str, installed: Mapping[str, str]) -> list[FoundMod]:
    """Find mods in which all words occur: those first whose id or name has the text, then by id.

    Parameters
    ----------
    indexes
        What the sources offer.
    text
        The words.
    installed
        By id, the versions that are installed.
    """
    words, whole = text.casefold().split(), text.casefold().strip()
    found = []
    for rank, index in enumerate(indexes):
        for mod in index.mods.values():
            text = mod.searched
            for word in words:
                if word not in text:
                    break
            else:
                is_exact = whole in (mod.id, mod.name.casefold())
                in_name = whole in mod.id or whole in mod.name.casefold()
                newest = mod.newest
                row = FoundMod(
                    mod.id,
                    mod.name,
                    mod.summary,
                    newest.number if newest is not None else "",
                    newest.size if newest is not None else 0,
                    mod.tags,
                    index.source.address,
                    installed.get(mod.id, ""),
                )
                found.append(((not is_exact, not in_name, natural_key(mod.id), rank), row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def info(sources: Sources, indexes: Sequence[Index], mod: str) -> dict[str, Any]:
    """Return what the first source that has a mod says about it.

    Raises
    ------
    UnknownModError
        No source has it.
    """
    for index in indexes:
        if (row := index.mods.get(mod)) is not None:
            details: dict[str, Any] = {}
            try:
                if row.details:
                    read = json.loads(sources.read(index.source, row.details, _MOST_DETAILS))
                    details = {
                        key: read[key]
                        for key in ("description", "authors", "license", "changelog", "website")
                        if key in read
                    }
            except (VFSError, OSError, ValueError, RecursionError, TypeError) as error:
                details = {"problem": str(error)}
            versions = [
                {
                    "version": release.number,
                    "size": release.size,
                    "withdrawn": release.withdrawn,
                    "author": release.author,
                    **release.rules,
                }
                for release in row.releases
            ]
            return {
                "id": row.id,
                "name": row.name,
                "summary": row.summary,
                "tags": list(row.tags),
                "source": index.source.address,
                "others": [other.source.address for other in indexes if mod in other.mods and other is not index],
                **details,
                "versions": versions,
            }
    raise UnknownModError(f"no source has {mod}")
