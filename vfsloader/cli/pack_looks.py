"""``pack list``, ``tree``, ``info`` and ``verify``: looking into packs without changing anything."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from vfsloader import paths
from vfsloader.cli.game import add_json_option
from vfsloader.cli.output import print_json, print_table
from vfsloader.cli.progress import progress_bar
from vfsloader.layers.union import Mount, Union
from vfsloader.opening import open_layer
from vfsloader.packs.info import info
from vfsloader.packs.verify import verify


def add_commands(words: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    for word, text, run in (
        ("list", "list the files of a pack, zip, tar or folder", _list),
        ("tree", "draw the folders of a pack, zip, tar or folder", _tree),
        ("info", "tell what a pack says of itself", _info),
        ("verify", "check every byte of a pack, and who signed it", _verify),
    ):
        parser = words.add_parser(word, help=text)
        parser.add_argument("pack", help="the pack")
        add_json_option(parser)
        parser.set_defaults(run=run)
        if word == "verify":
            parser.add_argument("-k", "--key", metavar="FILE", help="the public key of whoever must have signed it")


def _list(chosen: argparse.Namespace) -> int:
    with open_layer(chosen.pack) as layer:  # type: ignore[attr-defined]
        tree = Union([Mount(layer.name, layer)])
        files = [paths.join(folder, name) for folder, _, names in tree.walk(paths.ROOT) for name in names]
        rows = [(path, tree.need_file(path).entry) for path in files]
    if chosen.json:
        print_json([{"path": path, "size": e.size, "digest": e.digest.hex() if e.digest else None} for path, e in rows])
    else:
        print_table(("SIZE", "PATH"), [(entry.size, path) for path, entry in rows])
    return 0


def _tree(chosen: argparse.Namespace) -> int:
    with open_layer(chosen.pack) as layer:  # type: ignore[attr-defined]
        tree = Union([Mount(layer.name, layer)])
        if chosen.json:
            print_json(_nested(tree, paths.ROOT))
            return 0
        print("/")
        for line in _drawn(tree, paths.ROOT, ""):
            print(line)
    return 0


def _nested(tree: Union, folder: str) -> dict[str, Any]:
    """Give the folders as tables, and of each file its size."""
    return {
        name: _nested(tree, found.entry.path) if found.entry.is_folder else found.entry.size
        for name, found in tree.children(folder).items()
    }


def _drawn(tree: Union, folder: str, before: str) -> Iterator[str]:
    children = list(tree.children(folder).items())
    for place, (name, found) in enumerate(children, 1):
        is_last = place == len(children)
        yield f"{before}{'└── ' if is_last else '├── '}{name}{'/' * found.entry.is_folder}"
        if found.entry.is_folder:
            yield from _drawn(tree, found.entry.path, before + ("    " if is_last else "│   "))


def _info(chosen: argparse.Namespace) -> int:
    found = info(chosen.pack)
    if chosen.json:
        print_json(found)
        return 0
    rows = [
        ("files", f"{found.files:,} in {found.folders:,} folders"),
        ("content", f"{found.size:,} bytes, {found.contents:,} different contents"),
        ("pack", f"{found.stored:,} bytes, {found.compressed:,} contents compressed"),
        ("digest", found.digest or "none: this store is not sealed"),
        ("signed by", found.signer or "nobody"),
        ("format", f"{found.format}, chunks of {found.chunk_size:,} bytes, pages of {found.page_size:,}"),
    ]
    print_table(("", found.path), rows)
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    with progress_bar("verifying") as progress:
        found = verify(chosen.pack, key=chosen.key, progress=progress)
    if chosen.json:
        print_json(found)
        return 0 if found.ok else 1
    for fault in found.faults:
        print(f"wrong: {fault}")
    for warning in found.warnings:
        print(f"note: {warning}")
    if found.ok:
        signed = f", signed by {found.signer}" if found.signer else ""
        print(f"{found.path} is sound: {found.files:,} files, {found.size:,} bytes{signed}")
    return 0 if found.ok else 1
