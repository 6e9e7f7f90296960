"""What :class:`~vfsloader.ModManager` can do with the set of mods as a whole."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from vfsloader.errors import VFSError
from vfsloader.mods import messages
from vfsloader.mods.conditions import same_scalar
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.state import FileChoice, Profile, State, refuse_too_many, save_state
from vfsloader.quoting import plain

if TYPE_CHECKING:
    from vfsloader.mods.installed import InstalledMods
    from vfsloader.mods.sets.comparison import SetDifference
    from vfsloader.mods.sets.contents import ContentDigests
    from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint
    from vfsloader.mods.sets.history import PastSet
    from vfsloader.mods.sets.live_bisection import Bisection
    from vfsloader.mods.sets.matching import MatchPlan
    from vfsloader.mods.sets.stamps import Save, Stamps
    from vfsloader.mods.sets.starts import Starts
    from vfsloader.mods.solve.plan import Resolve
    from vfsloader.vfs.filesystem import VirtualFileSystem


class ModSet(abc.ABC):
    """The set of mods: its fingerprint, its history, and which mod in it is guilty of a fault."""

    _installed: InstalledMods
    _state: State
    _contents: ContentDigests
    _game_version: str | None
    _stamped: VirtualFileSystem | None = None
    #: The set that is tried instead of the player's own. It is never stored.
    _trial: Profile | None = None
    #: Whether that is the last good set, and not one of a search.
    _is_safe = False

    @property
    def game_version(self) -> str | None:
        """The version of the game; None if it is not known."""
        return self._game_version

    # --- fingerprints --------------------------------------------------------------------------------

    def fingerprint(self, only: str | None = None) -> Fingerprint:
        """Return what the present set is: equal on two machines exactly if the same mods count in the same way.

        It has the mods that load, in order, with versions, content, options and overridden rules, the player's
        choices for single files of them, and the game's version. Whether a mod is a folder, a zip or a pack does not
        count. Mods that only change how the game looks (``sharing.binding = "cosmetic"``) are left out.

        Parameters
        ----------
        only
            A glob such as ``/data/**``: leave out mods that have no such files, and so cannot change them.

        Examples
        --------
        >>> from vfsloader import ModManager
        >>> ModManager(None).fingerprint().mods
        ()
        """
        return self._fingerprint_of(self._state.profile.files, only)

    def compare(self, fingerprint: Fingerprint) -> list[SetDifference]:
        """Return how the present set differs from a fingerprint, worst first. Nothing if it does not.

        Each difference is a sentence in a player's words when it is printed.
        """
        from vfsloader.mods.sets.comparison import compare

        installed = self._installed
        return compare(fingerprint, self.fingerprint(fingerprint.only), installed.copies, installed.disabled())

    def plan_match(self, fingerprint: Fingerprint) -> MatchPlan:
        """Plan to restore the set of a fingerprint, as far as what is installed allows.

        Returns
        -------
        MatchPlan
            Pass it to :meth:`.ModManager.apply`. Its ``missing`` lists what differs even then, and where mods can be
            had.
        """
        from vfsloader.mods.sets.comparison import compare
        from vfsloader.mods.sets.matching import MatchPlan, match_profile

        installed = self._installed
        before, off = set(installed.order), installed.disabled()
        profile = match_profile(
            fingerprint,
            self._state.profile,
            order=installed.player_order(),
            disabled=off,
            copies=installed.copies,
            counts=lambda mod: _counts(installed[mod], fingerprint.only),
            resolve=self._resolve_under,
        )
        with installed.as_if(profile):
            after = installed.order
            present = self._fingerprint_of(profile.files, fingerprint.only)
            missing = compare(fingerprint, present, installed.copies, installed.disabled())
        return MatchPlan(
            "",
            enable=tuple(mod for mod in after if mod not in before),
            disable=tuple(sorted(before.difference(after))),
            profile=profile,
            missing=tuple(missing),
        )

    def stamp(self, save: Save, only: str | None = None) -> Fingerprint:
        """Keep the fingerprint of the present set with a save, in the transaction in which it is called.

        Parameters
        ----------
        save
            The save: a file or folder of the game's tree, or a collection that :meth:`ResourceManager.state` returned.
        only
            As for :meth:`fingerprint`.

        Raises
        ------
        PathNotFoundError
            There is no such save.
        ValueError
            The collection is kept elsewhere.
        """
        fingerprint = self.fingerprint(only)
        self._need_stamps().write(save, fingerprint)
        return fingerprint

    def stamp_of(self, save: Save) -> Fingerprint | None:
        """Return the fingerprint that was kept with a save; None if there is none.

        Raises
        ------
        ConfigError
            It is damaged, or a newer version wrote it.
        """
        return self._need_stamps().read(save)

    def keep_stamps_in(self, vfs: VirtualFileSystem) -> None:
        """Say which tree has the saves; a running game calls this itself."""
        self._stamped = vfs

    def trust_watcher(self, is_watched: Callable[[], bool]) -> None:
        """Say how to ask whether changes on the disk are noticed without looking; a running game calls this itself."""
        self._contents.is_watched = is_watched

    # --- history -------------------------------------------------------------------------------------

    def history(self) -> list[PastSet]:
        """Return the earlier sets of the profile, newest first, each with the change that ended it.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from vfsloader import ModManager
        >>> folder = tempfile.TemporaryDirectory()
        >>> pathlib.Path(folder.name, "winter").mkdir()
        >>> mods = ModManager(folder.name)
        >>> mods.disable("winter")
        >>> [past.what for past in mods.history()]
        ['disabled winter']
        >>> mods.undo()
        'disabled winter'
        >>> [mod.id for mod in mods.enabled]
        ['winter']
        >>> folder.cleanup()
        """
        from vfsloader.mods.sets import history

        return history.past_sets(self._state.profile)

    def undo(self) -> str | None:
        """Take the last change of the profile back, and return it in words; None if there is none."""
        from vfsloader.mods.sets import history

        return self._go(history.undo(self._state.profile), lambda profile: profile.undone)

    def redo(self) -> str | None:
        """Make the change again that was undone last, and return it in words; None if there is none."""
        from vfsloader.mods.sets import history

        return self._go(history.redo(self._state.profile), lambda profile: profile.history)

    @property
    def redoable(self) -> str | None:
        """The change that :meth:`redo` would make again, in words; None if there is none."""
        undone = self._state.profile.undone
        return plain(str(undone[0].get("what", ""))) if undone else None

    def restore(self, past: PastSet | str) -> None:
        """Return to an earlier set, as one change that can be undone.

        Parameters
        ----------
        past
            One of :meth:`history` or :meth:`named_sets`, or the name of one of the latter.

        Raises
        ------
        ValueError
            No set has this name.
        """
        if isinstance(past, str):
            sets = {named.name: named for named in self.named_sets()}
            if past not in sets:
                raise ValueError(messages.fill(messages.NO_SUCH_SET, name=past, known=", ".join(sets) or "none"))
            past = sets[past]
        words = f"restored the set {past.name}" if past.name else f"restored the set before: {past.what}"
        self._choose_profile(replace(past.profile, more=self._state.profile.more), words)

    def name_set(self, name: str) -> None:
        """Keep the present set under a name, such as "before the big update", until :meth:`forget_set`.

        Parameters
        ----------
        name
            At most 100 characters. An earlier set of this name is replaced.

        Raises
        ------
        ValueError
            The name is empty or too long, or 50 other sets have names.
        """
        from vfsloader.mods.sets import history

        self._refuse_while_bisecting()
        installed = self._installed
        settled = replace(self._state.profile, order=installed.player_order(), disabled=installed.disabled())
        self._use(self._state.with_profile(history.name(settled, name)))

    def named_sets(self) -> list[PastSet]:
        """Return the sets that have a name, the newest first."""
        from vfsloader.mods.sets import history

        return history.named_sets(self._state.profile)

    def forget_set(self, name: str) -> None:
        """Forget a set that has a name. Nothing happens if none has this name."""
        from vfsloader.mods.sets import history

        self._use(self._state.with_profile(history.forget(self._state.profile, name)))

    # --- single files --------------------------------------------------------------------------------

    def prefer(self, glob: str, mod: str) -> None:
        """Use a mod's files even where a mod above it has them.

        Parameters
        ----------
        glob
            The paths: ``/sprites/hero.png`` or ``/music/**``.
        mod
            The id. A file that it does not have is used from the mods above as before.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ValueError
            The glob does not start with ``/``, or the profile has 1,000 such choices already.
        """
        self._add_choice(FileChoice(glob, "prefer", mod))

    def hide(self, glob: str, mod: str) -> None:
        """Do not use some files of a mod: the next layer that has them counts.

        Parameters
        ----------
        glob, mod
            As for :meth:`prefer`.
        """
        self._add_choice(FileChoice(glob, "hide", mod))

    def unchoose(self, glob: str, mod: str) -> None:
        """Forget what :meth:`prefer` and :meth:`hide` chose for this glob and this mod."""
        files = self._state.profile.files
        kept = tuple(choice for choice in files if (choice.paths, choice.mod) != (glob, mod))
        self._choose_profile(replace(self._state.profile, files=kept))

    @property
    def file_choices(self) -> tuple[FileChoice, ...]:
        """The player's choices for single files; a later one counts before an earlier one."""
        return self._state.profile.files

    def set_file_choices(self, choices: Sequence[FileChoice]) -> None:
        """Replace all choices for single files, as one change.

        Parameters
        ----------
        choices
            A later one counts before an earlier one.

        Raises
        ------
        UnknownModError, ValueError
            As for :meth:`prefer`.
        """
        self._choose_files(choices)

    # --- which mod is guilty -------------------------------------------------------------------------

    @overload
    def bisect(self, test: None = None) -> Bisection: ...
    @overload
    def bisect(self, test: Callable[[], object]) -> tuple[str, ...]: ...
    def bisect(self, test: Callable[[], object] | None = None) -> Bisection | tuple[str, ...]:
        """Search the mods that cause a fault, by trying parts of the set; see :class:`Bisection`.

        Parameters
        ----------
        test
            Called after each change of the set; returns True while all is well. If left out, the caller answers.

        Returns
        -------
        Bisection or tuple
            Without a test, the search; with one, the guilty ids in load order. Several cause the fault together. If
            the fault is there without mods, mods whose absence causes it are searched among the disabled ones. None
            are guilty if it is there with all mods, too.

        Raises
        ------
        VFSError
            A search is running already.
        """
        from vfsloader.mods.sets.bisection import closure_of
        from vfsloader.mods.sets.live_bisection import Bisection

        self._refuse_while_bisecting()
        installed = self._installed
        own = installed.order
        closure = closure_of(installed.requirements())
        with installed.as_if(replace(self._state.profile, order=installed.player_order(), disabled=frozenset())):
            absent = [mod for mod in installed.order if mod not in own]
            closure_with_absent = closure_of(installed.requirements())
        search = Bisection(self.show_trial, own, closure, absent, closure_with_absent)
        return search if test is None else search.run(test)

    def show_trial(self, mods: Collection[str] | None) -> None:
        """Let only some of the enabled mods load, without storing it; None: those that the player chose."""
        own = self._state.profile
        with_all = self._installed.disabled_under(own) | set(self._installed.copies)
        self._trial = None if mods is None else replace(own, disabled=frozenset(with_all.difference(mods)))
        self._installed.use(self._trial or own)

    def write_trial(self, file: Path) -> None:
        """Write the set that is tried now as a choice of mods that another process can read."""
        save_state(file, self._state.with_profile(replace(self._trial or self._state.profile, history=(), undone=())))

    # --- starts of the game --------------------------------------------------------------------------

    def begin_start(self) -> tuple[str, ...] | None:
        """Count a start of the game. If too many failed, use the last good set, and return the mods left out."""
        own, before = self._state.profile, self._installed.order
        key, starts = self._start_key(), self._starts()
        good = starts.good_profile(own, key, self._installed.copies)
        self._keep_starts(starts.begin(key))
        if good is None:
            return None
        self._trial, self._is_safe = good, True
        self._installed.use(good)
        left_out = tuple(mod for mod in before if mod not in self._installed.order)
        if not left_out and self._installed.order == before and good.options == own.options:
            self.leave_safe_set(keep=False)  # the mods are not the reason
            return None
        return left_out

    def end_start(self, *, is_ready: bool) -> None:
        """Say that the game is ready, or that it was ended on purpose before it was."""
        starts = self._starts()
        if self._trial is None and is_ready:
            installed = self._installed
            settled = replace(self._state.profile, order=installed.player_order(), disabled=installed.disabled())
            self._keep_starts(starts.ready(self._start_key(), settled, installed.copies))
        elif starts.failed:
            self._keep_starts(replace(starts, failed=starts.failed - 1))

    @property
    def uses_safe_set(self) -> bool:
        """Whether the last good set is used instead of the player's own."""
        return self._is_safe

    def leave_safe_set(self, *, keep: bool) -> None:
        """End the use of the last good set: make it the player's own, or use the player's own again."""
        if self._is_safe:
            good, self._is_safe = self._trial, False
            self.show_trial(None)
            if keep and good is not None:
                self._choose_profile(good, "used the last good set")

    def _starts(self) -> Starts:
        from vfsloader.mods.sets.starts import KEY, Starts

        return Starts.read(self._state.more.get(KEY))

    def _keep_starts(self, starts: Starts) -> None:
        from vfsloader.mods.sets.starts import KEY

        if starts != self._starts():
            self._save(replace(self._state, more={**self._state.more, KEY: starts.table()}))

    def _start_key(self) -> str:
        from vfsloader.mods.sets.starts import key_of

        profile = self._state.profile
        installed = self._installed
        settled = replace(profile, order=installed.player_order(), disabled=installed.disabled_under(profile))
        return key_of(settled, [f"{mod.id} {mod.version}" for mod in installed.available()])

    # --- inside --------------------------------------------------------------------------------------

    @abc.abstractmethod
    def _use(self, state: State) -> None:
        """Store a state and use it."""

    @abc.abstractmethod
    def _save(self, state: State) -> None:
        """Store a state."""

    @abc.abstractmethod
    def _need(self, mod: str) -> None:
        """Raise UnknownModError if there is no such mod."""

    def _choose_profile(self, profile: Profile, what: str = "") -> None:
        """Change the profile, as one entry of its history. The rest is stored as it is, including new mods."""
        from vfsloader.mods.sets import history

        self._refuse_while_bisecting()
        installed = self._installed
        present = self._state.profile
        settled = replace(present, order=installed.player_order(), disabled=installed.disabled())
        self._use(self._state.with_profile(history.record(settled, profile, what)))

    def _add_choice(self, choice: FileChoice) -> None:
        files = self._state.profile.files
        kept = (other for other in files if (other.paths, other.mod) != (choice.paths, choice.mod))
        self._choose_files((*kept, choice))

    def _choose_files(self, choices: Sequence[FileChoice]) -> None:
        profile = self._state.profile
        refuse_too_many("files", choices)
        for choice in choices:
            if choice in profile.files:  # also one about a mod that is not installed now
                continue
            self._need(choice.mod)
            if not choice.paths.startswith("/"):
                raise ValueError(messages.fill(messages.RELATIVE_GLOB, glob=choice.paths))
        self._choose_profile(replace(profile, files=tuple(choices)))

    def _go(self, profile: Profile | None, entries: Callable[[Profile], Sequence[Mapping[str, object]]]) -> str | None:
        self._refuse_while_bisecting()
        if profile is None:
            return None
        self._use(self._state.with_profile(profile))
        return str(entries(profile)[0].get("what", ""))

    @abc.abstractmethod
    def _refuse_while_joined(self) -> None:
        """Raise VFSError while the set of a host is shown."""

    def refuse_changes(self) -> None:
        """Check that the set may be changed now.

        Raises
        ------
        VFSError
            The set of a host is shown, or parts of the set are tried to find a fault.
        """
        self._refuse_while_bisecting()

    def _refuse_while_bisecting(self) -> None:
        self._refuse_while_joined()
        self.leave_safe_set(keep=True)  # the player goes on from what the game shows
        if self._trial is not None:
            raise VFSError(messages.BISECTING)

    def _need_stamps(self) -> Stamps:
        from vfsloader.mods.sets.stamps import Stamps

        if self._stamped is None:
            raise VFSError(messages.NO_STAMPS)
        return Stamps(self._stamped)

    def _resolve_under(self, profile: Profile) -> Resolve:
        return lambda disabled: self._installed.resolve_under(profile, disabled)

    def _fingerprint_of(self, files: Sequence[FileChoice], only: str | None) -> Fingerprint:
        from vfsloader.mods.sets.fingerprint import Fingerprint

        mods = [mod for mod in self._installed.enabled() if _counts(mod, only)]
        ids = {mod.id for mod in mods}
        prints = tuple(map(self._print_of, mods))
        self._contents.store()
        return Fingerprint(
            prints,
            tuple(choice for choice in files if choice.mod in ids),
            self._game_version,
            only,
        )

    def _print_of(self, mod: Mod) -> ModPrint:
        from vfsloader.mods.sets.fingerprint import ModPrint

        manifest = mod.manifest
        options = {
            name: value
            for name, value in self._installed.choices(mod.id).options.items()
            if not same_scalar(value, manifest.options[name].default)
        }
        rules = self._installed.profile.overrides.get(mod.id, {})
        return ModPrint(
            mod.id,
            str(mod.version),
            self._contents.digest(mod),
            mod.name,
            options,
            {name: rule for name, rule in rules.items() if name != "version"},  # which copy it is shows by itself
            manifest.saves,
            manifest.website,
        )


def _counts(mod: Mod, only: str | None) -> bool:
    """Return whether fingerprints name a mod."""
    from vfsloader.mods.sets.contents import touches

    return mod.manifest.sharing[0] != "cosmetic" and (only is None or touches(mod, only))
