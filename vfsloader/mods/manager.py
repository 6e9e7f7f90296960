"""The mods of a game and the player's choice among them: which are enabled, in which order, in which profile."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vfsloader import paths
from vfsloader.errors import OptionError
from vfsloader.layers.union import Mount
from vfsloader.mods import messages
from vfsloader.mods.choices import PartState
from vfsloader.mods.conditions import Scalar, same_scalar
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.installed import InstalledMods
from vfsloader.mods.joining import JOINED_VARIABLE, PlaysTogether
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.catalog import FILE as CATALOG
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.pins import Pins
from vfsloader.mods.places import folder_problems, mods_folders, writable_folder
from vfsloader.mods.profiles import Profiles
from vfsloader.mods.set_reports import SetReports
from vfsloader.mods.sets.contents import ContentDigests
from vfsloader.mods.state import State
from vfsloader.mods.state_file import StateFile
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from vfsloader.mods.options import Option
    from vfsloader.mods.solve.plan import Plan

#: The id of a mod, the path of a file that is not used, and the reason.
UnusedFile = tuple[str, str, str]


class ModManager(PlaysTogether, Pins, SetReports, Profiles):
    """The mods folder of a game.

    Enabling or disabling a mod changes :attr:`enabled` at once and is stored in ``mods.json``. The game's tree follows
    at its next :meth:`ResourceManager.update`. Where ``mods.json`` cannot be written, because the disk is full, each
    change raises a :class:`~vfsloader.errors.PathError`, and nothing is changed.

    Parameters
    ----------
    folder
        The mods folder, or several, or None for a game without mods. One that is missing has no mods. Of several copies
        of one mod, that in the last folder is used.
    game_version
        The game's version, compared with the mods' ``game_version``.
    provides
        Ids that the game itself provides, with their versions, so that mods can require them.
    new_mods
        Whether a mod that is found for the first time is ``"enabled"`` or ``"disabled"``.
    profile
        The profile to start with, or None for the one used last.
    below
        The game's own layers, lowest first, for :meth:`overrides`.
    live
        Whether folders check the disk on each call; see :class:`~vfsloader.FolderLayer`.
    limits
        What reading, merging and choosing mods may cost.
    state_dir
        The folder for ``mods.json``. By default, the last mods folder that can be written; if there is none, a folder
        of the user's own data.

    Attributes
    ----------
    folders
        The mods folders.

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
        folder: paths.RealPath | Iterable[paths.RealPath] | None,
        *,
        game_version: str | None = None,
        provides: Mapping[str, str] | None = None,
        new_mods: Literal["enabled", "disabled"] = "enabled",
        profile: str | None = "default",
        below: Sequence[Mount] = (),
        live: bool = True,
        limits: Limits = DEFAULT_LIMITS,
        state_dir: paths.RealPath | None = None,
    ) -> None:
        self.folders = mods_folders(folder)
        self._state_file = StateFile(self.folders, None if state_dir is None else Path(state_dir))
        self._installed = InstalledMods(
            self.folders,
            game_version=game_version,
            provides=provides,
            new_mods=new_mods,
            below=below,
            live=live,
            limits=limits,
            catalog=self._state_file.beside(CATALOG),
        )
        #: What the game declares about its data and its context; tools compare mods with it.
        self.declarations = Declarations()
        self._limits = limits
        self._game_version = game_version
        self._contents = ContentDigests(limits, self._state_file.file_of_digests)
        self._unused: dict[str, Callable[[], Iterable[UnusedFile]]] = {}
        self._state = State(profile or "default")
        self._first_profile = profile
        self._damage: Problem | None = None
        self._of_the_game: list[Problem] = []
        self._folder_problems: list[Problem] = []
        self.rescan()
        self.show_joined_of(os.environ.get(JOINED_VARIABLE))

    # --- what is there -------------------------------------------------------------------------------

    @property
    def available(self) -> list[Mod]:
        """Every mod that can be read: first the enabled ones in load order, then the others.

        If there are several copies of a mod, only the one that is used; see :meth:`copies`.
        """
        return self._installed.available()

    @property
    def enabled(self) -> list[Mod]:
        """The mods that load, lowest priority first: the last one wins."""
        return self._installed.enabled()

    @property
    def problems(self) -> list[Problem]:
        """Why mods are left out, and what else a player should know about them."""
        unused = [
            problem(kind, mod, path=path, reason=reason)
            for kind, now in self._unused.items()
            for mod, path, reason in now()
            if mod in self._installed.order
        ]
        return [*self._folder_problems, *self._of_the_choice(), *self._installed.layout_problems(), *unused]

    def _of_the_choice(self) -> list[Problem]:
        """Return the problems that are known without listing the mods' files."""
        return [
            *self._of_the_game,
            *([self._damage] if self._damage else ()),
            *self._installed.problems(),
        ]

    def report(self, found: Problem) -> None:
        """Count what the running game met on its way among the problems, until it ends."""
        self._of_the_game.append(found)

    def report_unused(self, kind: str, unused: Callable[[], Iterable[UnusedFile]]) -> None:
        """Count files and changes that the running game does not use among the problems.

        Parameters
        ----------
        kind
            The kind of problem: ``"undecoded"``, ``"edit"`` or ``"refused"``.
        unused
            Returns what is not used now: the mod's id, the path, and the reason.
        """
        self._unused[kind] = unused

    @property
    def revision(self) -> int:
        """A number that grows each time the mods are resolved again."""
        return self._installed.revision

    @property
    def folder(self) -> Path | None:
        """The mods folder that new mods belong into: the last one that can be written."""
        return writable_folder(self.folders)

    @property
    def limits(self) -> Limits:
        """What a mod's files may cost."""
        return self._limits

    @property
    def state_file(self) -> Path | None:
        """The file that stores the player's choice."""
        return self._state_file.path

    def __repr__(self) -> str:
        folder = None if self.folder is None else str(self.folder)
        enabled = [mod.id for mod in self.enabled]
        return f"ModManager({folder!r}, enabled={enabled}, problems={len(self.problems)})"

    def __getitem__(self, mod: str) -> Mod:
        return self._installed[mod]

    def is_disabled(self, mod: str) -> bool:
        """Return whether a mod is disabled by the player, or because it is new and the game does not want new ones."""
        return self._installed.is_disabled(mod)

    def copies(self, mod: str) -> list[Mod]:
        """Return every copy of a mod, the newest first.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._need(mod)
        return list(self._installed.copies[mod])

    def rescan(self) -> bool:
        """Read the folders and ``mods.json`` again, and return whether anything about the mods changed."""
        if self.state_file is None:
            return False
        before = self._snapshot()
        self._folder_problems = folder_problems(self.folders)
        self._load_state()
        self._installed.rescan()
        self._installed.use(self._trial or self._state.profile)
        return self._snapshot() != before

    def open_ahead(self, file: Path, target: Path) -> list[Mod]:
        """Open the mods in an archive that will be found at another path, on any thread: see :meth:`expect`."""
        return self._installed.open_ahead(file, target)

    def expect(self, mods: Sequence[Mod]) -> None:
        """Use mods that were opened ahead, if the next :meth:`rescan` finds just these files."""
        self._installed.expect(mods)

    @contextlib.contextmanager
    def quick_saves(self) -> Iterator[Callable[[], object]]:
        """Write choices without waiting for the disk. Yields what waits for it: call that on a thread."""
        with self._state_file.quick() as sync:
            yield sync

    def reload(self) -> bool:
        """Read only ``mods.json`` again, and return whether anything about the mods changed."""
        before = self._snapshot()
        self._load_state()
        self._installed.use(self._trial or self._state.profile)
        return self._snapshot() != before

    def _load_state(self) -> None:
        state, damage = self._state_file.load()
        if (
            state is not None or damage is not None
        ):  # a damaged file was set aside: there is none now, and it still counts
            self._damage = damage
        if state is not None:
            self._state = state if self._first_profile is None else replace(state, current=self._first_profile)
        self._first_profile = None

    def close_unused(self) -> None:
        """Close the mods that were replaced and from which nothing reads any more; the game's `update` calls this."""
        self._installed.close_unused()

    def close(self) -> None:
        """Close the mods' layers."""
        self.cancel_jobs()
        self._installed.close()

    # --- the player's choice -------------------------------------------------------------------------

    def plan_enable(self, mod: str) -> Plan:
        """Plan to enable a mod together with the disabled mods that it requires.

        Returns
        -------
        Plan
            The changes. Pass it to :meth:`apply` to make them.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        from vfsloader.mods.solve.plan import plan_enable

        self._need(mod)
        return plan_enable(mod, self._installed.disabled(), self._installed.resolve)

    def plan_disable(self, mod: str) -> Plan:
        """Plan to disable a mod together with everything that cannot load without it."""
        from vfsloader.mods.solve.plan import plan_disable

        self._need(mod)
        return plan_disable(mod, self._installed.disabled(), self._installed.resolve)

    def apply(self, plan: Plan) -> None:
        """Carry out a plan as one change.

        Raises
        ------
        ValueError
            The plan does not achieve what was asked for. Nothing is changed.
        """
        from vfsloader.mods.sets.matching import MatchPlan

        if not plan.is_possible:
            raise ValueError(messages.fill(messages.CANNOT_LOAD, mod=plan.mod, problem=plan.problems[0]))
        if isinstance(plan, MatchPlan):
            self._choose_profile(plan.profile)
        else:
            self._choose(disabled=(self._installed.disabled() - set(plan.enable)) | set(plan.disable))

    def enable(self, mod: str) -> None:
        """Enable a mod, and nothing else; see :meth:`plan_enable` for what it requires.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._need(mod)
        self._choose(disabled=self._installed.disabled() - {mod})

    def disable(self, mod: str) -> None:
        """Disable a mod.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._need(mod)
        self._choose(disabled=self._installed.disabled() | {mod})

    def enable_all(self) -> None:
        """Enable every mod, as one change."""
        self._choose(disabled=self._installed.disabled() - set(self._installed.copies))

    def disable_all(self) -> None:
        """Disable every mod, as one change."""
        self._choose(disabled=self._installed.disabled() | set(self._installed.copies))

    def choose_exactly(self, mods: Sequence[str], versions: Mapping[str, str] | None = None) -> None:
        """Enable some mods in an order, and disable all others, as one change.

        Parameters
        ----------
        mods
            Their ids, lowest priority first.
        versions
            Of which mods with several copies to use which version.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        for mod in mods:
            self._need(mod)
        rules = {**self._state.profile.overrides}
        for mod, version in (versions or {}).items():
            rules[mod] = {**rules.get(mod, {}), "version": f"=={version}"}
        order = tuple(dict.fromkeys((*mods, *self._installed.copies)))
        self._choose(order=order, disabled=set(self._installed.copies) - set(mods), overrides=rules)

    def reset_order(self) -> None:
        """Forget the player's order: mods load in the order of their ids, as far as their rules allow.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> for name in ("winter", "hud"):
        ...     pathlib.Path(folder.name, name).mkdir()
        >>> mods = ModManager(folder.name)
        >>> mods.move("hud", after="winter")
        >>> mods.reset_order()
        >>> [mod.id for mod in mods.enabled]
        ['hud', 'winter']
        >>> folder.cleanup()
        """
        disabled = self._installed.disabled()
        self._choose(order=tuple(sorted(self._installed.copies, key=paths.natural_key)), disabled=disabled)

    def move(self, mod: str, *, before: str | None = None, after: str | None = None) -> None:
        """Move a mod in the load order, together with the mods that its rules keep next to it.

        Parameters
        ----------
        mod
            The id.
        before, after
            The mod to load before or after. Pass exactly one.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ModOrderError
            A rule of the mods forbids the move. The error names it, and nothing is changed.
        ValueError
            Not exactly one of `before` and `after` is given, or it is the mod itself.
        """
        from vfsloader.mods.solve.reorder import MoveRequest

        target = before if before is not None else after
        if target is None or (before is not None and after is not None):
            raise ValueError(messages.fill(messages.MOVE_TARGETS, mod=mod))
        if target == mod:
            raise ValueError(messages.fill(messages.MOVE_ITSELF, mod=mod))
        self._need(mod)
        self._need(target)
        request = MoveRequest(mod, mod, target) if after is None else MoveRequest(mod, target, mod)
        self._choose(order=self._installed.reordered(request))

    def override_rules(self, mod: str, rules: Mapping[str, object] | None) -> None:
        """Override rules of a mod that are too tight.

        Parameters
        ----------
        mod
            The id.
        rules
            For example ``{"-requires": ["snow-lib"]}`` or ``{"game_version": "*"}``; ``docs/mods.md`` lists all keys.
            None restores the author's rules.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ValueError
            A rule is wrong.
        """
        from vfsloader.mods.metadata.rule_overrides import override_rules

        override_rules(self[mod].manifest, rules or {})
        overrides = {other: theirs for other, theirs in self._state.profile.overrides.items() if other != mod}
        if rules:
            overrides[mod] = dict(rules)
        self._choose(overrides=overrides)

    # --- options and parts ---------------------------------------------------------------------------

    def options(self, mod: str) -> dict[str, Scalar]:
        """Return the options of a mod with the values that count now.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._need(mod)
        return dict(self._installed.choices(mod).options)

    def option_schema(self, mod: str) -> dict[str, Option]:
        """Return what the player can choose about a mod, by the names of the options.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        return dict(self[mod].manifest.options)

    def set_option(self, mod: str, name: str, value: Scalar | None) -> None:
        """Choose the value of an option. It is kept in the profile, and shows at the game's next update.

        Parameters
        ----------
        mod
            The id.
        name
            The option.
        value
            The value; None for the default.

        Raises
        ------
        UnknownModError
            There is no such mod.
        OptionError
            There is no such option, or it cannot have the value. Nothing is changed.
        """
        schema = self[mod].manifest.options
        if name not in schema:
            known = ", ".join(schema) or "none"
            raise OptionError.at(name, messages.fill(messages.UNKNOWN_OPTION, mod=mod, name=name, known=known))
        chosen = {**self._state.profile.options.get(mod, {})}
        chosen.pop(name, None)
        if value is not None:
            checked = schema[name].check(value)
            if not same_scalar(checked, schema[name].default):
                chosen[name] = checked
        options = {other: values for other, values in self._state.profile.options.items() if other != mod}
        if chosen:
            options[mod] = chosen
        self._choose(options=options)

    def reset_options(self, mod: str) -> None:
        """Reset all options of a mod to their defaults."""
        self._need(mod)
        profile = self._state.profile
        self._choose(options={other: values for other, values in profile.options.items() if other != mod})

    def parts(self, mod: str) -> list[PartState]:
        """Return the parts of a mod: whether each counts now, and if not, why.

        Raises
        ------
        UnknownModError
            There is no such mod.
        """
        self._need(mod)
        return self._installed.parts(mod)

    def publish(self, languages: Sequence[str], context: Mapping[str, Scalar]) -> None:
        """Say what the game is doing. The conditions of mods are compared with it; a running game calls this itself.

        Parameters
        ----------
        languages
            The language of the game first.
        context
            What the game publishes, by name.
        """
        self._installed.publish(languages, context)

    def mounts(self) -> list[Mount]:
        """Return the layers of the enabled mods, and of their parts that count now, lowest first."""
        return self._installed.mod_mounts()

    # --- inside --------------------------------------------------------------------------------------

    def _need(self, mod: str) -> None:
        """Raise UnknownModError if there is no such mod."""
        _ = self[mod]

    def _snapshot(self) -> tuple[object, ...]:
        return self.enabled, self.available, self._of_the_choice()

    def _choose(
        self,
        *,
        order: tuple[str, ...] | None = None,
        disabled: Collection[str] | None = None,
        overrides: Mapping[str, Mapping[str, object]] | None = None,
        options: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        """Change parts of the profile. The rest is stored as it is at present, including new mods."""
        installed, profile = self._installed, self._state.profile
        self._refuse_while_bisecting()
        self._choose_profile(
            replace(
                profile,
                order=installed.player_order() if order is None else order,
                disabled=frozenset(installed.disabled() if disabled is None else disabled),
                overrides=profile.overrides if overrides is None else overrides,
                options=profile.options if options is None else options,
            )
        )

    def _use(self, state: State) -> None:
        self._save(state)
        self._installed.use(self._trial or state.profile)

    def _save(self, state: State) -> None:
        """Store a choice, and only then make it the present one: the disk may be full or read-only."""
        if (
            len(self.folders) > 1 and self.joined is None
        ):  # a person who reads the file wants to know which folder a mod is in
            mods = {
                mod.id: {**state.mods.get(mod.id, {}), "folder": self._installed.folder_of(mod)}
                for mod in self.available
            }
            state = replace(state, mods={**state.mods, **mods})
        self._state_file.save(state)
        self._state = state
