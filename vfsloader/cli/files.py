"""``ls``, ``cat``, ``which`` and ``why``: read the merged tree of a game."""

from __future__ import annotations

import base64
import difflib
import shutil
import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader import paths
from vfsloader.cli.app import Game, Json, Path
from vfsloader.cli.game import open_game
from vfsloader.cli.output import BAD, FAINT, GOOD, complain, print_json, print_table, say
from vfsloader.datamerge.formats import json_text, kind_of
from vfsloader.datamerge.gather import gather
from vfsloader.game.files import languages_of
from vfsloader.game.manager import ResourceManager
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Found


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (ls, cat, which, why):
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


def why(
    path: Path,
    /,
    *,
    diff: Annotated[
        bool, Parameter("--diff", help="show how the winner's text differs from that of the next one")
    ] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Show every layer that has a path, and which one wins."""
    path = paths.normalise(path)
    with open_game(game) as opened:
        winner = opened.vfs.which_layer(path)
        copies = [copy for copy in opened.vfs.union.copies(path) if not copy.entry.is_folder]
        digests = [digest_of(copy.layer, copy.entry) for copy in copies]
        rows: list[dict[str, Any]] = [
            {
                "layer": copy.name,
                "wins": copy.name == winner,
                "same": digest == digests[0],
                "size": copy.entry.size,
                "sha256": digest.hex(),
            }
            for copy, digest in zip(copies, digests, strict=True)
        ]
        difference = _diff_text(copies) if diff else []
        changes = [part for part in gather(opened.vfs.union.mounts, path) if part.role != "whole"]
        left_out = [(mod.id, reason) for mod in opened.mods.enabled if (reason := mod.layer.why_left_out(path))]
        if not rows and not changes and not left_out:
            raise opened.vfs.union.not_found(path)
    if json:
        changed_by = [{"layer": part.name, "file": part.entry.path, "size": part.entry.size} for part in changes]
        print_json(
            {
                "path": path,
                "winner": winner,
                "layers": rows,
                "changed_by": changed_by,
                "left_out": [{"layer": mod, "reason": reason} for mod, reason in left_out],
            }
        )
        return int(not rows and not changes)
    if winner is None and rows:
        say(f"No layer shows {path}: a higher one hides it.")
    table: list[tuple[object, ...]] = [
        (part.name, part.entry.size, f"changes it by {part.entry.path}") for part in changes
    ]
    styles = [GOOD] * len(changes)
    for row in rows:
        remark = "wins" if row["wins"] else "same bytes" if row["same"] else ""
        table.append((row["layer"], row["size"], remark))
        styles.append(GOOD if row["wins"] else FAINT)
    table += [(mod, "", f"left out: {reason}") for mod, reason in left_out]
    print_table(("LAYER", "SIZE", ""), table, [*styles, *(BAD for _ in left_out)])
    for line in difference:
        say(line.expandtabs(), {"+": GOOD, "-": BAD}.get(line[:1], ""))
    return int(not rows and not changes)


def _diff_text(copies: list[Found]) -> list[str]:
    """Compare the two highest copies, as ``diff -u`` does."""
    if len(copies) < 2:
        return []
    upper, lower = copies[:2]
    try:
        old, new = (copy.layer.read(copy.entry).decode().splitlines() for copy in (lower, upper))
    except UnicodeDecodeError:
        return ["At least one of the two is not text."]
    return list(difflib.unified_diff(old, new, lower.name, upper.name, lineterm=""))
