"""``mods check``, ``new`` and ``package``: what the author of a mod needs."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.assets.edits.plain_pictures import encode_png
from vfsloader.cli import scaffold
from vfsloader.cli.app import Game, Json, UsageError
from vfsloader.cli.completers import complete_mods
from vfsloader.cli.game import open_game
from vfsloader.cli.output import BAD, GOOD, NOTE, complain, print_json, say
from vfsloader.errors import ConfigError, ManifestError, PathNotFoundError
from vfsloader.game.config import read_config
from vfsloader.mods.lint.check import Finding, check_mod
from vfsloader.mods.manager import ModManager
from vfsloader.mods.places import mods_folders, writable_folder


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (check, new, package):
        app.command(command)


def check(
    *mod: Annotated[
        str, Parameter(help="a mod's id or its path (default: all mods of the game)", completer=complete_mods)
    ],
    pictures: Annotated[
        str | None, Parameter(help="a folder for pictures of what the mod's edits do: before, after and difference")
    ] = None,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Find what a mod's author should fix."""
    reports: dict[str, list[Finding]] = {}
    drawn: list[Path] = []
    try:
        opened = open_game(game)
    except FileNotFoundError:
        if not mod or pictures is not None:
            raise
        complain("No game.toml found: what the mod replaces or names is not checked; see --game.")
        reports = {path: check_mod(Path(path)) for path in mod}
    else:
        with opened:
            reports = {Path(name).name: opened.mods.check(name) for name in mod} if mod else opened.mods.check_all()
            drawn = [] if pictures is None else _draw(opened.mods, list(mod) or list(reports), Path(pictures))
    if json:
        rows = {name: [dataclasses.asdict(finding) for finding in findings] for name, findings in reports.items()}
        print_json(rows)
    else:
        for file in drawn:
            say(file, GOOD)
        for name, findings in reports.items():
            for finding in findings:
                say(f"{name}: {finding}", NOTE)
        if not any(reports.values()):
            say(f"{next(iter(reports)) if len(reports) == 1 else f'{len(reports)} mods'}: nothing to fix", GOOD)
    return 1 if any(reports.values()) else 0


def _draw(mods: ModManager, names: Sequence[str], folder: Path) -> list[Path]:
    """Write pictures of what the edits of mods do: ``folder/winter/sprites/hero.png.before.png`` and so on."""
    files = []
    for name in names:
        try:
            for edit in mods.draw_edits(name):
                for kind in ("before", "after", "difference"):
                    file = folder / Path(name).name / f"{edit.path[1:]}.{kind}.png"
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(encode_png(getattr(edit, kind)))
                    files.append(file)
        except ManifestError:
            continue  # it is not a mod: that is among the findings
    return files


def new(
    mod: Annotated[str | None, Parameter(help="the mod's id, which also names its folder")] = None,
    /,
    *,
    name: Annotated[str | None, Parameter(help="the name shown to players (default: from the id)")] = None,
    author: Annotated[str | None, Parameter(help="who makes it")] = None,
    description: Annotated[str | None, Parameter(help="what it does, in a sentence")] = None,
    folder: Annotated[str | None, Parameter("--in", help="where to make it (default: the game's mods folder)")] = None,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Make a folder for a new mod, with a manifest and a read-me. Without an id, it asks."""
    parent, is_enabled = (Path(folder), True) if folder is not None else _mods_folder(game)
    if mod is None:
        mod = _ask("Id (lowercase letters, digits, - and _)")
        name = name or _ask("Name", scaffold.name_of(mod))
        author = author or _ask("Author", "")
        description = description or _ask("What does it do?", "")
    made = scaffold.new_mod(parent, mod, name, author=author, description=description)
    steps = [
        f"Put files into it at the paths that they replace: {made / 'sprites' / 'player.png'} for /sprites/player.png.",
        f"vfsloader mods check {mod} finds mistakes, vfsloader mods package {mod} makes a zip to share.",
    ]
    if not is_enabled:
        steps.insert(1, f"This game leaves new mods off: vfsloader mods enable {mod}.")
    if json:
        print_json({"id": mod, "path": str(made), "next": steps})
        return 0
    say(made, GOOD)
    for step in steps:
        say(step)
    return 0


def _mods_folder(game: str) -> tuple[Path, bool]:
    """Return the game's mods folder, and whether the game enables new mods."""
    try:
        config = read_config(game)
    except PathNotFoundError:
        if game != ".":
            raise
        complain("No game.toml found: the mod is made in this folder; see --in and --game.")
        return Path(), True
    if "mods" not in config:
        sentence = f'the game in {game} has no mods folder; write mods = "mods" into its game.toml, or pass --in DIR'
        raise ConfigError.at(game, sentence)
    folder = writable_folder(mods_folders(config["mods"]))
    if folder is None:
        raise ConfigError.at(game, f"no mods folder of the game in {game} can be written; pass --in DIR")
    return _relative(folder), config.get("new_mods", "enabled") == "enabled"


def _relative(path: Path) -> Path:
    """Return a path as a person in the current folder would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _ask(question: str, default: str | None = None) -> str:
    """Ask for a value; an empty answer is the default."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("which id shall the mod have? Write vfsloader mods new ID; see vfsloader mods new --help")
    say(f"{question} [{default}]:" if default else f"{question}:")
    typed = sys.stdin.readline()
    if not typed:  # the end of input
        raise KeyboardInterrupt
    return typed.strip() or (default if default is not None else _ask(question))


def package(
    mod: Annotated[str, Parameter(help="the mod's folder or its id", completer=complete_mods)],
    /,
    *,
    out: Annotated[
        str | None,
        Parameter(("--out", "-o"), help="the file to make, a .zip or a .pack (default: ID-VERSION.zip in this folder)"),
    ] = None,
    key: Annotated[
        str | None, Parameter(help="your private key to sign it with; vfsloader pack keygen makes one")
    ] = None,
    no_check: Annotated[bool, Parameter(help="make it although something should be fixed")] = False,
    force: Annotated[bool, Parameter(("--force", "-f"), help="replace a file that is there")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Check a mod, and make a zip or pack of it that is ready to share."""
    from vfsloader.cli import packaging  # only this command needs packs

    folder, findings = _checked(mod, game)
    packaged = packaging.leaves_out(folder)
    findings = [finding for finding in findings if not packaged(finding)]
    if findings and not no_check:
        if json:
            print_json({"path": None, "findings": [dataclasses.asdict(finding) for finding in findings]})
        else:
            for finding in findings:
                say(f"{mod}: {finding}", NOTE)
            complain(f"{mod} is not packaged: fix this first, or pass --no-check.", BAD)
        return 1
    made = packaging.package(folder, out, overwrite=force, key=key)
    if json:
        rows = [dataclasses.asdict(finding) for finding in findings]
        print_json({**dataclasses.asdict(made), "findings": rows})
    else:
        say(f"{made.path}: {made.id} {made.version}, {made.files:,} files, {made.size:,} bytes, ready to share", GOOD)
        if made.author:
            say(f"signed by {made.author}")
    return 0


def _checked(mod: str, game: str) -> tuple[Path, list[Finding]]:
    """Return the folder of a mod, and what should be fixed in it."""
    try:
        opened = open_game(game)
    except PathNotFoundError:
        return Path(mod), check_mod(Path(mod))
    with opened:
        ids = [known.id for known in opened.mods.available]
        return (opened.mods[mod].path if mod in ids else Path(mod)), opened.mods.check(mod)
