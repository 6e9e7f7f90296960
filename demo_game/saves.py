"""What the game saves: three slots that save themselves, levels that can be undone, settings, the best score.

All of it is in collections of the save layer. Values that belong together change in one transaction, so that after a
power cut the player finds the evening as it was at the start of some level.
"""

from __future__ import annotations

from typing import TypedDict

import vfsloader
from vfsloader.collections import PersistentDict, PersistentList

SLOTS = ("1", "2", "3")
#: Only mods that touch these files can make an evening another one; skins do not count.
RULES = "/data/**"


class Evening(TypedDict):
    """The state of a game at the start of a level."""

    level: str
    score: int
    lives: int


class Saves:
    """The saved state of a game.

    Parameters
    ----------
    manager
        The game whose save layer holds the state.
    """

    def __init__(self, manager: vfsloader.ResourceManager) -> None:
        self._manager = manager
        #: By slot, the revision of the mods and the level, and what differs.
        self._compared: dict[str, tuple[tuple[int, Evening | None], list[str]]] = {}
        self.settings: PersistentDict = manager.state("settings")
        self.slots: PersistentDict = manager.state("slots")

    @property
    def slot(self) -> str:
        """The slot in use."""
        return str(self.settings.get("slot", SLOTS[0]))

    @slot.setter
    def slot(self, slot: str) -> None:
        self.settings["slot"] = slot

    @property
    def best(self) -> int:
        """The best score ever."""
        return int(self.settings.get("best", 0))

    @property
    def is_loud(self) -> bool:
        """Whether there is sound."""
        return bool(self.settings.get("sound", True))

    def evening(self, slot: str) -> Evening | None:
        """Return the start of the last level of a slot; None if the slot is empty."""
        levels = self.slots.get(slot)
        return levels[-1] if levels else None

    def begin(self, evening: Evening) -> None:
        """Save the start of a level."""
        with self.slots.transaction():
            levels = self.slots.setdefault(self.slot, self._levels(self.slot))
            if not levels or levels[-1] != evening:
                levels.append(evening)
            self._manager.mods.stamp(self._levels(self.slot), RULES)
        self._compared.pop(self.slot, None)

    def differences(self, slot: str) -> list[str]:
        """Return how the mods differ from those that an evening was played with, worst first, in sentences."""
        mods, evening = self._manager.mods, self.evening(slot)
        key = mods.revision, evening
        if slot not in self._compared or self._compared[slot][0] != key:
            stamp = mods.stamp_of(self._levels(slot)) if evening else None
            self._compared[slot] = key, [] if stamp is None else list(map(str, mods.compare(stamp)))
        return self._compared[slot][1]

    def restore_mods(self) -> None:
        """Use the mods that the evening of the slot was played with, as far as they are installed."""
        mods = self._manager.mods
        stamp = mods.stamp_of(self._levels(self.slot))
        if stamp is not None:
            mods.apply(mods.plan_match(stamp))

    def _levels(self, slot: str) -> PersistentList:
        return self._manager.state(f"slot {slot}", PersistentList)

    def undo(self) -> Evening | None:
        """Undo the last level; return the start of the level before it."""
        with self.slots.transaction():
            levels = self.slots.get(self.slot)
            if not levels:
                return None
            if len(levels) > 1:
                levels.pop()
            return levels[-1]  # type: ignore[no-any-return]

    def end(self, score: int) -> bool:
        """Clear the slot at the end of an evening; return whether the score is the best ever."""
        with self.slots.transaction():
            levels = self.slots.get(self.slot)
            if levels:
                levels.clear()
            is_best = score > self.best
            if is_best:
                self.settings["best"] = score
        return is_best
