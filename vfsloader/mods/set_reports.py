"""What :class:`~vfsloader.ModManager` finds out about its mods: what they override and where they clash."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vfsloader import paths
from vfsloader.errors import ModOrderError
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.installed import InstalledMods
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.runtime.budget import Limits

if TYPE_CHECKING:
    from vfsloader.datamerge.merge import Merged
    from vfsloader.mods.conflicts import Override, Standing
    from vfsloader.mods.data_changes import FileConflict
    from vfsloader.mods.edit_changes import EditChanges
    from vfsloader.mods.explain import Explanation
    from vfsloader.mods.lint.check import Finding
    from vfsloader.mods.lint.edits import EditPictures


class SetReports(abc.ABC):
    """What the mods do to each other and to the game; nothing here changes them."""

    #: What the game declares about its data and its context; tools compare mods with it.
    declarations: Declarations
    _installed: InstalledMods
    _limits: Limits

    @property
    @abc.abstractmethod
    def available(self) -> list[Mod]:
        """Every mod that can be read."""

    @abc.abstractmethod
    def _need(self, mod: str) -> None:
        """Raise UnknownModError if there is no such mod."""

    def overrides(self) -> dict[str, list[str]]:
        """Return each path that more than one layer has, with the layers' names, the winner last.

        Examples
        --------
        >>> from vfsloader import ModManager
        >>> ModManager(None).overrides()
        {}
        """
        return {override.path: list(override.layers) for override in self.find_overrides()}

    def find_overrides(self) -> list[Override]:
        """Return each path that more than one layer has, and which copies have exactly the winner's bytes."""
        from vfsloader.mods.conflicts import find_overrides

        return find_overrides(self._installed.mounts(), self._limits)

    def standings(self) -> dict[str, Standing]:
        """Return by layer what it wins, loses and shares, and what it changes in data files.

        Examples
        --------
        >>> from vfsloader import ModManager
        >>> ModManager(None).standings()
        {}
        """
        from vfsloader.mods.conflicts import standings

        found = self.find_overrides()
        return standings(found, self.find_values(found), self.find_edits())

    def conflicts(
        self,
        found: Sequence[Override] | None = None,
        values: Mapping[str, Merged] | None = None,
        edits: EditChanges | None = None,
    ) -> list[FileConflict]:
        """Return the files, values of data files, and places of pictures, maps and texts that mods want to differ.

        Mods that change different values of one file do not conflict.

        Parameters
        ----------
        found, values, edits
            The results of :meth:`find_overrides`, :meth:`find_values` and :meth:`find_edits`, if you have just called
            them.
        """
        from vfsloader.mods.data_changes import find_conflicts

        found = self.find_overrides() if found is None else found
        values = self.find_values(found) if values is None else values
        edits = self.find_edits() if edits is None else edits
        return find_conflicts(found, values, self._installed.order, edits.conflicts)

    def explain(self, path: paths.PathLike) -> Explanation:
        """Return every layer with a part in a path, and what that part does.

        Parameters
        ----------
        path
            The file.
        """
        from vfsloader.mods.explain import explain

        return explain(self._installed.mounts(), paths.normalise(path), self._limits)

    def find_values(self, found: Sequence[Override] | None = None) -> dict[str, Merged]:
        """Return each data file that several layers have or change: its values, and who set and overwrote them.

        Whole files count too: a mod that replaces ``items.json`` sets every value that differs from before.

        Parameters
        ----------
        found
            The result of :meth:`find_overrides`, if you have just called it. It reads all layers.

        Examples
        --------
        >>> from vfsloader import ModManager
        >>> ModManager(None).find_values()
        {}
        """
        from vfsloader.mods.conflicts import read_shared

        found = self.find_overrides() if found is None else found
        return read_shared(self._installed.mounts(), [override.path for override in found], self._limits)

    def find_edits(self) -> EditChanges:
        """Return what the layers change in parts of pictures, maps, XML files and texts, and where two of them clash.

        Examples
        --------
        >>> from vfsloader import ModManager
        >>> ModManager(None).find_edits().conflicts
        ()
        """
        from vfsloader.mods.edit_changes import find_edit_changes

        return find_edit_changes(self._installed.mounts(), self._limits)

    def advice(
        self,
        found: Sequence[Override] | None = None,
        values: Mapping[str, Merged] | None = None,
        edits: EditChanges | None = None,
    ) -> list[Problem]:
        """Return what a player could improve although nothing is wrong.

        That is a mod above another that overrides less, changes to data, pictures and maps that have no effect, and
        places that two mods change differently.

        Parameters
        ----------
        found, values, edits
            The results of :meth:`find_overrides`, :meth:`find_values` and :meth:`find_edits`, if you have just called
            them.
        """
        from vfsloader.mods.conflicts import advise, advise_on_clashes, edit_problems, merge_problems
        from vfsloader.mods.data_changes import find_conflicts
        from vfsloader.mods.solve.reorder import MoveRequest

        mods = set(self._installed.order)
        found = self.find_overrides() if found is None else found
        values = self.find_values(found) if values is None else values
        edits = self.find_edits() if edits is None else edits
        problems = [*merge_problems(values, mods), *edit_problems(edits, mods)]
        clashes = find_conflicts(found, values, self._installed.order, edits.conflicts)
        for advice in [*advise(found, mods), *advise_on_clashes(clashes, values)]:
            try:
                self._installed.reordered(MoveRequest(advice.mod, advice.other, advice.mod))
            except ModOrderError:
                continue  # the mods' own rules ask for the present order
            problems.append(advice)
        return problems

    def hints(self, mod: str) -> list[Problem]:
        """Return all that :meth:`check` finds in an installed mod, in the form of problems.

        Parameters
        ----------
        mod
            The id. All files of the mod are read.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._need(mod)
        return [problem("hint", mod, reason=finding) for finding in self.check(mod) if not finding.is_note]

    def check(self, mod: str | Path) -> list[Finding]:
        """Return what an author should fix in a mod.

        Parameters
        ----------
        mod
            The id of an installed mod, or the path of any other: a folder, zip or pack.

        Raises
        ------
        UnknownModError
            There is neither such a mod nor such a file.
        """
        return self._installed.check(mod, self.declarations)

    def draw_edits(self, mod: str | Path) -> Iterator[EditPictures]:
        """Yield what a mod's edits of pictures do: each picture before and after them, and where both differ.

        Parameters
        ----------
        mod
            As for :meth:`check`. All parts of the mod count, and all conditions hold.

        Raises
        ------
        UnknownModError
            There is neither such a mod nor such a file.
        MissingExtraError
            Neither Pillow nor pygame is installed.
        """
        return self._installed.draw_edits(mod)

    def check_all(self) -> dict[str, list[Finding]]:
        """Check everything in the mods folders: the mods by id, and what cannot be used as a mod by its name."""
        unusable = {found.mod for found in self._installed.unusable()}
        return {name: self.check(name) for name in (*(mod.id for mod in self.available), *sorted(unusable))}
