"""Every copy of every mod in the mods folder, with its manifest as the player's overrides change it."""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from vfsloader.errors import VFSError
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.catalog import Catalog
from vfsloader.mods.metadata.discovery import discover
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.mod import Mod, stamp_of
from vfsloader.mods.metadata.mod_opening import open_archive
from vfsloader.mods.metadata.rule_overrides import override_rules, wanted_copies
from vfsloader.mods.replaced import ReplacedMods
from vfsloader.mods.solve.versions import fits
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.held_files import is_at, on_release


class Library:
    """The copies of each mod in the mods folders, the preferred first.

    Parameters
    ----------
    folders
        The mods folders. Copies in a later one come before those in an earlier one.
    live
        Whether folders check the disk on each call; see :class:`~vfsloader.FolderLayer`.
    limits
        What reading a file of a mod may cost.
    game
        Returns the names at the top of the game's own tree.
    catalog
        The file that keeps what the folders said at the last start; None: none does.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        live: bool,
        limits: Limits = DEFAULT_LIMITS,
        game: Callable[[], Collection[str]] = tuple,
        catalog: Path | None = None,
    ) -> None:
        self.folders = tuple(folders)
        self._starts = [(folder, f"{folder}{os.sep}") for folder in self.folders]
        self.copies: dict[str, list[Mod]] = {}
        self._live = live
        self._limits = limits
        self._game = game
        self._catalog = Catalog(catalog)
        self._usable: dict[str, list[tuple[Mod, Manifest]]] = {}
        self._replaced = ReplacedMods()
        #: Mods that were opened before they are found.
        self._expected: Sequence[Mod] = ()
        #: What cannot be used as a mod, and why.
        self.discovery_problems: tuple[Problem, ...] = ()
        self._override_problems: tuple[Problem, ...] = ()
        #: The overrides that were applied last, and the result.
        self._overridden: tuple[Mapping[str, Mapping[str, object]], dict[str, list[Manifest]]] | None = None
        on_release(self.release)

    def rescan(self) -> None:
        """Read the folders again."""
        if not self.folders:
            return
        known, self._expected = [*self._all(), *self._expected], ()
        if not self._live:
            for mod in known:
                mod.refresh()
        game = functools.cache(self._game)  # listed once for all mods, and again at the next scan
        discovery = discover(
            self.folders, known, live=self._live, limits=self._limits, game=game, catalog=self._catalog
        )
        # The game may still read from a replaced mod, so its layer is closed by `close_unused`, not now.
        self._replaced.add(mod for mod in known if mod not in discovery.mods.get(mod.id, ()))
        self.copies = discovery.mods
        self._overridden = None
        self.discovery_problems = discovery.problems

    def open_ahead(self, file: Path, target: Path) -> list[Mod]:
        """Open the mods in an archive that will be found at another path, on any thread; none if it cannot be used."""
        try:
            stamp = stamp_of(str(file))
            return open_archive(str(target), target.name, stamp, self._game(), self._limits, str(file))[0]
        except (VFSError, OSError):  # the scan that finds it reports why
            return []

    def expect(self, mods: Sequence[Mod]) -> None:
        """Use mods that were opened ahead, if the next :meth:`rescan` finds just these files."""
        self._expected = tuple(mods)

    def override_rules(self, overrides: Mapping[str, Mapping[str, object]]) -> dict[str, list[Manifest]]:
        """Apply the player's overrides, and return the manifests of all copies that may be used.

        Wrong overrides become a problem, and the mod keeps its own rules.
        """
        if self._overridden is not None and self._overridden[0] == overrides:
            return self._overridden[1]
        problems = []
        self._usable = {}
        for mod, copies in self.copies.items():
            usable = [(found, found.manifest) for found in copies]
            if rules := overrides.get(mod):
                try:
                    usable = _overridden(mod, copies, rules)
                except ValueError as error:
                    problems.append(problem("override", mod, reason=error))
            self._usable[mod] = usable
        self._override_problems = tuple(problems)
        usable_manifests = {mod: [manifest for _, manifest in usable] for mod, usable in self._usable.items()}
        self._overridden = copy.deepcopy(dict(overrides)), usable_manifests
        return usable_manifests

    def usable_copy(self, mod: str, index: int) -> tuple[Mod, Manifest]:
        """Return one of the copies that may be used, with its manifest after the player's overrides.

        Raises
        ------
        KeyError
            There is no such mod.
        """
        return self._usable[mod][index]

    def used_copies(self, order: Iterable[str], copy_index: Mapping[str, int]) -> list[Mod]:
        """Return the copies that are used of some mods.

        Parameters
        ----------
        order
            The ids.
        copy_index
            By id, the index of the copy that is used.
        """
        usable = self._usable
        return [usable[mod][copy_index.get(mod, 0)][0] for mod in order]

    def problems(self, copy_index: Mapping[str, int]) -> list[Problem]:
        """Return what is wrong with the files, and which copies are not used.

        Parameters
        ----------
        copy_index
            By id, the index of the copy that is used.
        """
        problems = [*self.discovery_problems, *self._override_problems]
        for mod, copies in self.copies.items():
            used, _ = self.usable_copy(mod, copy_index.get(mod, 0))
            for unused in copies:
                if unused is not used:
                    folder, other_folder = self.folder_of(unused), self.folder_of(used)
                    is_twice = unused.version == used.version and folder == other_folder
                    kind = "duplicate" if is_twice else "unused_copy"
                    where, other = unused.file, used.file
                    if folder == other_folder:
                        where, other = where[len(str(folder)) + 1 :], other[len(str(folder)) + 1 :]
                    problems.append(
                        problem(kind, mod, where=where, other=other, version=unused.version, found=used.version)
                    )
        return problems

    def folder_of(self, mod: Mod) -> Path:
        """Return the mods folder that a mod is in."""
        return next(folder for folder, start in self._starts if mod.real_path.startswith(start))

    def release(self, path: str) -> None:
        """Close the mods at a path of the disk, which is about to be replaced or deleted."""
        for mod in self._all():
            if is_at(mod.real_path, path):
                mod.close()
        self._replaced.release(path)

    def close_unused(self) -> None:
        """Close the mods that were replaced and from which nothing reads any more."""
        if self._replaced:
            self._replaced.close_unused(self._all())

    def close(self) -> None:
        """Close the layers of all mods, including those that were replaced."""
        for mod in self._all():
            mod.close()
        self._replaced.close()

    def _all(self) -> list[Mod]:
        return [mod for copies in self.copies.values() for mod in copies]


def _overridden(mod: str, copies: list[Mod], rules: Mapping[str, object]) -> list[tuple[Mod, Manifest]]:
    versions = wanted_copies(rules)
    usable = [(found, override_rules(found.manifest, rules)) for found in copies if fits(versions, found.version)]
    if not usable:
        raise ValueError(messages.fill(messages.NO_WANTED_COPY, mod=mod, versions=versions))
    return usable
