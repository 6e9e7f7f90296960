"""Safe mode: a game that twice did not get ready starts with the last set of mods with which it did."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Literal

from vfsloader.errors import VFSError
from vfsloader.mods.manager import ModManager

if TYPE_CHECKING:
    from vfsloader.mods.sets.live_bisection import Bisection

SafeMode = Literal["off", "ask", "auto"]
SAFE_MODES: tuple[SafeMode, ...] = ("off", "ask", "auto")


class SafeStart:
    """What became of a start in safe mode, and what the player can do now.

    Attributes
    ----------
    left_out
        The mods that the player has enabled, and that were left out.
    why
        Why, in words.
    """

    def __init__(self, mods: ModManager, left_out: tuple[str, ...]) -> None:
        self._mods = mods
        self.left_out = left_out
        names = ", ".join(left_out) or "no mods, but other choices"
        self.why = (
            f"the game did not get ready twice since the mods changed, so the last good set is used without {names}"
        )

    @property
    def is_open(self) -> bool:
        """Whether the player has not decided yet, and the last good set is in use."""
        return self._mods.uses_safe_set

    def try_again(self) -> None:
        """Use the player's own set again, from the next update on."""
        self._mods.leave_safe_set(keep=False)

    def keep_out(self) -> None:
        """Make the last good set the player's own, as one change that can be undone."""
        self._mods.leave_safe_set(keep=True)

    def bisect(self) -> Bisection:
        """Search the guilty mods in the player's own set."""
        self.try_again()
        return self._mods.bisect()

    def __repr__(self) -> str:
        return f"SafeStart(left_out={self.left_out})"


class StartCounter:
    """Counts one start of a game.

    Parameters
    ----------
    mods
        The mods, before any of their files is used.
    mode
        ``"off"`` counts nothing.
    """

    def __init__(self, mods: ModManager, mode: SafeMode) -> None:
        if mode not in SAFE_MODES:
            raise ValueError(f'safe_mode must be "off", "ask" or "auto", not {mode!r}')
        self._mods = mods
        self._is_open = mode != "off"
        self.safe_start: SafeStart | None = None
        if self._is_open:
            with contextlib.suppress(VFSError, OSError):  # where nothing can be written, nothing is counted
                left_out = mods.begin_start()
                if left_out is not None:
                    self.safe_start = SafeStart(mods, left_out)
                    if mode == "auto":
                        self.safe_start.keep_out()

    def ready(self) -> None:
        """Say that the start was good."""
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(VFSError, OSError):
                self._mods.end_start(is_ready=True)

    def give_up(self) -> None:
        """Say that an exception ends the game: if it was not ready yet, the start has failed."""
        self._is_open = False

    def close(self) -> None:
        """Say that the game ends: on purpose, unless an exception is on its way."""
        if self._is_open and sys.exception() is None:
            self._is_open = False
            with contextlib.suppress(VFSError, OSError):
                self._mods.end_start(is_ready=False)
