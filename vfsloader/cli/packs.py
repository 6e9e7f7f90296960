"""``pack``: making packs, and making other things of them."""

from __future__ import annotations

import importlib
import os
from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader import packs
from vfsloader.assets.edits.flatten import FlatPictures
from vfsloader.cli import pack_looks, pack_remote
from vfsloader.cli.app import Force, Json, Pack, UsageError, group
from vfsloader.cli.game import open_game
from vfsloader.cli.output import answer
from vfsloader.cli.progress import progress_bar
from vfsloader.datamerge.flattened import FlattenedLayer
from vfsloader.errors import MissingExtraError
from vfsloader.layers.circumstances import circumstances_of
from vfsloader.packs.patch.apply import find_old
from vfsloader.packs.sources import opened
from vfsloader.store.pack.compression import LEVELS


def add_commands(app: App) -> None:
    """Add the group of commands."""
    pack = group("pack", "Build packs, check them, unpack them, ship their changes.")
    pack.command(build)
    pack_looks.add_commands(pack)
    for command in (extract, diff, apply, keygen, sign, convert):
        pack.command(command)
    pack_remote.add_commands(pack)
    app.command(pack)


def build(
    source: Annotated[str, Parameter(help="what to pack; with --merged, the game's folder or its game.toml")],
    out: Annotated[str, Parameter(help="the pack to make")],
    /,
    *,
    merged: Annotated[
        bool, Parameter(("--merged", "-m"), help="pack the game's base, expansions and enabled mods as one tree")
    ] = False,
    compress: Annotated[
        int | None,
        Parameter(
            ("--compress", "-c"),
            help=f"compress each file that gets smaller; a level from {LEVELS[0]} to {LEVELS[-1]} may follow",
        ),
    ] = None,
    order: Annotated[
        str | None,
        Parameter(("--order", "-o"), help="a trace (VFSLOADER_TRACE=FILE): files that are loaded first come first"),
    ] = None,
    prepare: Annotated[
        bool, Parameter(("--prepare", "-p"), help="keep pixels beside pictures: they load faster")
    ] = False,
    keep_times: Annotated[bool, Parameter(help="keep the files' times of change")] = False,
    no_ignore: Annotated[bool, Parameter(help="leave nothing out: see .vfsignore")] = False,
    force: Force = False,
    json: Json = False,
) -> int:
    """Build a pack of a folder, zip, tar, pack or a game's merged tree."""
    if compress is not None and compress not in LEVELS:
        raise UsageError(f"--compress: the level must be from {LEVELS[0]} to {LEVELS[-1]}, not {compress}")
    if prepare:
        try:
            importlib.import_module("vfsloader.pygame")
        except ImportError as error:
            raise MissingExtraError.of("--prepare", "pygame-ce", "pygame") from error
    options: dict[str, Any] = {
        "overwrite": force,
        "compress": compress or False,
        "order": order,
        "prepare": prepare,
        "keep_times": keep_times,
        "ignore": not no_ignore,
    }
    with progress_bar("building") as progress:
        if merged:
            with open_game(source) as game:
                # The save on top belongs to the player, not to the game.
                mounts = game.vfs.union.mounts[1:]
                mods = {name for name, layer in mounts if circumstances_of(layer) is not None}
                tree = FlattenedLayer(mounts, pictures=FlatPictures(lambda name: name not in mods))
                report = packs.build(tree, out, progress=progress, **options)
        else:
            # The developer's own folder: its links are followed, wherever they lead.
            with opened(source, trusted=os.path.isdir(source)) as layer:
                report = packs.build(layer, out, progress=progress, **options)
    text = f"{report.path}: {report.files:,} files, {report.size:,} bytes in {report.stored:,}"
    return answer(report, text, json=json)


def extract(
    pack: Annotated[str, Parameter(help="a pack, zip or tar")],
    folder: Annotated[str, Parameter(help="where to")],
    path: Annotated[str, Parameter(help="only this folder or file of it")] = "/",
    /,
    *,
    force: Annotated[bool, Parameter(("--force", "-f"), help="replace files that differ")] = False,
    json: Json = False,
) -> int:
    """Unpack into a folder; files that are there already stay."""
    with progress_bar("extracting") as progress:
        report = packs.extract(pack, folder, below=path, overwrite=force, progress=progress)
    kept = f"; {report.kept:,} were there" if report.kept else ""
    text = f"{folder}: {report.written:,} files, {report.size:,} bytes written{kept}"
    return answer(report, text, json=json)


def diff(
    old: Annotated[str, Parameter(help="the pack that players have")],
    new: Annotated[str, Parameter(help="the pack that they are to have")],
    /,
    *,
    out: Annotated[str, Parameter(("--out", "-o"), help="the patch to make")],
    no_check: Annotated[bool, Parameter(help="do not try the patch")] = False,
    force: Force = False,
    json: Json = False,
) -> int:
    """Make the patch that turns one pack into another."""
    with progress_bar("comparing") as progress:
        report = packs.diff(old, new, out, overwrite=force, check=not no_check, progress=progress)
    text = f"{report.path}: {report.size:,} bytes; {report.kept:,} contents stay, {report.changed:,} are new"
    return answer(report, text, json=json)


def apply(
    patch: Annotated[str, Parameter(help="the patch")],
    pack: Annotated[str | None, Parameter(help="the old pack (default: the one of its name, beside the patch)")] = None,
    /,
    *,
    out: Annotated[str | None, Parameter(("--out", "-o"), help="leave the old pack and make this one")] = None,
    json: Json = False,
) -> int:
    """Apply a patch: the new pack takes the old one's place, or nothing happens."""
    old = pack or find_old(patch)
    with progress_bar("applying") as progress:
        report = packs.apply(patch, old, out, progress=progress)
    state = f"is the new pack now: {report.digest}" if report.changed else "is the new pack already."
    return answer(report, f"{report.path} {state}", json=json)


def keygen(name: Annotated[str, Parameter(help="the files' name")], /, *, json: Json = False) -> int:
    """Make a pair of keys for signing: NAME.key and NAME.pub."""
    private, public = f"{name}.key", f"{name}.pub"
    packs.keygen(private, public)
    answer({"private": private, "public": public}, f"{private} signs packs: keep it, and keep it secret.", json=json)
    return 0 if json else answer(None, f"{public} checks them: ship it with the game.", json=False)


def sign(
    pack: Pack,
    /,
    *,
    key: Annotated[str, Parameter(("--key", "-k"), help="the private key")],
    json: Json = False,
) -> int:
    """Sign a pack."""
    signer = packs.sign(pack, key)
    return answer({"path": pack, "signer": signer}, f"{pack} is signed by {signer}", json=json)


def convert(
    source: Annotated[str, Parameter(help="what to convert")],
    out: Annotated[str, Parameter(help="what to make: a zip if it ends in .zip, else a pack")],
    /,
    *,
    compress: Annotated[bool, Parameter(("--compress", "-c"), help="make it small")] = False,
    force: Force = False,
    json: Json = False,
) -> int:
    """Make a pack of a zip, tar or SQLite archive, or a zip of a pack."""
    with progress_bar("converting") as progress:
        report = packs.convert(source, out, overwrite=force, compress=compress, progress=progress)
    text = f"{report.path}: {report.files:,} files, {report.size:,} bytes in {report.stored:,}"
    return answer(report, text, json=json)
