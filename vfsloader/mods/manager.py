"""The mods of a game and the player's choice among them: on or off, in which order, in which profile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.errors import ConfigError
from vfsloader.mods.installed import InstalledMods
from vfsloader.mods.metadata.rule_overrides import override_rules
from vfsloader.mods.profile_files import Difference, compare, content_digest, export_profile, read_profile
from vfsloader.mods.solve.plan import Plan, plan_disable, plan_enable
from vfsloader.mods.solve.reorder import MoveRequest
from vfsloader.mods.state import FILE, Profile, State, save_state, write_whole


class ModManager(InstalledMods):
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
        wish = MoveRequest(mod, mod, target) if after is None else MoveRequest(mod, target, mod)
        self._choose(self._profile(order=self._moved(wish)))

    def override_rules(self, mod: str, rules: Mapping[str, object] | None) -> None:
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
        override_rules(self[mod].manifest, rules or {})
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

    # --- inside --------------------------------------------------------------------------------------

    def _switch(self, mod: str, *, on: bool) -> None:
        _ = self[mod]
        disabled = self._disabled()
        self._choose(self._profile(disabled=disabled - {mod} if on else disabled | {mod}))

    def _profile(self, **changes: Any) -> Profile:
        """Give the profile with all that is there written down, and some of it changed."""
        present = {"order": tuple(self._full_order()), "disabled": self._disabled()}
        return replace(self._state.profile, **{**present, **changes})

    def _choose(self, profile: Profile) -> None:
        self._save(self._state.with_profile(profile))
        self._resolve()

    def _save(self, state: State) -> None:
        self._state = state
        if self.folder is not None:
            save_state(self.folder / FILE, state)
