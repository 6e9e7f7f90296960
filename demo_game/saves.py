"""What outlives the evening: three slots that save themselves, levels that can be undone, settings, the best score.

All of it are collections in the save layer. What belongs together changes in one transaction, so that a player who
pulls the plug finds the evening as it was at some level's beginning.
"""

from __future__ import annotations

from typing import TypedDict

import vfsloader
from vfsloader.collections import PersistentDict, PersistentList

SLOTS = ("1", "2", "3")


class Evening(TypedDict):
    """Where a level began."""

    level: str
    score: int
    lives: int


class Saves:
    """The save of one game.

    Parameters
    ----------
    manager
        Its save layer holds everything.
    """

    def __init__(self, manager: vfsloader.ResourceManager) -> None:
        self.settings: PersistentDict = manager.state("settings")
        self.slots: PersistentDict = manager.state("slots")

    @property
    def slot(self) -> str:
        """The slot that is played."""
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
        """Give where the last level of a slot began; None where nobody has played yet."""
        levels = self.slots.get(slot)
        return levels[-1] if levels else None

    def begin(self, evening: Evening) -> None:
        """Save the beginning of a level: by itself, each time one begins."""
        with self.slots.transaction():
            levels = self.slots.setdefault(self.slot, PersistentList(self.slots, f"slot {self.slot}"))
            if not levels or levels[-1] != evening:
                levels.append(evening)

    def undo(self) -> Evening | None:
        """Take the last level back; give where the one before it began."""
        with self.slots.transaction():
            levels = self.slots.get(self.slot)
            if not levels:
                return None
            if len(levels) > 1:
                levels.pop()
            return levels[-1]  # type: ignore[no-any-return]

    def end(self, score: int) -> bool:
        """The evening is over: the slot begins anew; tell whether the score is the best ever."""
        with self.slots.transaction():
            levels = self.slots.get(self.slot)
            if levels:
                levels.clear()
            is_best = score > self.best
            if is_best:
                self.settings["best"] = score
        return is_best
