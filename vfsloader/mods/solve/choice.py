"""Which copy of each mod is used: most players have one of each, for whom nothing has to be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopyConflict:
    """Why a mod stays out, whichever copies are chosen."""

    others: tuple[str, ...]
    """Earlier mods that it cannot load together with."""
    about: tuple[str, ...]
    """The mods with several copies that are involved."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One copy of each mod."""

    copy_index: Mapping[str, int]
    """By id, the index of the chosen copy."""
    conflicts: Mapping[str, CopyConflict]
    """By the id of the mod that stays out."""
    untried: tuple[str, ...] = ()
    """Mods with several copies whose combinations were too many to try: the newest that fits the game is used."""
