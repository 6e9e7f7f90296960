"""``pack list``, ``tree``, ``info`` and ``verify``: reading packs without changing anything."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from vfsloader import paths
from vfsloader.cli.commands import add_command
from vfsloader.cli.output import can_draw, print_json, print_table, say
from vfsloader.cli.progress import progress_bar
from vfsloader.layers.union import Union
from vfsloader.packs.info import info
from vfsloader.packs.sources import opened, tree_of
from vfsloader.packs.verify import verify

#: Folders are drawn down to this depth. Deeper ones are an attack, or nothing that a drawing helps with.
_DEEPEST = 100
_BOXES = ("└── ", "├── ", "    ", "│   ")
_ASCII = ("`-- ", "|-- ", "    ", "|   ")


def add_commands(words: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    for word, text, run in (
        ("list", "list the files of a pack, zip, tar or folder", _list),
        ("tree", "draw the folders of a pack, zip, tar or folder", _tree),
        ("info", "tell what a pack says of itself", _info),
        ("verify", "check every byte of a pack, and who signed it", _verify),
    ):
        parser = add_command(words, word, text, run)
        parser.add_argument("pack", help="the pack")
        if run is _verify:
            parser.add_argument("-k", "--key", metavar="FILE", help="the public key of the expected signer")


def _list(chosen: argparse.Namespace) -> int:
    with opened(chosen.pack) as layer:
        tree = tree_of(layer)
        files = [paths.join(folder, name) for folder, _, names in tree.walk(paths.ROOT) for name in names]
        entries = [tree.need_file(path).entry for path in files]
    if chosen.json:
        print_json([{"path": e.path, "size": e.size, "digest": e.digest.hex() if e.digest else None} for e in entries])
    else:
        print_table(("SIZE", "PATH"), [(entry.size, entry.path) for entry in entries])
    return 0


def _tree(chosen: argparse.Namespace) -> int:
    with opened(chosen.pack) as layer:
        tree = tree_of(layer)
        if chosen.json:
            print_json(_nested(tree, paths.ROOT))
            return 0
        say("/")
        for line in _drawn(tree, paths.ROOT, _BOXES if can_draw() else _ASCII):
            say(line)
    return 0


def _nested(tree: Union, folder: str, depth: int = 1) -> dict[str, Any] | None:
    """Return each folder as a dictionary, and each file as its size; None for what is too deep to show."""
    if depth > _DEEPEST:
        return None
    return {
        name: _nested(tree, match.entry.path, depth + 1) if match.entry.is_folder else match.entry.size
        for name, match in tree.children(folder).items()
    }


def _drawn(tree: Union, folder: str, lines: Sequence[str], indent: str = "", depth: int = 1) -> Iterator[str]:
    """Return the lines of a drawing of a folder."""
    last, other, space, line = lines
    children = list(tree.children(folder).items())
    for number, (name, match) in enumerate(children, 1):
        is_last = number == len(children)
        is_shown = depth < _DEEPEST or not match.entry.is_folder
        yield f"{indent}{last if is_last else other}{name}{'/' * match.entry.is_folder}{'' if is_shown else ' …'}"
        if match.entry.is_folder and is_shown:
            yield from _drawn(tree, match.entry.path, lines, indent + (space if is_last else line), depth + 1)


def _info(chosen: argparse.Namespace) -> int:
    facts = info(chosen.pack)
    if chosen.json:
        print_json(facts)
        return 0
    rows = [
        ("files", f"{facts.files:,} in {facts.folders:,} folders"),
        ("content", f"{facts.size:,} bytes, {facts.contents:,} different contents"),
        ("pack", f"{facts.stored:,} bytes, {facts.compressed:,} contents compressed"),
        ("digest", facts.digest or "none"),
        ("signed by", facts.signer or "nobody"),
        ("format", f"{facts.format}, pages of {facts.page_size:,}"),
    ]
    print_table(("", facts.path), rows)
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    with progress_bar("verifying") as progress:
        verification = verify(chosen.pack, key=chosen.key, progress=progress)
    status = 0 if verification.ok else 1
    if chosen.json:
        print_json(verification)
        return status
    for fault in verification.faults:
        say(f"wrong: {fault}")
    for warning in verification.warnings:
        say(f"note: {warning}")
    if verification.ok:
        signed = f", signed by {verification.signer}" if verification.signer else ""
        say(f"{verification.path} is sound: {verification.files:,} files, {verification.size:,} bytes{signed}")
    return status
