"""``pack``: making packs, and making other things of them."""

from __future__ import annotations

import argparse
from typing import Any

from vfsloader import packs
from vfsloader.cli import pack_looks, pack_remote
from vfsloader.cli.game import add_json_option, open_game
from vfsloader.cli.output import print_json
from vfsloader.cli.progress import progress_bar
from vfsloader.datamerge.flattened import FlattenedLayer
from vfsloader.packs.patch.apply import find_old


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    pack = commands.add_parser("pack", help="build packs, check them, unpack them, ship their changes")
    words = pack.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_build(words)
    pack_looks.add_commands(words)
    _add_extract(words)
    _add_diff_and_apply(words)
    _add_signing(words)
    _add_convert(words)
    pack_remote.add_commands(words)


def _add_build(words: argparse._SubParsersAction[Any]) -> None:
    building = words.add_parser("build", help="build a pack of a folder, zip, tar, pack or a game's merged tree")
    building.add_argument("source", help="what to pack; with --merged, the game's folder or its game.toml")
    building.add_argument("out", help="the pack to make")
    building.add_argument(
        "-m", "--merged", action="store_true", help="pack the game's base, expansions and enabled mods as one tree"
    )
    building.add_argument(
        "-c", "--compress", nargs="?", type=int, const=True, default=False, metavar="LEVEL",
        help="make it small by zstd, each file that gets smaller (LEVEL: 1 to 22)",
    )  # fmt: skip
    building.add_argument(
        "-o", "--order", metavar="FILE", help="what is loaded first lies first (VFSLOADER_TRACE=FILE)"
    )
    building.add_argument("--keep-times", action="store_true", help="keep the files' times of change")
    building.add_argument("--no-ignore", action="store_true", help="leave nothing out: see .vfsignore")
    add_json_option(building)
    _add_force(building)
    building.set_defaults(run=_build)


def _add_extract(words: argparse._SubParsersAction[Any]) -> None:
    extracting = words.add_parser("extract", help="unpack into a folder; what is there already stays")
    extracting.add_argument("pack", help="a pack, zip or tar")
    extracting.add_argument("folder", help="where to")
    extracting.add_argument("path", nargs="?", default="/", help="only this folder or file of it")
    extracting.add_argument("-f", "--force", action="store_true", help="replace files that differ")
    add_json_option(extracting)
    extracting.set_defaults(run=_extract)


def _add_diff_and_apply(words: argparse._SubParsersAction[Any]) -> None:
    diffing = words.add_parser("diff", help="make the patch that turns one pack into another")
    diffing.add_argument("old", help="the pack that players have")
    diffing.add_argument("new", help="the pack that they are to have")
    diffing.add_argument("-o", "--out", required=True, metavar="PATCH", help="the patch to make")
    diffing.add_argument("--no-check", action="store_true", help="do not try the patch")
    add_json_option(diffing)
    _add_force(diffing)
    diffing.set_defaults(run=_diff)
    applying = words.add_parser(
        "apply", help="apply a patch: the new pack takes the old one's place, or nothing happens"
    )
    applying.add_argument("patch", help="the patch")
    applying.add_argument("pack", nargs="?", help="the old pack (default: the one of its name, beside the patch)")
    applying.add_argument("-o", "--out", metavar="FILE", help="leave the old pack and make this one")
    add_json_option(applying)
    applying.set_defaults(run=_apply)


def _add_signing(words: argparse._SubParsersAction[Any]) -> None:
    keys = words.add_parser("keygen", help="make a pair of keys for signing: NAME.key and NAME.pub")
    keys.add_argument("name", help="the files' name")
    keys.set_defaults(run=_keygen)
    signing = words.add_parser("sign", help="sign a pack")
    signing.add_argument("pack", help="the pack")
    signing.add_argument("-k", "--key", required=True, metavar="FILE", help="the private key")
    signing.set_defaults(run=_sign)


def _add_convert(words: argparse._SubParsersAction[Any]) -> None:
    converting = words.add_parser("convert", help="make a pack of a zip, tar or SQLite archive, or a zip of a pack")
    converting.add_argument("source", help="what to convert")
    converting.add_argument("out", help="what to make: a zip if it ends in .zip, else a pack")
    converting.add_argument("-c", "--compress", action="store_true", help="make it small")
    add_json_option(converting)
    _add_force(converting)
    converting.set_defaults(run=_convert)


def _add_force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--force", action="store_true", help="replace a file that is there")


def _build(chosen: argparse.Namespace) -> int:
    options: dict[str, Any] = {
        "overwrite": chosen.force,
        "compress": chosen.compress,
        "order": chosen.order,
        "keep_times": chosen.keep_times,
        "ignore": not chosen.no_ignore,
    }
    with progress_bar("building") as progress:
        if chosen.merged:
            chosen.game = chosen.source
            with open_game(chosen) as game:
                # The save on top is the player's own, and no part of the game.
                layer = FlattenedLayer(game.vfs.union.mounts[1:])
                report = packs.build(layer, chosen.out, progress=progress, **options)
        else:
            report = packs.build(chosen.source, chosen.out, progress=progress, **options)
    if chosen.json:
        print_json(report)
    else:
        print(f"{report.path}: {report.files:,} files, {report.size:,} bytes in {report.stored:,}")
    return 0


def _extract(chosen: argparse.Namespace) -> int:
    with progress_bar("extracting") as progress:
        report = packs.extract(chosen.pack, chosen.folder, below=chosen.path, overwrite=chosen.force, progress=progress)
    if chosen.json:
        print_json(report)
    else:
        kept = f"; {report.kept:,} were there" if report.kept else ""
        print(f"{chosen.folder}: {report.written:,} files, {report.size:,} bytes written{kept}")
    return 0


def _diff(chosen: argparse.Namespace) -> int:
    with progress_bar("comparing") as progress:
        report = packs.diff(
            chosen.old, chosen.new, chosen.out, overwrite=chosen.force, check=not chosen.no_check, progress=progress
        )
    if chosen.json:
        print_json(report)
    else:
        print(f"{report.path}: {report.size:,} bytes; {report.kept:,} contents stay, {report.changed:,} are new")
    return 0


def _apply(chosen: argparse.Namespace) -> int:
    pack = chosen.pack or find_old(chosen.patch)
    with progress_bar("applying") as progress:
        report = packs.apply(chosen.patch, pack, chosen.out, progress=progress)
    if chosen.json:
        print_json(report)
    elif report.changed:
        print(f"{report.path} is the new pack now: {report.digest}")
    else:
        print(f"{report.path} is the new pack already.")
    return 0


def _keygen(chosen: argparse.Namespace) -> int:
    packs.keygen(f"{chosen.name}.key", f"{chosen.name}.pub")
    print(f"{chosen.name}.key signs packs: keep it, and keep it secret.")
    print(f"{chosen.name}.pub checks them: ship it with the game.")
    return 0


def _sign(chosen: argparse.Namespace) -> int:
    print(f"{chosen.pack} is signed by {packs.sign(chosen.pack, chosen.key)}")
    return 0


def _convert(chosen: argparse.Namespace) -> int:
    with progress_bar("converting") as progress:
        report = packs.convert(
            chosen.source, chosen.out, overwrite=chosen.force, compress=chosen.compress, progress=progress
        )
    if chosen.json:
        print_json(report)
    else:
        print(f"{report.path}: {report.files:,} files, {report.size:,} bytes in {report.stored:,}")
    return 0
