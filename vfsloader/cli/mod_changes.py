"""``mods diff``: a mod made out of an edited copy of a game's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader import paths
from vfsloader.cli.app import Json
from vfsloader.cli.output import BAD, GOOD, NOTE, complain, print_json, say
from vfsloader.errors import ManifestError
from vfsloader.game.change_writer import ChangeWriter, Written
from vfsloader.layers.protocol import Layer, digest_of
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.opening import open_layer


def add_commands(mods: App) -> None:
    """Add the command."""
    mods.command(diff)


def diff(
    old: Annotated[str, Parameter(help="the game's files: a folder, archive or pack")],
    new: Annotated[str, Parameter(help="an edited copy of them")],
    /,
    *,
    into: Annotated[str, Parameter(help="the mod's folder; vfsloader mods new makes one")],
    json: Json = False,
) -> int:
    """Write what differs between two copies of a game's files into a mod, as small changes."""
    folder = Path(into)
    mods, faults = read_mods(folder)
    try:
        if len(mods) != 1 or not any((folder / name).is_file() for name in ("mod.toml", "mod.json")):
            reason = faults[0].why if faults else "make one with vfsloader mods new"
            raise ManifestError.at(into, f"{into} is not the folder of one mod: {reason}")
        manifest = mods[0].manifest
    finally:
        for mod in mods:
            mod.close()
    before = open_layer(old, name="old", trusted=True, live=False)
    try:
        after = open_layer(new, name="new", trusted=True, live=False)
        try:
            done = ChangeWriter(Union([Mount("old", before)]), folder, manifest).write(_changed(before, after))
        finally:
            after.close()
    finally:
        before.close()
    return _report([each for each in done if each.how != "same"], json=json)


def _changed(before: Layer, after: Layer) -> dict[str, bytes | None]:
    """Return what differs: by path, the new content, or None for a file that is gone."""
    old, new = _files(before), _files(after)
    changed: dict[str, bytes | None] = {path: None for path in old if path not in new}
    for path in new:
        entry = after.find(path)
        known = before.find(path)
        if entry is None or (known is not None and digest_of(before, known) == digest_of(after, entry)):
            continue
        changed[path] = after.read(entry)
    return changed


def _files(layer: Layer) -> list[str]:
    walked = Union([Mount("tree", layer)]).walk(paths.ROOT)
    return [paths.join(folder, name) for folder, _, names in walked for name in names]


def _report(done: list[Written], *, json: bool) -> int:
    refused = [each for each in done if each.how == "refused"]
    if json:
        print_json({"changes": [each._asdict() for each in done]})
    else:
        for each in done:
            if each.how == "refused":
                complain(each, BAD)
            else:
                say(each, NOTE if each.reason else GOOD)
        if not done:
            say("nothing differs", GOOD)
    return int(bool(refused))
