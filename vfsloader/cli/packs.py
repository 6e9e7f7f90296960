"""``pack``: making packs, and making other things of them."""

from __future__ import annotations

import argparse
import importlib
import os
from typing import Any

from vfsloader import packs
from vfsloader.cli import pack_looks, pack_remote
from vfsloader.cli.commands import add_command, print_report
from vfsloader.cli.game import open_game
from vfsloader.cli.output import say
from vfsloader.cli.progress import progress_bar
from vfsloader.datamerge.flattened import FlattenedLayer
from vfsloader.errors import MissingExtraError
from vfsloader.packs.patch.apply import find_old
from vfsloader.packs.sources import opened

_FORCE = "replace a file that is there"


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    pack = commands.add_parser("pack", help="build packs, check them, unpack them, ship their changes")
    words = pack.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_build(words)
    pack_looks.add_commands(words)
    _add_extract(words)
    _add_patching(words)
    _add_signing(words)
    _add_convert(words)
    pack_remote.add_commands(words)


def _add_build(words: argparse._SubParsersAction[Any]) -> None:
    text = "build a pack of a folder, zip, tar, pack or a game's merged tree"
    parser = add_command(words, "build", text, _build, force=_FORCE)
    parser.add_argument("source", help="what to pack; with --merged, the game's folder or its game.toml")
    parser.add_argument("out", help="the pack to make")
    parser.add_argument(
        "-m", "--merged", action="store_true", help="pack the game's base, expansions and enabled mods as one tree"
    )
    parser.add_argument(
        "-c", "--compress", nargs="?", type=int, const=True, default=False, metavar="LEVEL",
        help="make it small by zstd, each file that gets smaller (LEVEL: 1 to 22)",
    )  # fmt: skip
    parser.add_argument("-o", "--order", metavar="FILE", help="what is loaded first lies first (VFSLOADER_TRACE=FILE)")
    parser.add_argument("-p", "--prepare", action="store_true", help="keep pixels beside pictures: they load faster")
    parser.add_argument("--keep-times", action="store_true", help="keep the files' times of change")
    parser.add_argument("--no-ignore", action="store_true", help="leave nothing out: see .vfsignore")


def _add_extract(words: argparse._SubParsersAction[Any]) -> None:
    text = "unpack into a folder; what is there already stays"
    parser = add_command(words, "extract", text, _extract, force="replace files that differ")
    parser.add_argument("pack", help="a pack, zip or tar")
    parser.add_argument("folder", help="where to")
    parser.add_argument("path", nargs="?", default="/", help="only this folder or file of it")


def _add_patching(words: argparse._SubParsersAction[Any]) -> None:
    parser = add_command(words, "diff", "make the patch that turns one pack into another", _diff, force=_FORCE)
    parser.add_argument("old", help="the pack that players have")
    parser.add_argument("new", help="the pack that they are to have")
    parser.add_argument("-o", "--out", required=True, metavar="PATCH", help="the patch to make")
    parser.add_argument("--no-check", action="store_true", help="do not try the patch")

    text = "apply a patch: the new pack takes the old one's place, or nothing happens"
    parser = add_command(words, "apply", text, _apply)
    parser.add_argument("patch", help="the patch")
    parser.add_argument("pack", nargs="?", help="the old pack (default: the one of its name, beside the patch)")
    parser.add_argument("-o", "--out", metavar="FILE", help="leave the old pack and make this one")


def _add_signing(words: argparse._SubParsersAction[Any]) -> None:
    text = "make a pair of keys for signing: NAME.key and NAME.pub"
    parser = add_command(words, "keygen", text, _keygen, json=False)
    parser.add_argument("name", help="the files' name")
    parser = add_command(words, "sign", "sign a pack", _sign, json=False)
    parser.add_argument("pack", help="the pack")
    parser.add_argument("-k", "--key", required=True, metavar="FILE", help="the private key")


def _add_convert(words: argparse._SubParsersAction[Any]) -> None:
    text = "make a pack of a zip, tar or SQLite archive, or a zip of a pack"
    parser = add_command(words, "convert", text, _convert, force=_FORCE)
    parser.add_argument("source", help="what to convert")
    parser.add_argument("out", help="what to make: a zip if it ends in .zip, else a pack")
    parser.add_argument("-c", "--compress", action="store_true", help="make it small")


def _build(chosen: argparse.Namespace) -> int:
    if chosen.prepare:
        try:
            importlib.import_module("vfsloader.pygame")
        except ImportError as error:
            raise MissingExtraError.of("--prepare", "pygame-ce", "pygame") from error
    options: dict[str, Any] = {
        "overwrite": chosen.force,
        "compress": chosen.compress,
        "order": chosen.order,
        "keep_times": chosen.keep_times,
        "ignore": not chosen.no_ignore,
        "prepare": chosen.prepare,
    }
    with progress_bar("building") as progress:
        if chosen.merged:
            chosen.game = chosen.source
            with open_game(chosen) as game:
                # The save on top belongs to the player, not to the game.
                layer = FlattenedLayer(game.vfs.union.mounts[1:])
                report = packs.build(layer, chosen.out, progress=progress, **options)
        else:
            # The developer's own folder: its links are followed, wherever they lead.
            with opened(chosen.source, trusted=os.path.isdir(chosen.source)) as source:
                report = packs.build(source, chosen.out, progress=progress, **options)
    text = f"{report.path}: {report.files:,} files, {report.size:,} bytes in {report.stored:,}"
    return print_report(chosen, report, text)


def _extract(chosen: argparse.Namespace) -> int:
    with progress_bar("extracting") as progress:
        report = packs.extract(chosen.pack, chosen.folder, below=chosen.path, overwrite=chosen.force, progress=progress)
    kept = f"; {report.kept:,} were there" if report.kept else ""
    text = f"{chosen.folder}: {report.written:,} files, {report.size:,} bytes written{kept}"
    return print_report(chosen, report, text)


def _diff(chosen: argparse.Namespace) -> int:
    with progress_bar("comparing") as progress:
        report = packs.diff(
            chosen.old, chosen.new, chosen.out, overwrite=chosen.force, check=not chosen.no_check, progress=progress
        )
    text = f"{report.path}: {report.size:,} bytes; {report.kept:,} contents stay, {report.changed:,} are new"
    return print_report(chosen, report, text)


def _apply(chosen: argparse.Namespace) -> int:
    pack = chosen.pack or find_old(chosen.patch)
    with progress_bar("applying") as progress:
        report = packs.apply(chosen.patch, pack, chosen.out, progress=progress)
    state = f"is the new pack now: {report.digest}" if report.changed else "is the new pack already."
    return print_report(chosen, report, f"{report.path} {state}")


def _keygen(chosen: argparse.Namespace) -> int:
    packs.keygen(f"{chosen.name}.key", f"{chosen.name}.pub")
    say(f"{chosen.name}.key signs packs: keep it, and keep it secret.")
    say(f"{chosen.name}.pub checks them: ship it with the game.")
    return 0


def _sign(chosen: argparse.Namespace) -> int:
    say(f"{chosen.pack} is signed by {packs.sign(chosen.pack, chosen.key)}")
    return 0


def _convert(chosen: argparse.Namespace) -> int:
    with progress_bar("converting") as progress:
        report = packs.convert(
            chosen.source, chosen.out, overwrite=chosen.force, compress=chosen.compress, progress=progress
        )
    text = f"{report.path}: {report.files:,} files, {report.size:,} bytes in {report.stored:,}"
    return print_report(chosen, report, text)
