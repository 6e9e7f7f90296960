"""A folder to start a mod from."""

from __future__ import annotations

import json
from pathlib import Path

from vfsloader.errors import ManifestError, PathExistsError
from vfsloader.mods.metadata.manifest import ID, parse_manifest

_MANIFEST = """\
id = {id}
name = {name}
version = "0.1.0"
description = ""
authors = []

# Mods that this one needs, with the versions that will do; it loads after them.
[requires]
# "snow-lib" = ">=0.3,<1"

[order]
# after = ["another-mod"]
"""

_README = """\
# {name}

A file in this folder replaces the game's file of the same path: `sprites/player.png` here is `/sprites/player.png` in
the game. `data/items.json.merge` changes some values of `/data/items.json` and leaves the others.

Put this folder, or a zip of it, into the game's `mods` folder. Save a file while the game runs, and you see it there.
"""


def new_mod(folder: Path, mod: str, name: str | None = None) -> Path:
    """Make the folder of a new mod; give its path.

    Raises
    ------
    PathExistsError
        There is something of this name.
    ManifestError
        The id is none.
    """
    if not ID.fullmatch(mod):
        raise ManifestError.at(mod, f"{mod!r:.60} is no id: a small letter, then 1 to 63 small letters, digits, _ or -")
    name = name or mod.replace("-", " ").replace("_", " ").capitalize()
    place = folder / mod
    if place.exists():
        raise PathExistsError.at(str(place), f"{place} exists already")
    parse_manifest({"id": mod, "name": name, "version": "0.1.0"}, str(place))
    place.mkdir(parents=True)
    # A JSON string is a TOML string too.
    manifest = _MANIFEST.format(id=json.dumps(mod), name=json.dumps(name, ensure_ascii=False))
    (place / "mod.toml").write_text(manifest, encoding="utf-8")
    (place / "README.md").write_text(_README.format(name=name), encoding="utf-8")
    return place
