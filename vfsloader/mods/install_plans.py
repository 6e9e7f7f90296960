"""What an installation would do, what it did, and what a search found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ModChange:
    """What an installation does to one mod."""

    mod: str
    old: str | None
    """The version before; None if it was not installed."""
    new: str | None
    """The version afterwards; None if it is removed."""
    size: int = 0
    """Bytes to download."""
    source: str = ""
    """Where it comes from."""

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.mod} {self.new}"
        return f"{self.mod} {self.old} -> {self.new}" if self.new else f"{self.mod} {self.old} is removed"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """A set of mods to install, before anything is done."""

    changes: tuple[ModChange, ...]
    asked: tuple[str, ...] = ()
    """The ids that were asked for. They are enabled afterwards."""
    notes: tuple[str, ...] = ()
    """What a player should know, as sentences."""
    details: Any = field(default=None, repr=False)
    """What the installer that made the plan needs to carry it out."""


@dataclass(frozen=True, slots=True)
class FoundMod:
    """A mod that a search found."""

    id: str
    name: str
    summary: str
    version: str
    """The newest version that may be installed; empty if all were withdrawn."""
    size: int
    tags: tuple[str, ...]
    source: str
    installed: str
    """The version that is installed; empty if there is none."""
