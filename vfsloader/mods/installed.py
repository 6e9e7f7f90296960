"""The installed mods under one profile: which load, in which order, and what is wrong with the others.

Nothing here changes what the player chose. The manager does that.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from packaging.version import Version

from vfsloader.archives.layer import ArchiveLayer
from vfsloader.errors import UnknownModError
from vfsloader.layers.union import Mount
from vfsloader.mods import messages
from vfsloader.mods.library import Library
from vfsloader.mods.lint.check import Finding, Surroundings, check_mod
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.discovery import Mod
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.reorder import MoveRequest, reorder
from vfsloader.mods.solve.resolve import Resolution, resolve
from vfsloader.mods.state import Profile
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


class InstalledMods:
    """The mods in a folder under a profile.

    Parameters
    ----------
    folder, game_version, provides, new_mods, below, live, limits
        As for :class:`~vfsloader.ModManager`.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        game_version: str | None,
        provides: Mapping[str, str] | None,
        new_mods: Literal["enabled", "disabled"],
        below: Sequence[Mount],
        live: bool,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.folder = folder
        #: Grows each time the mods are resolved again.
        self.revision = 0
        self.profile = Profile()
        self._game_version = None if game_version is None else Version(game_version)
        self._provides = {mod: Version(version) for mod, version in (provides or {}).items()}
        self._new_mods = new_mods
        self._below = tuple(below)
        self._limits = limits
        self._library = Library(folder, live=live, limits=limits)
        self._manifests: dict[str, list[Manifest]] = {}
        self._resolution = Resolution((), ())

    def rescan(self) -> None:
        """Read the folder again. Call :meth:`use` afterwards, to resolve what is there now."""
        self._library.rescan()

    def use(self, profile: Profile) -> None:
        """Resolve the mods with a player's choice."""
        self.revision += 1
        self.profile = profile
        self._manifests = self._library.override_rules(profile.overrides)
        self._resolution = self.resolve(self.disabled())

    def close(self) -> None:
        """Close the mods' layers."""
        self._library.close()

    def __getitem__(self, mod: str) -> Mod:
        try:
            return self._library.usable_copy(mod, self._resolution.copy_index.get(mod, 0))[0]
        except KeyError:
            raise self._unknown(mod) from None

    @property
    def copies(self) -> dict[str, list[Mod]]:
        """By id, every copy of each mod, the newest first."""
        return self._library.copies

    @property
    def order(self) -> tuple[str, ...]:
        """The ids of the mods that load, lowest priority first."""
        return self._resolution.order

    def enabled(self) -> list[Mod]:
        """Return the mods that load, lowest priority first."""
        return [self[mod] for mod in self.order]

    def available(self) -> list[Mod]:
        """Return the used copy of each mod: first those that load, in load order, then the others."""
        sort_key = {mod: index for index, mod in enumerate((*self.order, *self.profile.order))}
        return [self[mod] for mod in sorted(self.copies, key=lambda mod: (sort_key.get(mod, len(sort_key)), mod))]

    def problems(self) -> list[Problem]:
        """Return what a player should know about the mods."""
        files = [found for mod in self.enabled() for found in _file_problems(mod)]
        return [*self._library.problems(self._resolution.copy_index), *self._resolution.problems, *files]

    def is_disabled(self, mod: str) -> bool:
        """Return whether a mod is disabled by the player, or because it is new and the game does not want new ones."""
        return mod in self.profile.disabled or (self._new_mods == "disabled" and mod not in self.profile.order)

    def disabled(self) -> frozenset[str]:
        """Return all disabled mods, including those that are no longer installed."""
        return self.profile.disabled | {mod for mod in self.copies if self.is_disabled(mod)}

    def resolve(self, disabled: Collection[str]) -> Resolution:
        """Resolve the mods as if just these were disabled."""
        return resolve(
            self._manifests,
            disabled=disabled,
            player_order=self.profile.order,
            game_version=self._game_version,
            provides=self._provides,
            limits=self._limits,
        )

    def player_order(self) -> tuple[str, ...]:
        """Return the player's order, followed by the mods that it does not name in the order in which they load."""
        return tuple(dict.fromkeys((*self.profile.order, *(mod.id for mod in self.available()))))

    def reordered(self, request: MoveRequest) -> tuple[str, ...]:
        """Return the player's order with a mod moved.

        Raises
        ------
        ModOrderError
            A rule of the mods forbids the move.
        """
        copy_index = self._resolution.copy_index
        live = {mod: self._library.usable_copy(mod, copy_index[mod])[1] for mod in self.order}
        return reorder(self.player_order(), live, request)

    def mounts(self) -> list[Mount]:
        """Return the game's own layers and those of the mods that load, lowest first."""
        return [*self._below, *(Mount(mod.id, mod.layer) for mod in self.enabled())]

    def check(self, mod: str | Path) -> list[Finding]:
        """Check an installed mod by its id, or any other by its path."""
        path, known = self._find(mod)
        order = self.order
        if known is not None and known.id in order:
            order = order[: order.index(known.id)]
        below = [*self._below, *(Mount(other, self[other].layer) for other in order)]
        manifests = (manifest for copies in self._manifests.values() for manifest in copies)
        ids = {*self.copies, *self._provides, *(other for manifest in manifests for other in manifest.provides)}
        findings = check_mod(path, Surroundings(below, sorted(ids)))
        for reported in self._resolution.problems:
            if known is not None and reported.mod == known.id and reported.kind == "soft_cycle":
                findings.append(Finding("order", path.name, "", reported.why))
        return findings

    def _find(self, mod: str | Path) -> tuple[Path, Mod | None]:
        """Find a mod by its id, its path or its file name, and one of its copies if it can be read."""
        if str(mod) in self.copies:
            return self[str(mod)].path, self[str(mod)]
        path = Path(mod)
        if path.exists():
            copies = (copy for copies in self.copies.values() for copy in copies)
            return path, next((copy for copy in copies if copy.path.absolute() == path.absolute()), None)
        if self.folder is not None and (self.folder / path).exists():
            return self.folder / path, None  # a mod that cannot be read has no id but its file's name
        raise self._unknown(str(mod))

    def _unknown(self, mod: str) -> UnknownModError:
        known = ", ".join(self.copies) or "none"
        near = difflib.get_close_matches(mod[:100], self.copies, 1)
        sentence = messages.UNKNOWN_MOD_NEAR if near else messages.UNKNOWN_MOD
        return UnknownModError(messages.fill(sentence, mod=mod, folder=self.folder, known=known, near="".join(near)))


def _file_problems(mod: Mod) -> Iterator[Problem]:
    """Yield what is wrong with single files of a mod that loads."""
    if mod.opened is None:
        return
    for path, reason in mod.opened.left_out.items():
        yield problem("damaged", mod.id, path=path, reason=reason)
    archive = mod.opened.layer
    if isinstance(archive, ArchiveLayer) and archive.left_out:
        names = [f"{plain(name, 100)} ({reason})" for name, reason in archive.left_out]
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        yield problem("left_out", mod.id, where=mod.path.name, reason=", ".join(names[:3]) + more)
