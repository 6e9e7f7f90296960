"""The installed mods under one profile: which load, in which order, and what is wrong with the others.

Nothing here changes what the player chose. The manager does that.
"""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vfsloader import paths
from vfsloader.errors import UnknownModError
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.union import Mount
from vfsloader.mods import messages
from vfsloader.mods.choices import ModChoices, PartState, choices_of
from vfsloader.mods.conditions import Scalar, World
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.library import Library
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.placement import Placement
from vfsloader.mods.solve.resolve import Resolution, Resolver
from vfsloader.mods.solve.versions import read_version
from vfsloader.mods.state import FileChoice, Profile
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from vfsloader.mods.lint.check import Finding, Surroundings
    from vfsloader.mods.lint.edits import EditPictures
    from vfsloader.mods.solve.reorder import MoveRequest


class InstalledMods:
    """The mods in some folders under a profile.

    Parameters
    ----------
    folders
        The mods folders. Copies in a later one come before those in an earlier one.
    game_version, provides, new_mods, below, live, limits
        As for :class:`~vfsloader.ModManager`.
    catalog
        As for :class:`~vfsloader.mods.library.Library`.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        game_version: str | None,
        provides: Mapping[str, str] | None,
        new_mods: Literal["enabled", "disabled"],
        below: Sequence[Mount],
        live: bool,
        limits: Limits = DEFAULT_LIMITS,
        catalog: Path | None = None,
    ) -> None:
        self.folders = tuple(folders)
        #: Grows each time the mods are resolved again.
        self.revision = 0
        self.profile = Profile()
        self._game_version = None if game_version is None else read_version(game_version)
        self._provides = {mod: read_version(version) for mod, version in (provides or {}).items()}
        self._new_mods = new_mods
        self._below = tuple(below)
        self._placement = Placement(below)
        self._limits = limits
        self._library = Library(self.folders, live=live, limits=limits, game=self._game_names, catalog=catalog)
        self._manifests: dict[str, list[Manifest]] = {}
        #: Resolves the mods with these manifests.
        self._resolver: tuple[Mapping[str, Sequence[Manifest]], Resolver] | None = None
        self._resolution = Resolution((), ())
        self._enabled: list[Mod] = []
        #: The layers of the mods that were mounted, and whether nothing about the mod depends on conditions.
        self._mounts: dict[Mod, tuple[Mount, bool]] = {}
        self._world = World(self._game_version)
        #: By id, what the parts and changes of a mod depend on; made when it is asked for.
        self._choices: dict[str, ModChoices] = {}
        #: The same for every mod without options.
        self._no_options = ModChoices(self._world)
        #: The layers with the choices for single files, and what they were made of.
        self._chosen: list[Mount] = []
        self._chosen_of: tuple[tuple[FileChoice, ...], list[Mount]] = ((), [])

    def rescan(self) -> None:
        """Read the folders again. Call :meth:`use` afterwards, to resolve what is there now."""
        self._library.rescan()
        self._mounts = {}

    def open_ahead(self, file: Path, target: Path) -> list[Mod]:
        """Open the mods in an archive that will be found at another path."""
        return self._library.open_ahead(file, target)

    def expect(self, mods: Sequence[Mod]) -> None:
        """Use mods that were opened ahead, if the next :meth:`rescan` finds just these files."""
        self._library.expect(mods)

    def add_folder(self, folder: Path) -> None:
        """Read one more folder, whose copies come before all others. Call :meth:`use` afterwards."""
        self.folders = (*self.folders, folder)
        self._library.folders = self.folders
        self.rescan()

    def drop_folder(self, folder: Path) -> None:
        """Read a folder no longer. Call :meth:`use` afterwards."""
        self.folders = tuple(other for other in self.folders if other != folder)
        self._library.folders = self.folders
        self.rescan()

    def use(self, profile: Profile) -> None:
        """Resolve the mods with a player's choice."""
        self.revision += 1
        self.profile = profile
        self._manifests = self._library.override_rules(profile.overrides)
        self._resolution = self.resolve(self.disabled())
        self._enabled = self._library.used_copies(self.order, self._resolution.copy_index)
        mods = {mod: found.manifest.version for mod, found in zip(self.order, self._enabled, strict=True)}
        self._set_world(replace(self._world, mods={**self._provides, **mods}))

    def publish(self, languages: Sequence[str], context: Mapping[str, Scalar]) -> None:
        """Say what the game is doing, for the conditions of parts and changes."""
        self._set_world(replace(self._world, languages=tuple(languages), context=dict(context)))

    def choices(self, mod: str) -> ModChoices:
        """Return what the parts and changes of a mod depend on."""
        known = self._choices.get(mod)
        if known is None:
            options = self[mod].manifest.options
            chosen = self.profile.options.get(mod, {})
            known = choices_of(options, chosen, self._world) if options else self._no_options
            self._choices[mod] = known
        return known

    def parts(self, mod: str) -> list[PartState]:
        """Return the parts of a mod, and whether they count now."""
        choices = self.choices(mod)
        return [
            PartState(rule.name, rule.root, choices.holds(rule.when), choices.why_not(rule.when))
            for rule in self[mod].manifest.part
        ]

    def _set_world(self, world: World) -> None:
        self._world = world
        self._choices = {}
        self._no_options = ModChoices(world)

    def close_unused(self) -> None:
        """Close the mods that were replaced and from which nothing reads any more."""
        self._library.close_unused()

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
        return list(self._enabled)

    def available(self) -> list[Mod]:
        """Return the used copy of each mod: first those that load, in load order, then the others."""
        sort_key = {mod: index for index, mod in enumerate((*self.order, *self.profile.order))}
        return [self[mod] for mod in sorted(self.copies, key=lambda mod: (sort_key.get(mod, len(sort_key)), mod))]

    def problems(self) -> list[Problem]:
        """Return what a player should know about the mods."""
        files = [found for mod in self.enabled() for found in _file_problems(mod)]
        options = [
            problem("option", mod, reason=fault)
            for mod in self.order
            if mod in self.profile.options
            for fault in self.choices(mod).faults
        ]
        return [*self._library.problems(self._resolution.copy_index), *self._resolution.problems, *files, *options]

    def unusable(self) -> list[Problem]:
        """Return the problems of files and folders that cannot be used as mods."""
        return [
            found for found in self._library.discovery_problems if found.kind != "empty" or found.mod not in self.copies
        ]

    def layout_problems(self) -> list[Problem]:
        """Return which of the mods that load have files at places where the game does not look."""
        return self._placement.problems(self.enabled())

    @contextlib.contextmanager
    def as_if(self, profile: Profile) -> Iterator[None]:
        """Answer for a while as if the player had chosen this, without a new revision."""
        revision, present = self.revision, self.profile
        try:
            self.use(profile)
            yield
        finally:
            self.use(present)
            self.revision = revision

    def resolve_under(self, profile: Profile, disabled: Collection[str]) -> Resolution:
        """Resolve the mods under a profile, as if just these were disabled."""
        with self.as_if(profile):
            return self.resolve(disabled)

    def disabled_under(self, profile: Profile) -> frozenset[str]:
        """Return all disabled mods under a profile."""
        if self._new_mods == "enabled":
            return profile.disabled
        known = frozenset(profile.order)
        return profile.disabled.union(mod for mod in self.copies if mod not in known)

    def requirements(self) -> dict[str, frozenset[str]]:
        """Return by id, for each mod that loads, the others that load and that it requires."""
        copy_index = self._resolution.copy_index
        live = {mod: self._library.usable_copy(mod, copy_index.get(mod, 0))[1] for mod in self.order}
        providers = {wanted: mod for mod, manifest in live.items() for wanted in manifest.provides}
        providers.update({mod: mod for mod in live})
        return {
            mod: frozenset(providers[wanted] for wanted in manifest.requires if wanted in providers) - {mod}
            for mod, manifest in live.items()
        }

    def is_disabled(self, mod: str) -> bool:
        """Return whether a mod is disabled by the player, or because it is new and the game does not want new ones."""
        return mod in self.profile.disabled or (self._new_mods == "disabled" and mod not in self.profile.order)

    def disabled(self) -> frozenset[str]:
        """Return all disabled mods, including those that are no longer installed."""
        return self.disabled_under(self.profile)

    def resolve(self, disabled: Collection[str]) -> Resolution:
        """Resolve the mods as if just these were disabled."""
        if self._resolver is None or self._resolver[0] is not self._manifests:
            resolver = Resolver(self._manifests, self._game_version, self._provides, self._limits)
            self._resolver = self._manifests, resolver
        return self._resolver[1].resolve(disabled, self.profile.order)

    def player_order(self) -> tuple[str, ...]:
        """Return the player's order, followed by the mods that it does not name in the order in which they load."""
        order = self.profile.order
        named = set(order)
        if len(named) == len(order) and self.copies.keys() <= named:
            return order
        return tuple(dict.fromkeys((*order, *(mod.id for mod in self.available()))))

    def reordered(self, request: MoveRequest) -> tuple[str, ...]:
        """Return the player's order with a mod moved.

        Raises
        ------
        ModOrderError
            A rule of the mods forbids the move.
        """
        from vfsloader.mods.solve.reorder import reorder

        copy_index = self._resolution.copy_index
        live = {mod: self._library.usable_copy(mod, copy_index[mod])[1] for mod in self.order}
        return reorder(self.player_order(), live, request)

    def folder_of(self, mod: Mod) -> str:
        """Return the mods folder that a mod is in."""
        return str(self._library.folder_of(mod))

    def mounts(self) -> list[Mount]:
        """Return the game's own layers and those of the mods that load, lowest first."""
        return [*self._below, *self.mod_mounts()]

    def mod_mounts(self) -> list[Mount]:
        """Return the layers of the mods that load, and of their parts that count now, lowest first."""
        mounts: list[Mount] = []
        for mod in self._enabled:
            known = self._mounts.get(mod)
            if known is None:
                is_plain = not mod.manifest.options and not mod.manifest.part
                known = self._mounts[mod] = Mount(mod.id, mod.layer), is_plain
            mount, is_plain = known
            mounts.append(mount)
            if is_plain:
                mount.layer.circumstances = self._no_options  # type: ignore[attr-defined] # it is a mod's layer
                continue
            choices = mod.layer.circumstances = self.choices(mod.id)
            for rule, part in zip(mod.manifest.part, mod.parts, strict=True):
                if choices.holds(rule.when):
                    part.circumstances = choices
                    mounts.append(Mount(part.name, part))
        return self._with_file_choices(mounts)

    def _with_file_choices(self, mounts: list[Mount]) -> list[Mount]:
        """Return the layers with the player's choices for single files: the same ones as long as nothing changes."""
        if not self.profile.files:
            return list(mounts)
        from vfsloader.mods.sets.file_choices import choose_files

        made_of = self.profile.files, mounts
        if made_of != self._chosen_of:
            self._chosen_of = made_of
            self._chosen = choose_files(mounts, self.profile.files)
        return list(self._chosen)

    def check(self, mod: str | Path, declared: Declarations | None = None) -> list[Finding]:
        """Check an installed mod by its id, or any other by its path."""
        from vfsloader.mods.lint.check import Finding, check_mod

        path, known = self._find(mod)
        findings = check_mod(path, self._surroundings(declared), None if known is None else known.inner)
        for reported in self._resolution.problems:
            if known is not None and reported.mod == known.id and reported.kind == "soft_cycle":
                findings.append(Finding("order", path.name, "", reported.why))
        return findings

    def draw_edits(self, mod: str | Path) -> Iterator[EditPictures]:
        """Draw what the edits of pictures in a mod do."""
        from vfsloader.mods.lint.check import draw_mod

        path, known = self._find(mod)
        return draw_mod(path, self._surroundings(), None if known is None else known.inner)

    def _surroundings(self, declared: Declarations | None = None) -> Surroundings:
        from vfsloader.mods.lint.check import Surroundings

        manifests = (manifest for copies in self._manifests.values() for manifest in copies)
        ids = {*self.copies, *self._provides, *(other for manifest in manifests for other in manifest.provides)}
        return Surroundings(self.mounts(), sorted(ids), len(self._below), declared)

    def _find(self, mod: str | Path) -> tuple[Path, Mod | None]:
        """Find a mod by its id, its path or its file name, and one of its copies if it can be read."""
        if str(mod) in self.copies:
            return self[str(mod)].path, self[str(mod)]
        path = Path(mod)
        if path.exists():
            here = [copy for copies in self.copies.values() for copy in copies if _is_same(copy.path, path)]
            return path, here[0] if len(here) == 1 else None
        for folder in reversed(self.folders):
            if (folder / path).exists():
                return folder / path, None  # a mod that cannot be read has no id but its file's name
            for archive in path.parents[:-1]:  # one of several mods in an archive
                if (folder / archive).is_file():
                    return folder / archive, None
        raise self._unknown(str(mod))

    def _game_names(self) -> frozenset[str]:
        """Return the names at the top of the game's own tree."""
        return frozenset(entry.name for mount in self._below for entry in mount.layer.list(paths.ROOT))

    def _unknown(self, mod: str) -> UnknownModError:
        known = ", ".join(self.copies) or "none"
        near = difflib.get_close_matches(mod[:100], self.copies, 1)
        sentence = messages.UNKNOWN_MOD_NEAR if near else messages.UNKNOWN_MOD
        folders = " or ".join(map(str, self.folders))
        return UnknownModError(messages.fill(sentence, mod=mod, folder=folders, known=known, near="".join(near)))


def _is_same(path: Path, other: Path) -> bool:
    return os.path.normcase(os.path.abspath(path)) == os.path.normcase(os.path.abspath(other))


def _file_problems(mod: Mod) -> Iterator[Problem]:
    """Yield what is wrong with single files of a mod that loads."""
    if mod.opened is None:
        return
    for path, reason in mod.opened.left_out.items():
        yield problem("damaged", mod.id, path=path, reason=reason)
    archive = mod.opened.layer
    if isinstance(archive, ListedLayer) and archive.left_out:
        top = mod.inner.strip("/")
        names = [f"{plain(name, 100)} ({why})" for name, why in archive.left_out if name.lstrip("/").startswith(top)]
        if not names:
            return
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        yield problem("left_out", mod.id, where=mod.path.name, reason=", ".join(names[:3]) + more)
