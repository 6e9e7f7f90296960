"""The mods that are installed: which load, in which order, what is wrong with the rest, who overrides whom.

Nothing here changes what the player chose; that is the manager's business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from packaging.version import Version

from vfsloader import paths
from vfsloader.datamerge.merge import Merged
from vfsloader.errors import ModOrderError, UnknownModError
from vfsloader.layers.union import Mount
from vfsloader.mods.conflicts import Override, advise, find_overrides
from vfsloader.mods.library import Library
from vfsloader.mods.lint.check import Finding, Surroundings, check_mod
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.discovery import Mod
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.reorder import MoveRequest, moved
from vfsloader.mods.solve.resolve import Resolution, resolve
from vfsloader.mods.state import FILE, Profile, State, load_state
from vfsloader.mods.value_conflicts import merge_problems, read_shared


class InstalledMods:
    """The mods in a folder as the player's choice has them.

    The parameters are those of :class:`ModManager`.
    """

    def __init__(
        self,
        folder: paths.RealPath | None,
        *,
        game_version: str | None = None,
        provides: Mapping[str, str] | None = None,
        new_mods: Literal["enabled", "disabled"] = "enabled",
        profile: str | None = "default",
        below: Sequence[Mount] = (),
        live: bool = True,
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self._game_version = None if game_version is None else Version(game_version)
        self._provides = {mod: Version(version) for mod, version in (provides or {}).items()}
        self._new_mods = new_mods
        self._first_profile = profile
        self._below = tuple(below)
        self._state = State(profile or "default")
        self._library = Library(self.folder, live=live)
        self._damage: tuple[Problem, ...] = ()
        self._manifests: dict[str, list[Manifest]] = {}
        self._resolution = Resolution((), ())
        #: Grows whenever the mods are decided upon anew.
        self.revision = 0
        self.rescan()

    @property
    def available(self) -> list[Mod]:
        """Every mod that can be read, enabled or not: in load order, those left out after them.

        Of several copies of a mod only the one that counts; see :meth:`copies`.
        """
        places = {mod: place for place, mod in enumerate((*self._resolution.order, *self._state.profile.order))}
        return [self[mod] for mod in sorted(self._copies, key=lambda mod: (places.get(mod, len(places)), mod))]

    @property
    def enabled(self) -> list[Mod]:
        """The mods that load, in load order: the lowest priority first, the last one wins."""
        return [self[mod] for mod in self._resolution.order]

    @property
    def problems(self) -> list[Problem]:
        """What a player should know about mods that are left out, or that could do better."""
        return [*self._damage, *self._library.problems(self._resolution.places), *self._resolution.problems]

    @property
    def profiles(self) -> dict[str, Profile]:
        """The profiles by name."""
        return {**self._state.profiles, self._state.current: self._state.profile}

    @property
    def profile(self) -> str:
        """The name of the profile that counts."""
        return self._state.current

    @property
    def state_file(self) -> Path | None:
        """Where the player's choice is kept."""
        return None if self.folder is None else self.folder / FILE

    def is_disabled(self, mod: str) -> bool:
        """Tell whether the player switched a mod off, or it is new and the game wants new ones off."""
        profile = self._state.profile
        return mod in profile.disabled or (self._new_mods == "disabled" and mod not in profile.order)

    def __getitem__(self, mod: str) -> Mod:
        try:
            return self._library.copy(mod, self._resolution.places.get(mod, 0))[0]
        except KeyError:
            raise UnknownModError(self._unknown(mod)) from None

    def copies(self, mod: str) -> list[Mod]:
        """Give every copy of a mod that was found, the newest first.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        _ = self[mod]
        return list(self._copies[mod])

    def overrides(self) -> dict[str, list[str]]:
        """Give each path that more than one layer has, with the layers' names, the winner last.

        Examples
        --------
        >>> InstalledMods(None).overrides()
        {}
        """
        return {one.path: list(one.layers) for one in self.find_overrides()}

    def find_overrides(self) -> list[Override]:
        """Give the same as values that tell, too, which copies are the winner's byte for byte."""
        return find_overrides(self._mounts())

    def find_values(self, found: Sequence[Override] | None = None) -> dict[str, Merged]:
        """Give each data file in which several layers have a part: its values, who set them, who overwrote whom.

        Whole files count too: a mod that replaces ``items.json`` sets every value that differs from what it was.

        Parameters
        ----------
        found
            What :meth:`find_overrides` gave, where that has just been asked: it looks through all layers.

        Examples
        --------
        >>> InstalledMods(None).find_values()
        {}
        """
        found = self.find_overrides() if found is None else found
        return read_shared(self._mounts(), [one.path for one in found])

    def advice(
        self, found: Sequence[Override] | None = None, values: Mapping[str, Merged] | None = None
    ) -> list[Problem]:
        """Give what a player might do better though nothing is wrong.

        A mod above another that overrides less; changes of data that came to nothing.

        Parameters
        ----------
        found, values
            What :meth:`find_overrides` and :meth:`find_values` gave, where they have just been asked.
        """
        mods = set(self._resolution.order)
        found = self.find_overrides() if found is None else found
        told = merge_problems(self.find_values(found) if values is None else values, mods)
        for one in advise(found, mods):
            try:
                self._moved(MoveRequest(one.mod, one.other, one.mod))
            except ModOrderError:
                continue  # the mods' own rules want it as it is
            told.append(one)
        return told

    def check(self, mod: str | Path) -> list[Finding]:
        """Look for what an author should mend in a mod.

        Parameters
        ----------
        mod
            The id of one that is installed, or the path of any other: a folder, zip or pack.

        Raises
        ------
        UnknownModError
            There is neither such a mod nor such a file.
        """
        path = Path(mod)
        found = next((copies[0] for one, copies in self._copies.items() if one == str(mod)), None)
        if found is not None:
            path = self[str(mod)].path
        elif self.folder is not None and not path.exists() and (self.folder / path).exists():
            path = self.folder / path  # one that cannot be read has no id but the name of its file
        elif not path.exists():
            raise UnknownModError(self._unknown(str(mod)))
        else:
            found = next((one for copies in self._copies.values() for one in copies if _is_same(one.path, path)), None)
        order = self._resolution.order
        at = order.index(found.id) if found is not None and found.id in order else len(order)
        below = [*self._below, *(Mount(one, self[one].layer) for one in order[:at])]
        ids = {*self._copies, *self._provides}
        ids.update(other for copies in self._manifests.values() for one in copies for other in one.provides)
        told = check_mod(path, Surroundings(below, sorted(ids)))
        for one in self._resolution.problems:
            if found is not None and one.mod == found.id and one.kind == "soft_cycle":
                told.append(Finding("order", path.name, "", one.why))
        return told

    def rescan(self) -> bool:
        """Look at the folder and at ``mods.json`` anew; tell whether anything about the mods changed."""
        if self.folder is None:
            return False
        before = self._picture()
        state, damage = load_state(self.folder / FILE)
        if state is not None:
            self._state = state
            if self._first_profile is not None:
                self._state = replace(state, current=self._first_profile)
        self._first_profile = None
        self._damage = (damage,) if damage else ()
        self._library.rescan()
        self._resolve()
        return self._picture() != before

    def close(self) -> None:
        """Close the mods' layers."""
        self._library.close()

    # --- inside --------------------------------------------------------------------------------------

    def _picture(self) -> tuple[object, ...]:
        return tuple(self.enabled), tuple(self.available), tuple(self.problems)

    @property
    def _copies(self) -> dict[str, list[Mod]]:
        return self._library.copies

    def _disabled(self) -> frozenset[str]:
        vanished = self._state.profile.disabled - self._copies.keys()
        return frozenset(mod for mod in self._copies if self.is_disabled(mod)) | vanished

    def _full_order(self) -> list[str]:
        """Give the player's order with the mods that he has not placed yet where they load now."""
        order = list(self._state.profile.order)
        placed = set(order)
        for mod in self.available:
            if mod.id not in placed:
                order.append(mod.id)
        return order

    def _moved(self, wish: MoveRequest) -> tuple[str, ...]:
        places = self._resolution.places
        live = {one: self._library.copy(one, places[one])[1] for one in self._resolution.order}
        return moved(self._full_order(), live, wish)

    def _mounts(self) -> list[Mount]:
        return [*self._below, *(Mount(mod.id, mod.layer) for mod in self.enabled)]

    def _resolve(self) -> None:
        self.revision += 1
        self._manifests = self._library.override_rules(self._state.profile.overrides)
        self._resolution = self._resolved(self._disabled())

    def _resolved(self, disabled: Collection[str]) -> Resolution:
        return resolve(
            self._manifests,
            disabled=disabled,
            player_order=self._state.profile.order,
            game_version=self._game_version,
            provides=self._provides,
        )

    def _unknown(self, mod: str) -> str:
        known = ", ".join(self._copies) or "none"
        return f"there is no mod {mod!r} in {self.folder}; there are: {known}"


def _is_same(one: Path, other: Path) -> bool:
    return one.absolute() == other.absolute()
