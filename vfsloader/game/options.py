"""The parameters of :class:`~vfsloader.ResourceManager` as types, for functions that pass them on.

With these, a type checker finds a misspelt parameter, and an editor completes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypedDict

from vfsloader import paths
from vfsloader.game.files import Language
from vfsloader.game.layers import Sources
from vfsloader.opening import Source

if TYPE_CHECKING:
    from vfsloader.game.safe_start import SafeMode
    from vfsloader.mods.declarations import Declarations


class ManagerOptions(TypedDict, total=False):
    """All parameters but the base and the mods folder."""

    dlc: Sources
    save: paths.RealPath | None
    profile: str | None
    watch: bool
    game_version: str | None
    provides: Mapping[str, str] | None
    new_mods: Literal["enabled", "disabled"]
    language: Language
    cache_bytes: int
    cache: paths.RealPath | None
    budget: Mapping[str, float] | None
    state_dir: paths.RealPath | None
    safe_mode: SafeMode
    declares: Declarations | None
    own_sources: Mapping[str, str] | None


class ConfigOptions(ManagerOptions, total=False):
    """All parameters."""

    base: Source
    mods: paths.RealPath | Iterable[paths.RealPath] | None
