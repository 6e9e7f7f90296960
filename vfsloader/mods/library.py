"""The mods that are installed: every copy of each, with its manifest as the player wants it read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.discovery import Mod, discover
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.rule_overrides import override_rules, wanted_copies


class Library:
    """The copies of each mod in a mods folder, the newest first.

    Parameters
    ----------
    folder
        The mods folder.
    live
        Whether folders are looked at on each call; see :class:`~vfsloader.FolderLayer`.
    """

    def __init__(self, folder: Path | None, *, live: bool) -> None:
        self.folder = folder
        self.copies: dict[str, list[Mod]] = {}
        self._live = live
        self._usable: dict[str, list[tuple[Mod, Manifest]]] = {}
        self._replaced: list[Mod] = []
        self._finding: tuple[Problem, ...] = ()
        self._mending: tuple[Problem, ...] = ()

    def rescan(self) -> None:
        """Look at the folder anew."""
        if self.folder is None:
            return
        known = self._all()
        found = discover(self.folder, known, live=self._live)
        # A game may still read a mod that was replaced: its layer is closed with the library, not now.
        self._replaced += [mod for mod in known if mod not in found.mods.get(mod.id, ())]
        self.copies = found.mods
        self._finding = found.problems

    def override_rules(self, overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Manifest]]:
        """Give the manifests of all copies that may be used, read as the player wants.

        What he mended wrongly becomes a problem, and is read as its author wrote it.
        """
        problems = []
        self._usable = {}
        for mod, copies in self.copies.items():
            as_written = [(one, one.manifest) for one in copies]
            usable = as_written
            if rules := overrides.get(mod):
                try:
                    usable = _mended(mod, as_written, rules)
                except ValueError as error:
                    problems.append(problem("override", mod, reason=error))
            self._usable[mod] = usable
        self._mending = tuple(problems)
        return {mod: [manifest for _, manifest in usable] for mod, usable in self._usable.items()}

    def copy(self, mod: str, place: int) -> tuple[Mod, Manifest]:
        """Give one of the copies that :meth:`override_rules` gave, with its manifest as it is to be read.

        Raises
        ------
        KeyError
            There is no such mod.
        """
        return self._usable[mod][place]

    def problems(self, places: Mapping[str, int]) -> list[Problem]:
        """Tell what is wrong with the files, and which copies are not used.

        Parameters
        ----------
        places
            Of each id the place of the copy that counts.
        """
        told = [*self._finding, *self._mending]
        for mod, copies in self.copies.items():
            used, _ = self.copy(mod, places.get(mod, 0))
            for one in copies:
                if one is not used:
                    kind = "duplicate" if one.version == used.version else "unused_copy"
                    where, other = (os.path.relpath(two.path, self.folder) for two in (one, used))
                    told.append(problem(kind, mod, where=where, other=other, version=one.version, found=used.version))
        return told

    def close(self) -> None:
        """Close the layers of all mods, those that were replaced too."""
        for mod in (*self._all(), *self._replaced):
            mod.close()

    def _all(self) -> list[Mod]:
        return [mod for copies in self.copies.values() for mod in copies]


def _mended(mod: str, copies: list[tuple[Mod, Manifest]], rules: Mapping[str, Any]) -> list[tuple[Mod, Manifest]]:
    wanted = wanted_copies(rules)
    usable = [(one, manifest) for one, manifest in copies if wanted.contains(one.version, prereleases=True)]
    if not usable:
        raise ValueError(f"version: no copy of {mod} is {wanted}")
    return [(one, override_rules(manifest, rules)) for one, manifest in usable]
