"""``ls``, ``cat`` and ``which``: read the merged tree of a game."""

from __future__ import annotations

import base64
import shutil
import sys
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader import paths
from vfsloader.cli.app import Game, Json, Path
from vfsloader.cli.game import open_game
from vfsloader.cli.output import complain, print_json, print_table, say
from vfsloader.datamerge.formats import json_text, kind_of
from vfsloader.datamerge.gather import gather
from vfsloader.game.files import languages_of
from vfsloader.game.manager import ResourceManager


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (ls, cat, which):
        app.command(command)


def ls(
    path: Path = "/",
    /,
    *,
    long: Annotated[bool, Parameter(("--long", "-l"), help="show size and layer")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """List a folder of the game's tree."""
    with open_game(game) as opened:
        rows = []
        for name in opened.vfs.listdir(path):
            status = opened.vfs.stat(paths.join(paths.normalise(path), name))
            rows.append((name + "/" * status.is_directory, status.st_size, status.source_layer))
    if json:
        print_json([{"name": name, "size": size, "layer": layer} for name, size, layer in rows])
    elif long:
        print_table(("NAME", "SIZE", "LAYER"), rows)
    else:
        for name, _, _ in rows:
            say(name)
    return 0


def cat(
    path: Path,
    /,
    *,
    merged: Annotated[
        bool, Parameter(("--merged", "-m"), help="with the changes that mods make to it: what the game gets")
    ] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Write a file of the game's tree to standard output."""
    with open_game(game) as opened:
        if json:
            status = opened.vfs.stat(path)
            data = _merged_bytes(opened, path) if merged else opened.vfs.read_bytes(path)
            print_json({"path": paths.normalise(path), "layer": status.source_layer, "size": len(data), **_shown(data)})
        elif sys.stdout is not None and merged:
            sys.stdout.buffer.write(_merged_bytes(opened, path))
        elif sys.stdout is not None:
            with opened.vfs.open(path, "rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
    return 0


def _merged_bytes(game: ResourceManager, path: str) -> bytes:
    """Return what the game gets, and report what mods wanted to change and cannot."""
    clean = paths.normalise(path)
    if not any(part.role != "whole" for part in gather(game.vfs.union.mounts, clean, languages_of(game.language))):
        return game.read(clean)  # a file of any kind: nothing changes it
    merged = game.merge_report(clean)
    for refusal in merged.refusals:
        complain(f"{refusal.layer}: {refusal.reason}")
    write = kind_of(clean).write
    return json_text(merged.data, indent=1) + b"\n" if write is None else write(merged.data)


def _shown(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def which(path: Path, /, *, game: Game = ".", json: Json = False) -> int:
    """Show which layer provides a path."""
    with open_game(game) as opened:
        status = opened.vfs.stat(path)  # if there is no such path, its error suggests similar ones
        details = opened.vfs.which_layer_detailed(path)
    if json:
        print_json(details)
    else:
        say(status.source_layer)
    return 0
