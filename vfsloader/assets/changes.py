"""What an update reports to the game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Change:
    """A path in use whose content changed since the last update."""

    path: str
    kind: Literal["changed", "added", "removed", "failed"]
    layer: str | None = None
    """The name of the layer that provides it now."""
    error: str | None = None
    """Why the new content could not be used; the last good resource stays."""
    resources: tuple[Any, ...] = ()
    """The resources made of the path, brought up to date."""
