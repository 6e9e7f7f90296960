"""``pack``: building packs and looking into them."""

from __future__ import annotations

import argparse
from typing import Any

from vfsloader import paths
from vfsloader.cli.game import add_json_option
from vfsloader.cli.output import print_json, print_table
from vfsloader.packs import build
from vfsloader.sources import open_layer
from vfsloader.union import Mount, Union


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    pack = commands.add_parser("pack", help="build packs and look into them")
    words = pack.add_subparsers(title="commands", metavar="COMMAND", required=True)
    building = words.add_parser("build", help="build a pack of a folder, zip, tar or pack")
    building.add_argument("source", help="what to pack")
    building.add_argument("out", help="the pack to make")
    building.add_argument("-f", "--force", action="store_true", help="replace a file that is there")
    building.set_defaults(run=_build)
    listing = words.add_parser("list", help="list the files of a pack, zip, tar or folder")
    listing.add_argument("pack", help="the pack")
    add_json_option(listing)
    listing.set_defaults(run=_list)


def _build(chosen: argparse.Namespace) -> int:
    report = build(chosen.source, chosen.out, overwrite=chosen.force)
    print(f"{report.path}: {report.files:,} files, {report.size:,} bytes")
    return 0


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
