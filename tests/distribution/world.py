"""An index that a real server on loopback serves, and a game that gets its mods from there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Self

from tests.mods.making import add
from vfsloader import ResourceManager, packs
from vfsloader.distribution import IndexFolder, build_index
from vfsloader.distribution.serve import IndexServer


class World:
    """A studio, its index, its server, and players."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mods = folder / "studio"
        self.mods.mkdir()
        self.public = folder / "public"
        self.private_key, self.key = folder / "studio.key", folder / "studio.pub"
        packs.keygen(self.private_key, self.key)
        self.server = IndexServer(self.public)
        self._games: list[ResourceManager] = []

    def release(self, mod: str, version: str, files: dict[str, str] | None = None, **more: Any) -> None:
        """Publish a version of a mod."""
        made = add(self.mods, mod, files or {"f.txt": f"{mod} {version}"}, version=version, **more)
        made = made.rename(self.mods / f"{mod}-{version}")
        index = IndexFolder(self.public)
        index.add(made)
        index.publish([self.private_key])

    def build(self) -> None:
        """Build the index."""
        build_index(self.mods, self.public, [self.private_key])

    def withdraw(self, mod: str, version: str) -> None:
        """Withdraw a version."""
        index = IndexFolder(self.public)
        index.withdraw(mod, version, "it breaks saves")
        index.publish([self.private_key])

    def game(self, name: str = "game", *, source: bool = True, **options: Any) -> ResourceManager:
        """Open the game of a player."""
        base = self.folder / "base"
        base.mkdir(exist_ok=True)
        game = ResourceManager(base, mods=self.folder / name / "mods", watch=False, **options)
        self._games.append(game)
        if source:
            game.mods.sources.add(self.server.address, self.key)
        return game

    def copy_index(self, name: str) -> Path:
        """Return a copy of the index as it is now."""
        return Path(shutil.copytree(self.public, self.folder / name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for game in self._games:
            game.close()
        self.server.close()
