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
description = ""
authors = []

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

Put this folder, or a zip of it, into the game's `mods` folder. If you save a file while the game runs, the game shows
the change.
"""


def new_mod(parent: Path, mod: str, name: str | None = None) -> Path:
    """Make a folder for a new mod, and return its path.

    Raises
    ------
    PathExistsError
        There is already a file or folder with this name.
    ManifestError
        The id is not valid.
    """
    name = name or mod.replace("-", " ").replace("_", " ").capitalize()
    parse_manifest({"id": mod, "name": name, "version": "0.1.0"}, mod)
    folder = parent / mod
    if folder.exists():
        raise PathExistsError.at(str(folder), f"{folder} already exists")
    folder.mkdir(parents=True)
    # A JSON string is a TOML string too.
    manifest = _MANIFEST.format(id=json.dumps(mod), name=json.dumps(name, ensure_ascii=False))
    (folder / "mod.toml").write_text(manifest, encoding="utf-8")
    (folder / "README.md").write_text(_README.format(name=name), encoding="utf-8")
    return folder
