"""Hands a game's mods what installs mods. Nothing of it is imported before it is needed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vfsloader.mods.manager import ModManager
from vfsloader.mods.solve.versions import read_version
from vfsloader.runtime.budget import Limits

if TYPE_CHECKING:
    from vfsloader.mods.getting import Installer

_JOURNAL = os.path.join(".getting", "journal.json")


def finish_interrupted(folders: Sequence[Path]) -> None:
    """Finish what an installation that was killed began, before the mods are looked for."""
    begun = [folder for folder in folders if os.path.exists(folder / _JOURNAL)]
    if begun:
        from vfsloader.distribution.installer import finish_interrupted

        finish_interrupted(begun)


def offer_installer(
    mods: ModManager,
    game_version: str | None,
    provides: Mapping[str, str] | None,
    limits: Limits,
    own_sources: Mapping[str, str] | None = None,
) -> None:
    """Let a game's mods be installed into its mods folder."""
    folder = mods.folder
    if folder is None:
        return

    def make() -> Installer:
        from vfsloader.distribution.installer import ModInstaller

        return ModInstaller(
            mods,
            folder,
            game_version=None if game_version is None else read_version(game_version),
            provides={mod: read_version(version) for mod, version in (provides or {}).items()},
            own_sources=own_sources,
            limits=limits,
        )

    mods.use_installer(make)
