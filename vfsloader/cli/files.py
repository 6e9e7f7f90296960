"""``ls``, ``cat``, ``which`` and ``why``: read the merged tree of a game."""

from __future__ import annotations

import argparse
import difflib
import shutil
import sys
from typing import Any

from vfsloader import paths
from vfsloader.cli.game import add_game_option, add_json_option, open_game
from vfsloader.cli.output import print_json, print_table, say
from vfsloader.datamerge.gather import gather
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Found


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands to the parser."""
    ls = commands.add_parser("ls", help="list a folder of the game's tree")
    ls.add_argument("path", nargs="?", default="/", help="the folder (default: /)")
    ls.add_argument("-l", "--long", action="store_true", help="show size and layer")
    ls.set_defaults(run=_ls)
    cat = commands.add_parser("cat", help="write a file of the game's tree to standard output")
    cat.add_argument("path", help="the file")
    cat.set_defaults(run=_cat)
    which = commands.add_parser("which", help="tell which layer provides a path")
    which.add_argument("path", help="the file or folder")
    which.set_defaults(run=_which)
    why = commands.add_parser("why", help="show every layer that has a path, and which one wins")
    why.add_argument("path", help="the file")
    why.add_argument("--diff", action="store_true", help="show how the winner's text differs from the next one's")
    why.set_defaults(run=_why)
    for parser in (ls, cat, which, why):
        add_game_option(parser)
    for parser in (ls, which, why):
        add_json_option(parser)


def _ls(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        rows = []
        for name in game.vfs.listdir(chosen.path):
            status = game.vfs.stat(paths.join(paths.normalise(chosen.path), name))
            rows.append((name + "/" * status.is_directory, status.st_size, status.source_layer))
    if chosen.json:
        print_json([{"name": name, "size": size, "layer": layer} for name, size, layer in rows])
    elif chosen.long:
        print_table(("NAME", "SIZE", "LAYER"), rows)
    else:
        for name, _, _ in rows:
            say(name)
    return 0


def _cat(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game, game.vfs.open(chosen.path, "rb") as file:
        if sys.stdout is not None:
            shutil.copyfileobj(file, sys.stdout.buffer)
    return 0


def _which(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        status = game.vfs.stat(chosen.path)  # if there is no such path, its error suggests similar ones
        details = game.vfs.which_layer_detailed(chosen.path)
    if chosen.json:
        print_json(details)
    else:
        say(status.source_layer)
    return 0


def _why(chosen: argparse.Namespace) -> int:
    path = paths.normalise(chosen.path)
    with open_game(chosen) as game:
        winner = game.vfs.which_layer(path)
        copies = [copy for copy in game.vfs.union.copies(path) if not copy.entry.is_folder]
        digests = [digest_of(copy.layer, copy.entry) for copy in copies]
        rows = [
            {
                "layer": copy.name,
                "wins": copy.name == winner,
                "same": digest == digests[0],
                "size": copy.entry.size,
                "sha256": digest.hex(),
            }
            for copy, digest in zip(copies, digests, strict=True)
        ]
        difference = _diff_text(copies) if chosen.diff else []
        changes = [part for part in gather(game.vfs.union.mounts, path) if part.role != "whole"]
        if not rows and not changes:
            raise game.vfs.union.not_found(path)
    if chosen.json:
        changed_by = [{"layer": part.name, "file": part.entry.path, "size": part.entry.size} for part in changes]
        print_json({"path": path, "winner": winner, "layers": rows, "changed_by": changed_by})
        return 0
    if winner is None:
        say(f"No layer shows {path}: a higher one hides it.")
    table: list[tuple[object, ...]] = [
        (part.name, part.entry.size, f"changes it by {part.entry.path}") for part in changes
    ]
    for row in rows:
        remark = "wins" if row["wins"] else "same bytes" if row["same"] else ""
        table.append((row["layer"], row["size"], remark))
    print_table(("LAYER", "SIZE", ""), table)
    for line in difference:
        say(line.expandtabs())
    return 0


def _diff_text(copies: list[Found]) -> list[str]:
    """Compare the two highest copies, as ``diff -u`` does."""
    if len(copies) < 2:
        return []
    upper, lower = copies[:2]
    try:
        old, new = (copy.layer.read(copy.entry).decode().splitlines() for copy in (lower, upper))
    except UnicodeDecodeError:
        return ["The two are no text."]
    return list(difflib.unified_diff(old, new, lower.name, upper.name, lineterm=""))
