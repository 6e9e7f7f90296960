"""The folder that a new mod starts from."""

from __future__ import annotations

import json
from pathlib import Path

from vfsloader.errors import PathExistsError
from vfsloader.mods.metadata.manifest import parse_manifest

_MANIFEST = """\
id = {id}
name = {name}
version = "0.1.0"
description = {description}
authors = {authors}

# Mods that this one needs, with their versions. It loads after them.
[requires]
# "snow-lib" = ">=0.3,<1"

[order]
# after = ["another-mod"]
"""

_README = """\
# {name}

A file in this folder replaces the game's file of the same path: `sprites/player.png` here is `/sprites/player.png` in
the game. `data/items.json.merge` changes some values of `/data/items.json` and leaves the others.

If you save a file while the game runs, the game shows the change. To share the mod, run `vfsloader mods package {id}`.
Players put the zip into their game's `mods` folder.
"""


def name_of(mod: str) -> str:
    """Return the name that a mod gets if its author gives it none.

    >>> name_of("snowy_nights")
    'Snowy nights'
    """
    return mod.replace("-", " ").replace("_", " ").capitalize()


def new_mod(
    parent: Path, mod: str, name: str | None = None, *, author: str | None = None, description: str | None = None
) -> Path:
    """Make a folder for a new mod, and return its path.

    Raises
    ------
    PathExistsError
        There is already a file or folder with this name.
    ManifestError
        The id is not valid.
    """
    name = name or name_of(mod)
    authors = [author] if author else []
    parse_manifest(
        {"id": mod, "name": name, "version": "0.1.0", "authors": authors, "description": description or ""}, mod
    )
    folder = parent / mod
    if folder.exists():
        raise PathExistsError.at(str(folder), f"{folder} already exists")
    folder.mkdir(parents=True)
    facts = {"id": mod, "name": name, "description": description or "", "authors": authors}
    # A JSON string is a TOML string too, and a list of strings a list.
    manifest = _MANIFEST.format(**{key: json.dumps(value, ensure_ascii=False) for key, value in facts.items()})
    (folder / "mod.toml").write_text(manifest, encoding="utf-8")
    (folder / "README.md").write_text(_README.format(name=name, id=mod), encoding="utf-8")
    return folder
