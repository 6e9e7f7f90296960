"""The mods of a game: which there are, which are on, in which order, and what is wrong with the rest."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from packaging.version import Version

from vfsloader import paths
from vfsloader.errors import ConfigError, ModOrderError, UnknownModError
from vfsloader.merging import Merged
from vfsloader.mods.discovery import Mod
from vfsloader.mods.exchange import Difference, compare, content_digest, export_profile, read_profile
from vfsloader.mods.library import Library
from vfsloader.mods.lint import Finding, Surroundings, check_mod
from vfsloader.mods.manifest import Manifest
from vfsloader.mods.mending import mend
from vfsloader.mods.messages import Problem
from vfsloader.mods.moving import Wish, moved
from vfsloader.mods.overrides import Override, advise, find_overrides
from vfsloader.mods.planning import Plan, plan_disable, plan_enable
from vfsloader.mods.resolve import Resolution, resolve
from vfsloader.mods.state import FILE, Profile, State, load_state, save_state, write_whole
from vfsloader.mods.values import merge_problems, read_shared
from vfsloader.union import Mount


class ModManager:
    """The mods folder of a game.

    Switching a mod changes :attr:`enabled` at once and is kept in ``mods.json``; the game's tree follows
    at its next :meth:`ResourceManager.update`.

    Parameters
    ----------
    folder
        The mods folder; None for a game without mods. A missing folder holds none.
    game_version
        The game's version, for the mods' ``game_version``.
    provides
        Ids that the game itself brings, with their versions, so that mods can require them.
    new_mods
        Whether a mod that is found for the first time is ``"enabled"`` or ``"disabled"``.
    profile
        The profile to start with; None for the one used last.
    below
        The game's own layers, lowest first, for :meth:`overrides`.
    live
        Whether folders are looked at on each call; see :class:`~vfsloader.FolderLayer`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> for name in ("winter", "hud"):
    ...     pathlib.Path(folder.name, name).mkdir()
    >>> mods = ModManager(folder.name)
    >>> [mod.id for mod in mods.enabled]
    ['hud', 'winter']
    >>> mods.move("hud", after="winter")
    >>> mods.disable("winter")
    >>> [mod.id for mod in mods.enabled]
    ['hud']
    >>> folder.cleanup()
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
        self.rescan()

    # --- what there is -------------------------------------------------------------------------------

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
        >>> ModManager(None).overrides()
        {}
        """
        return {one.path: list(one.layers) for one in self.find_overrides()}

    def find_overrides(self) -> list[Override]:
        """Give the same as values that tell, too, which copies are the winner's byte for byte."""
        return find_overrides(self._mounts())

    def find_values(self) -> dict[str, Merged]:
        """Give each data file in which several layers have a part: its values, who set them, who overwrote whom.

        Whole files count too: a mod that replaces ``items.json`` sets every value that differs from what it was.

        Examples
        --------
        >>> ModManager(None).find_values()
        {}
        """
        return read_shared(self._mounts(), self.overrides())

    def advice(self) -> list[Problem]:
        """Give what a player might do better though nothing is wrong.

        A mod above another that overrides less; changes of data that came to nothing.
        """
        mods = set(self._resolution.order)
        told = merge_problems(self.find_values(), mods)
        for one in advise(self.find_overrides(), mods):
            try:
                self._moved(Wish(one.mod, one.other, one.mod))
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

    # --- choosing ------------------------------------------------------------------------------------

    def plan_enable(self, mod: str) -> Plan:
        """Tell what switching a mod on takes along: what it requires and is switched off.

        Returns
        -------
        Plan
            To be looked at, and handed to :meth:`apply`.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        _ = self[mod]
        return plan_enable(mod, self._disabled(), self._resolved)

    def plan_disable(self, mod: str) -> Plan:
        """Tell what switching a mod off takes along: what cannot load without it."""
        _ = self[mod]
        return plan_disable(mod, self._disabled(), self._resolved)

    def apply(self, plan: Plan) -> None:
        """Do what a plan says, as one change.

        Raises
        ------
        ValueError
            The plan does not reach what was asked for; nothing is changed.
        """
        if not plan.is_possible:
            raise ValueError(f"{plan.mod} cannot load: {plan.problems[0]}")
        disabled = (self._disabled() - set(plan.enable)) | set(plan.disable)
        self._choose(self._profile(disabled=disabled))

    def enable(self, mod: str) -> None:
        """Switch a mod on, and nothing else; see :meth:`plan_enable` for what it requires.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._switch(mod, on=True)

    def disable(self, mod: str) -> None:
        """Switch a mod off.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._switch(mod, on=False)

    def move(self, mod: str, *, before: str | None = None, after: str | None = None) -> None:
        """Put a mod elsewhere in the load order; what its rules demand is moved along with it.

        Parameters
        ----------
        mod
            The id.
        before, after
            The mod that it is to load before or after: one of the two.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ModOrderError
            A rule of the mods forbids it, and is named; nothing is changed.
        ValueError
            Not just one of `before` and `after` is given, or it is the mod itself.
        """
        target = before if before is not None else after
        if target is None or (before is not None and after is not None):
            raise ValueError("give the mod to move before or after, one of the two")
        if target == mod:
            raise ValueError(f"{mod} cannot be moved before or after itself")
        for one in (mod, target):
            _ = self[one]
        wish = Wish(mod, mod, target) if after is None else Wish(mod, target, mod)
        self._choose(self._profile(order=self._moved(wish)))

    def mend(self, mod: str, rules: Mapping[str, object] | None) -> None:
        """Read a mod's metadata as the player wants it: for rules that are too tight.

        Parameters
        ----------
        mod
            The id.
        rules
            For example ``{"-requires": ["snow-lib"]}`` or ``{"game_version": "*"}``; ``docs/mods.md`` has all keys.
            None: as the mod's author wrote it.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ValueError
            A rule is wrong.
        """
        mend(self[mod].manifest, rules or {})
        overrides = {one: its for one, its in self._state.profile.overrides.items() if one != mod}
        if rules:
            overrides[mod] = dict(rules)
        self._choose(self._profile(overrides=overrides))

    def use_profile(self, name: str) -> None:
        """Take another profile; one that does not exist yet starts as a copy of the present one."""
        present, profiles = self._state.profile, self.profiles
        self._state = State(name, profiles)
        self._choose(profiles.get(name, present))

    def copy_profile(self, name: str) -> None:
        """Keep the present choice under another name too; the present profile stays the one that counts.

        Raises
        ------
        ValueError
            There is a profile of this name.
        """
        if name in self.profiles:
            raise ValueError(f"there is a profile {name!r} already")
        self._save(State(self.profile, {**self.profiles, name: self._state.profile}))

    def delete_profile(self, name: str) -> None:
        """Forget a profile.

        Raises
        ------
        ValueError
            There is none, or it is the one that counts.
        """
        if name == self.profile:
            raise ValueError(f"{name!r} is the profile in use; use another one first")
        if name not in self.profiles:
            raise ValueError(f"there is no profile {name!r}; there are: {', '.join(sorted(self.profiles))}")
        self._save(State(self.profile, {other: one for other, one in self.profiles.items() if other != name}))

    def export_profile(self, file: paths.RealPath) -> None:
        """Write the enabled mods, with versions and digests, to a file that another player can import."""
        rows = [(mod.id, str(mod.version), content_digest(mod.layer)) for mod in self.enabled]
        write_whole(Path(file), export_profile(self.profile, rows))

    def import_profile(self, file: paths.RealPath, name: str | None = None) -> list[Difference]:
        """Take over another player's profile and make it the one that counts.

        Parameters
        ----------
        file
            What :meth:`export_profile` wrote.
        name
            What it is to be called here; the name that it has if left out.

        Returns
        -------
        list[Difference]
            How what is installed here differs from what that player had.

        Raises
        ------
        ConfigError
            The file is no profile.
        """
        try:
            data = json.loads(Path(file).read_bytes())
        except ValueError as error:
            raise ConfigError.at(str(file), f"{file} is no profile of vfsloader: {error}") from error
        given, wanted = read_profile(data, str(file))
        self._library.rescan()  # the report is about what is there now
        order = [mod for mod, _, _ in wanted]
        # Of several copies the one with which the other player played.
        overrides = {
            mod: {"version": f"=={version}"}
            for mod, version, _ in wanted
            if len({one.version for one in self._copies.get(mod, ())}) > 1
            and any(str(one.version) == version for one in self._copies[mod])
        }
        disabled = frozenset(self._copies) - {*order}
        self._state = State(name or given, self.profiles)
        self._choose(Profile((*order, *(mod for mod in self._copies if mod not in order)), disabled, overrides))
        installed = {mod.id: (str(mod.version), content_digest(mod.layer)) for mod in self.available}
        return compare(wanted, dict(sorted(installed.items())))

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

    @property
    def _copies(self) -> dict[str, list[Mod]]:
        return self._library.copies

    def _picture(self) -> tuple[object, ...]:
        return tuple(self.enabled), tuple(self.available), tuple(self.problems)

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

    def _switch(self, mod: str, *, on: bool) -> None:
        _ = self[mod]
        disabled = self._disabled()
        self._choose(self._profile(disabled=disabled - {mod} if on else disabled | {mod}))

    def _profile(self, **changes: Any) -> Profile:
        """Give the profile with all that is there written down, and some of it changed."""
        present = {"order": tuple(self._full_order()), "disabled": self._disabled()}
        return replace(self._state.profile, **{**present, **changes})

    def _moved(self, wish: Wish) -> tuple[str, ...]:
        places = self._resolution.places
        live = {one: self._library.copy(one, places[one])[1] for one in self._resolution.order}
        return moved(self._full_order(), live, wish)

    def _mounts(self) -> list[Mount]:
        return [*self._below, *(Mount(mod.id, mod.layer) for mod in self.enabled)]

    def _choose(self, profile: Profile) -> None:
        self._save(self._state.with_profile(profile))
        self._resolve()

    def _save(self, state: State) -> None:
        self._state = state
        if self.folder is not None:
            save_state(self.folder / FILE, state)

    def _resolve(self) -> None:
        self._manifests = self._library.mend(self._state.profile.overrides)
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
