"""What an installer sees of a game's mods on a thread: the mods as they were at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfsloader.errors import UnknownModError
from vfsloader.mods.metadata.mod import Mod

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager


class FrozenMods:
    """The mods of a game at one moment. The game goes on changing its own while a thread looks at these.

    Parameters
    ----------
    mods
        The game's mods.
    """

    def __init__(self, mods: ModManager) -> None:
        self.available = mods.available
        self.enabled = mods.enabled
        self.folder = mods.folder
        self.game_version = mods.game_version
        self.limits = mods.limits
        self.pins = mods.pins
        self.chosen_sources = mods.chosen_sources
        self.digest_of = mods.digest_of
        self.open_ahead = mods.open_ahead
        self.fingerprint = mods.fingerprint
        self._copies = {mod.id: mods.copies(mod.id) for mod in self.available}
        self._disabled = frozenset(mod.id for mod in self.available if mods.is_disabled(mod.id))
        self._by_id = {mod.id: mod for mod in self.available}

    def __getitem__(self, mod: str) -> Mod:
        if mod not in self._by_id:
            raise UnknownModError(f"there is no mod {mod}")
        return self._by_id[mod]

    def copies(self, mod: str) -> list[Mod]:
        """Return every copy of a mod, the newest first."""
        return list(self._copies[self[mod].id])

    def is_disabled(self, mod: str) -> bool:
        """Return whether a mod is disabled."""
        return mod in self._disabled
