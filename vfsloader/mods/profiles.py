"""The profiles of :class:`~vfsloader.ModManager`: named choices among the mods."""

from __future__ import annotations

import abc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vfsloader import paths
from vfsloader.mods import messages
from vfsloader.mods.installed import InstalledMods
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.state import Profile, State, write_json
from vfsloader.runtime.budget import Limits

if TYPE_CHECKING:
    from vfsloader.mods.profile_files import Difference


class Profiles(abc.ABC):
    """Named choices among the mods, of which one is in use."""

    _installed: InstalledMods
    _limits: Limits
    _state: State

    @property
    @abc.abstractmethod
    def available(self) -> list[Mod]:
        """Every mod that can be read."""

    @property
    @abc.abstractmethod
    def enabled(self) -> list[Mod]:
        """The mods in use, in load order."""

    @abc.abstractmethod
    def _refuse_while_bisecting(self) -> None: ...

    @abc.abstractmethod
    def _use(self, state: State) -> None: ...

    @abc.abstractmethod
    def _save(self, state: State) -> None: ...

    @property
    def profiles(self) -> dict[str, Profile]:
        """The profiles by name."""
        return {**self._state.profiles, self.profile: self._state.profile}

    @property
    def profile(self) -> str:
        """The name of the profile in use."""
        return self._state.current

    def use_profile(self, name: str) -> None:
        """Switch to another profile. One that does not exist yet starts as a copy of the present one."""
        self._refuse_while_bisecting()
        profile = self.profiles.get(name, self._state.profile)
        self._use(replace(self._state, profiles=self.profiles).with_profile(profile, name))

    def copy_profile(self, name: str) -> None:
        """Store the present choice under another name as well. The present profile stays in use.

        Raises
        ------
        ValueError
            There is already a profile with this name.
        """
        if name in self.profiles:
            raise ValueError(messages.fill(messages.PROFILE_EXISTS, name=name))
        self._save(replace(self._state, profiles={**self.profiles, name: self._state.profile}))

    def delete_profile(self, name: str) -> None:
        """Delete a profile.

        Raises
        ------
        ValueError
            There is no such profile, or it is in use.
        """
        profiles = self.profiles
        if name == self.profile:
            raise ValueError(messages.fill(messages.PROFILE_IN_USE, name=name))
        if name not in profiles:
            raise ValueError(messages.fill(messages.UNKNOWN_PROFILE, name=name, known=", ".join(sorted(profiles))))
        del profiles[name]
        self._save(replace(self._state, profiles=profiles))

    def export_profile(self, file: paths.RealPath) -> None:
        """Write the enabled mods, with versions and digests, to a file that another player can import."""
        from vfsloader.mods.profile_files import describe, profile_data

        write_json(Path(file), profile_data(self.profile, [describe(mod, self._limits) for mod in self.enabled]))

    def import_profile(self, file: paths.RealPath, name: str | None = None) -> list[Difference]:
        """Import another player's profile and switch to it.

        Parameters
        ----------
        file
            A file that :meth:`export_profile` wrote.
        name
            The profile's name here. By default, the name that it has in the file.

        Returns
        -------
        list[Difference]
            How the mods installed here differ from those of the other player.

        Raises
        ------
        ConfigError
            The file is not a profile.
        """
        from vfsloader.mods.profile_files import compare, describe, read_profile
        from vfsloader.mods.sets import history

        self._refuse_while_bisecting()
        file_name, wanted = read_profile(Path(file).read_bytes(), str(file))
        self._installed.rescan()  # the report is about what is there now
        copies = self._installed.copies
        order = tuple(dict.fromkeys((*(row.id for row in wanted), *copies)))
        overrides = {}
        for row in wanted:
            # If there are several copies, use the one that the other player used.
            versions = {str(mod.version) for mod in copies.get(row.id, ())}
            if row.version in versions and len(versions) > 1:
                overrides[row.id] = {"version": f"=={row.version}"}
        profile = Profile(order, frozenset(copies) - {row.id for row in wanted}, overrides)
        name = name or file_name
        if name in self.profiles:
            profile = history.record(self.profiles[name], profile, messages.IMPORTED)
        self._use(replace(self._state, profiles=self.profiles).with_profile(profile, name))
        return compare(wanted, {mod.id: describe(mod, self._limits) for mod in self.available})
