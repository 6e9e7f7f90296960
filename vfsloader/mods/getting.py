"""Getting mods: what a game's :class:`ModManager` can do once the game hands it an installer.

The installer is made when it is first needed. This package knows only what it can do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vfsloader import paths
from vfsloader.errors import NotInitializedError
from vfsloader.runtime.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from vfsloader.mods.sets.fingerprint import Fingerprint
    from vfsloader.runtime.jobs import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ModChange:
    """What an installation does to one mod."""

    mod: str
    old: str | None
    """The version before; None if it was not installed."""
    new: str | None
    """The version afterwards; None if it is removed."""
    size: int = 0
    """Bytes to download."""
    source: str = ""
    """Where it comes from."""

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.mod} {self.new}"
        return f"{self.mod} {self.old} -> {self.new}" if self.new else f"{self.mod} {self.old} is removed"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """A set of mods to install, before anything is done."""

    changes: tuple[ModChange, ...]
    asked: tuple[str, ...] = ()
    """The ids that were asked for. They are enabled afterwards."""
    notes: tuple[str, ...] = ()
    """What a player should know, as sentences."""
    details: Any = field(default=None, repr=False)
    """What the installer that made the plan needs to carry it out."""
    questions: tuple[str, ...] = ()
    """What a player has to say yes to before the plan is carried out, as sentences: see :meth:`accepted`."""

    def accepted(self) -> InstallPlan:
        """Return the plan after a player has said yes to its questions."""
        return replace(self, questions=())


@dataclass(frozen=True, slots=True)
class Outdated:
    """A mod that has a newer version in its source."""

    mod: str
    version: str
    """The version that is installed."""
    newest: str
    """The newest version that its source has."""
    fitting: str
    """The version that an update installs; that which is installed, if none fits."""
    reason: str = ""
    """What holds it back; empty if an update installs the newest one."""


@dataclass(frozen=True, slots=True)
class FoundMod:
    """A mod that a search found."""

    id: str
    name: str
    summary: str
    version: str
    """The newest version that may be installed; empty if all were withdrawn."""
    size: int
    tags: tuple[str, ...]
    source: str
    installed: str
    """The version that is installed; empty if there is none."""


class Installer(Protocol):
    """Gets mods from files, addresses and sources."""

    @property
    def sources(self) -> Any:
        """The sources that mods come from."""
        ...

    def search(self, text: str, *, offline: bool = False) -> list[FoundMod]:
        """Find mods by a text."""
        ...

    def catalogue(self, *, offline: bool = False) -> Any:
        """Return what all sources offer, for a page to look around in."""
        ...

    def info(self, mod: str) -> dict[str, Any]:
        """Return what the sources say about a mod."""
        ...

    def plan_install(
        self,
        source: paths.RealPath | Sequence[paths.RealPath],
        progress: Progress = ignore_progress,
        *,
        from_source: str | None = None,
    ) -> InstallPlan:
        """Find out what installing something takes."""
        ...

    def sources_of(self, mod: str) -> list[str]:
        """Return the addresses that a player has to choose from before a mod can be installed by its id."""
        ...

    def outdated(self) -> list[Outdated]:
        """Return the mods that have a newer version in their source, and what holds them back."""
        ...

    def share(self) -> str:
        """Return a short code for the enabled mods."""
        ...

    def differences(self, lock: Any) -> list[str]:
        """Return how the enabled mods differ from a lock, as sentences."""
        ...

    def plan_update(self, ids: Sequence[str] | None = None) -> InstallPlan:
        """Find out which newer versions fit."""
        ...

    def plan_remove(self, mod: str) -> InstallPlan:
        """Find out what removing a mod takes."""
        ...

    def plan_sync(self, wanted: Any) -> InstallPlan:
        """Find out what it takes to have exactly the mods of a lock, a code or a fingerprint."""
        ...

    def plan_undo(self) -> InstallPlan:
        """Find out what bringing back the set before takes."""
        ...

    def apply(self, plan: InstallPlan, progress: Progress = ignore_progress) -> list[ModChange]:
        """Carry out a plan as one change."""
        ...

    def fetch(self, plan: InstallPlan, progress: Progress = ignore_progress) -> None:
        """Download and check the files of a plan, on any thread."""
        ...

    def switch(self, plan: InstallPlan) -> list[ModChange]:
        """Replace the set by that of a plan whose files were fetched, on the game's thread."""
        ...

    def settle(self) -> None:
        """Wait until what the last change replaced is deleted."""
        ...

    def detached(self) -> Installer:
        """Return an installer that sees the mods as they are now: it can plan and fetch on a thread."""
        ...

    def serve(self, fingerprint: Fingerprint, host: str, port: int, name: str) -> Any:
        """Offer the present set to other players."""
        ...

    def hosted(self, fingerprint: Fingerprint, name: str) -> Any:
        """Return what a host offers."""
        ...

    @property
    def hosts(self) -> Any:
        """The hosts that were joined last."""
        ...

    def joiner(self) -> Any:
        """Return what gets the set of a host."""
        ...

    def lock(self) -> Any:
        """Return the exact copies of the enabled mods."""
        ...

    def record_of(self, mod: str) -> Any:
        """Return what is known of a mod that was installed; None for one that was put into the folder by hand."""
        ...

    def installed(self) -> list[str]:
        """Return the ids of the mods that were installed, and not put into the mods folder by hand."""
        ...


class GetsMods:
    """The part of :class:`~vfsloader.ModManager` that gets mods."""

    _installer: Installer | None = None
    _make_installer: Callable[[], Installer] | None = None
    _jobs: Sequence[Job[Any]] = ()

    def use_installer(self, make: Callable[[], Installer]) -> None:
        """Hand over what makes the installer when it is first needed; a game does so itself."""
        self._make_installer = make

    @property
    def installer(self) -> Installer:
        """What gets mods: it can plan a change before it makes it.

        Raises
        ------
        NotInitializedError
            The mods do not belong to a game, or the game has no mods folder.
        """
        if self._installer is None:
            if self._make_installer is None:
                raise NotInitializedError("only the mods of a game with a mods folder can be installed: use game.mods")
            self._installer = self._make_installer()
        return self._installer

    def in_background(self, work: Callable[[Installer, Progress], T]) -> Job[T]:
        r"""Plan or fetch on a thread, so that the game goes on drawing. Closing the game cancels it.

        Parameters
        ----------
        work
            Called on a thread with an installer that sees the mods as they are now, and a function for the progress.
            It may call all methods of the installer but ``apply`` and ``switch``.

        Returns
        -------
        Job
            Call its ``poll()`` once a frame. When that returns True, ``result()`` is there.

        Examples
        --------
        >>> import pathlib, tempfile, vfsloader
        >>> folder = tempfile.TemporaryDirectory()
        >>> new = pathlib.Path(folder.name, "downloads", "winter")
        >>> new.mkdir(parents=True)
        >>> _ = (new / "mod.toml").write_text('id = "winter"\nname = "Winter"\nversion = "1.2"')
        >>> with vfsloader.ResourceManager(vfsloader.Store(), mods=f"{folder.name}/mods", watch=False) as game:
        ...     planning = game.mods.in_background(lambda installer, progress: installer.plan_install(new))
        ...     while not planning.poll():
        ...         _ = game.update()  # and draw a frame
        ...     plan = planning.result()
        ...     game.mods.in_background(lambda installer, progress: installer.fetch(plan, progress)).wait()
        ...     print(*game.mods.installer.switch(plan))
        winter 1.2
        >>> folder.cleanup()
        """
        from vfsloader.runtime.jobs import Job

        installer = self.installer.detached()
        job = Job(lambda progress: work(installer, progress))
        self._jobs = [*(other for other in self._jobs if not other.has_ended), job]
        return job

    def cancel_jobs(self) -> None:
        """Cancel what :meth:`in_background` began; a game that is closed does so itself."""
        for job in self._jobs:
            job.cancel()
        if self._installer is not None:
            self._installer.settle()

    @property
    def sources(self) -> Any:
        """The sources that mods come from: ``add(address, key)``, ``remove(address)``, ``trust(address)``; iterable."""
        return self.installer.sources

    def search(self, text: str = "") -> list[FoundMod]:
        """Find mods in all sources by their ids, names, summaries and tags; without a network, in what they had last.

        Parameters
        ----------
        text
            Words that all have to occur. Without any, all mods are returned.
        """
        return self.installer.search(text)

    def install(
        self,
        source: paths.RealPath | Sequence[paths.RealPath],
        progress: Progress = ignore_progress,
        *,
        from_source: str | None = None,
    ) -> list[ModChange]:
        r"""Install mods and what they require, as one change. The game shows it at its next update.

        Parameters
        ----------
        source
            A file or a folder, an https address, or an id, with versions if you like: ``"winter>=1.2"``. Or several of
            them.
        progress
            Called with the bytes done, the total and a name.
        from_source
            The address or the name of the source that ids have to come from. It is remembered.

        Returns
        -------
        list[ModChange]
            What changed.

        Raises
        ------
        ModOrderError
            It does not fit together with the mods that are installed; the error says why.
        UnknownModError
            No source has it.
        ConfigError
            Several sources have it, and `from_source` does not say which. Or a player has to say yes first, because
            somebody else signed it: see ``InstallPlan.questions``.
        VFSError
            It cannot be downloaded, or is not a valid mod. Nothing was changed.

        Examples
        --------
        >>> import pathlib, tempfile, vfsloader
        >>> folder = tempfile.TemporaryDirectory()
        >>> new = pathlib.Path(folder.name, "downloads", "winter")
        >>> new.mkdir(parents=True)
        >>> _ = (new / "mod.toml").write_text('id = "winter"\nname = "Winter"\nversion = "1.2"')
        >>> with vfsloader.ResourceManager(vfsloader.Store(), mods=f"{folder.name}/mods", watch=False) as game:
        ...     print(*game.mods.install(new))
        winter 1.2
        >>> folder.cleanup()
        """
        return self.installer.apply(self.installer.plan_install(source, progress, from_source=from_source), progress)

    def remove(self, mod: str) -> list[ModChange]:
        """Remove a mod that was installed, or delete one that was put into the mods folder by hand.

        Raises
        ------
        UnknownModError
            There is no such mod.
        PathExistsError
            Its file was changed after it was installed.
        """
        return self.installer.apply(self.installer.plan_remove(mod))

    def update(self, ids: Sequence[str] | None = None, progress: Progress = ignore_progress) -> list[ModChange]:
        """Install the newest versions that fit together, of some mods or of all that came from sources."""
        return self.installer.apply(self.installer.plan_update(ids), progress)

    def outdated(self) -> list[Outdated]:
        """Return the mods that have a newer version in their source, and what holds them back."""
        return self.installer.outdated()

    def undo_install(self) -> list[ModChange]:
        """Bring back the installed mods as they were before the last installation, update or removal.

        Raises
        ------
        VFSError
            There is no earlier set.
        """
        return self.installer.apply(self.installer.plan_undo())

    def lock(self) -> Any:
        """Return the exact copies of the enabled mods, by SHA-256: a ``Lock`` that can be written to a file."""
        return self.installer.lock()

    def share(self) -> str:
        """Return a short code for the enabled mods. :meth:`sync` takes it, where the same sources were added.

        Raises
        ------
        PathNotFoundError
            Some of them are in no source.
        """
        return self.installer.share()

    def sync(self, lock: Any, progress: Progress = ignore_progress) -> list[ModChange]:
        """Have exactly the mods of a lock, a code or a save.

        Parameters
        ----------
        lock
            What :meth:`lock` returned, or the file that it was written to; what :meth:`share` returned; or the
            fingerprint of a save, which :meth:`~vfsloader.ModManager.stamp_of` returns.
        progress
            Called with the bytes done, the total and a name.

        Raises
        ------
        VFSError
            The lock is not valid, or a copy cannot be found anywhere. Nothing was changed.
        """
        return self.installer.apply(self.installer.plan_sync(lock), progress)
