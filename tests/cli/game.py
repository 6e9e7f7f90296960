"""A small game on the disk, for tests of commands."""

from __future__ import annotations

from pathlib import Path

from vfsloader import packs

FILES = {
    "game.toml": 'base = "assets"\nmods = "mods"\n',
    "assets/items.json": '{"sword": 3, "bow": 1}',
    "assets/sprites/player.txt": "@",
    "mods/winter/mod.toml": 'id = "winter"\nname = "Winter"\nversion = "1.0"\n[requires]\nlib = "*"\n',
    "mods/winter/items.json.merge": '{"sword": 9}',
    "mods/winter/sprites/player.txt": "*",
    "mods/lib/mod.toml": 'id = "lib"\nname = "Lib"\nversion = "2.0"\n',
    "elsewhere/notes.txt": "nothing",
}


def make_game(folder: Path) -> Path:
    """Write the game's files, and a pack of its assets."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    packs.build(folder / "assets", folder / "base.pack")
    return folder
