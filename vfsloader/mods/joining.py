"""Playing with the set of a host: offering one's own, and showing another player's for a while.

A joined set is never stored. The player's own choice and mods stay as they are on the disk, so that they are back after
:meth:`PlaysTogether.leave` and after any end of the game.
"""

from __future__ import annotations

import abc
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vfsloader.errors import ConfigError, VFSError
from vfsloader.mods import messages
from vfsloader.mods.getting import GetsMods
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.mod_set import ModSet
from vfsloader.runtime.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from vfsloader.mods.sets.comparison import SetDifference
    from vfsloader.mods.sets.fingerprint import Fingerprint

#: The environment variable that names the set with which a game starts: ``vfsloader join`` sets it.
JOINED_VARIABLE = "VFSLOADER_JOINED"


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """What joining a host takes, before anything is fetched. ``str(plan)`` says it in sentences."""

    address: str
    host: str
    """What the host calls itself."""
    fingerprint: Fingerprint
    """Of the host's set."""
    differences: tuple[SetDifference, ...] = ()
    """How the player's own set differs from it, worst first."""
    fetched: tuple[str, ...] = ()
    """The ids of the mods of which something is fetched."""
    size: int = 0
    """Bytes to fetch."""
    missing: tuple[str, ...] = ()
    """Which mods cannot be had, as sentences. With any, the host cannot be joined."""
    unavailable: tuple[str, ...] = ()
    """The names and versions of these mods."""
    details: Any = field(default=None, repr=False)

    @property
    def is_same(self) -> bool:
        """Whether the player has the same set already."""
        return not self.differences

    def __str__(self) -> str:
        if self.is_same:
            return messages.SAME_SET
        return "\n".join((*self.missing, *self.sentences))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The differences in a player's words."""
        return tuple(
            messages.fill(
                messages.HOST_DIFFERENCES[one.kind],
                name=one.name or one.mod,
                wanted=one.wanted,
                found=one.found,
                key=one.option,
            )
            for one in self.differences
        )


class Joined:
    """The set of a host, while it is played with. As a context manager, it is left at the end.

    Attributes
    ----------
    plan
        What joining it took.
    """

    def __init__(self, mods: PlaysTogether, plan: JoinPlan) -> None:
        self.plan = plan
        self._mods = mods

    def leave(self) -> None:
        """Return to the player's own set."""
        if self._mods.joined is self:
            self._mods.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"Joined({self.plan.host!r}, {len(self.plan.fingerprint.mods)} mods)"


class PlaysTogether(ModSet, GetsMods):
    """The part of :class:`~vfsloader.ModManager` that offers a set to others, and shows the set of others."""

    _joined: Joined | None = None
    #: The folder of the mods of the joined set that the player does not have.
    _joined_folder: Path | None = None

    @property
    def joined(self) -> Joined | None:
        """The set of a host that is shown now; None while the player's own is."""
        return self._joined

    def digest_of(self, mod: Mod) -> str:
        """Return one SHA-256 for the content of a mod, as fingerprints have it."""
        return self._contents.digest(mod)

    def serve(self, host: str = "127.0.0.1", port: int = 0, *, name: str = "") -> Any:
        """Offer the present set to other players, until the server is closed.

        Mods whose manifest says ``[sharing] redistribute = true`` are sent to those who lack them. Later changes of
        the set are not offered: close the server, and serve again.

        Parameters
        ----------
        host, port
            Where to listen: this computer only by default; ``"0.0.0.0"`` for the whole network. Port 0 takes any.
        name
            What the host calls itself.

        Returns
        -------
        HostServer
            Its ``join_address`` is what others pass to :meth:`join`. Close it with ``close()`` or a ``with``.

        Examples
        --------
        >>> import pathlib, tempfile, vfsloader
        >>> folder = tempfile.TemporaryDirectory()
        >>> mod = pathlib.Path(folder.name, "host", "winter")
        >>> mod.mkdir(parents=True)
        >>> manifest = ['id = "winter"', 'name = "Winter"', 'version = "1.0"', "[sharing]", "redistribute = true"]
        >>> _ = (mod / "mod.toml").write_text(chr(10).join(manifest))
        >>> host = vfsloader.ResourceManager(vfsloader.Store(), mods=mod.parent, watch=False)
        >>> guest = vfsloader.ResourceManager(vfsloader.Store(), mods=f"{folder.name}/guest", watch=False)
        >>> with host.mods.serve() as server, guest.mods.join(server.join_address, confirm=lambda plan: True):
        ...     [mod.id for mod in guest.mods.enabled]
        ['winter']
        >>> guest.mods.enabled
        []
        >>> guest.close(), host.close()
        (None, None)
        >>> folder.cleanup()
        """
        return self.installer.serve(self.fingerprint(), host, port, name)

    def join(
        self, address: str, *, confirm: Callable[[JoinPlan], object], progress: Progress = ignore_progress
    ) -> Joined | None:
        """Play with exactly the set of a host, until :meth:`leave`. The game shows it at its next update.

        Only contents that are not here are fetched: from the host, or from the player's sources where the host may not
        pass them on. Cosmetic mods stay as the player has them.

        Parameters
        ----------
        address
            As the host shows it, such as ``192.168.1.5:8000#0123456789abcdef0123``.
        confirm
            Called with a :class:`JoinPlan` before anything is fetched. Return True to go on.
        progress
            Called with the bytes done, the total and a name.

        Returns
        -------
        Joined or None
            None if `confirm` did not return a true value.

        Raises
        ------
        VFSError
            The host cannot be reached, does not say what it should, or has mods that cannot be had. The player's own
            set stays.
        """
        self._refuse_while_bisecting()
        joiner = self.installer.joiner()
        plan: JoinPlan = joiner.plan(address, self.fingerprint())
        if not confirm(plan):
            return None
        if plan.missing:
            raise VFSError("; ".join(plan.missing))
        return self.play_with(plan, None if plan.is_same else joiner.fetch(plan, progress))

    def play_with(self, plan: JoinPlan, folder: Path | None) -> Joined:
        """Play with the set of a host after it was fetched, on the game's own thread.

        Parameters
        ----------
        plan
            What the joiner of the installer planned.
        folder
            What its ``fetch`` returned; None if the player has the same set.

        Raises
        ------
        VFSError
            The set cannot be shown. The player's own stays.
        """
        self._refuse_while_bisecting()
        if folder is not None:
            self.expect(plan.details.opened)
            self.show_joined(folder, plan.fingerprint)
        self._joined = Joined(self, plan)
        return self._joined

    @abc.abstractmethod
    def expect(self, mods: Sequence[Mod]) -> None:
        """Use mods that were opened ahead, if the next scan finds just these files."""

    def leave(self) -> None:
        """Return from the set of a host to the player's own."""
        folder, self._joined_folder, self._joined = self._joined_folder, None, None
        if folder is not None:
            self._trial = None
            self._installed.drop_folder(folder)
            self._installed.use(self._state.profile)

    def show_joined(self, folder: Path, fingerprint: Fingerprint) -> None:
        """Show the set of a fingerprint with the help of the mods in another folder, without storing it.

        Raises
        ------
        VFSError
            Even then something differs. The player's own set is shown.
        """
        self._refuse_while_bisecting()
        installed = self._installed
        installed.add_folder(folder)
        try:
            installed.use(self._state.profile)
            plan = self.plan_match(fingerprint)
            if plan.missing:
                raise VFSError(messages.fill(messages.NOT_JOINED, why=" ".join(map(str, plan.missing[:3]))))
            installed.use(plan.profile)
        except BaseException:
            installed.drop_folder(folder)
            installed.use(self._state.profile)
            raise
        self._trial, self._joined_folder = replace(plan.profile, history=(), undone=()), folder

    def show_joined_of(self, file: str | None) -> None:
        """Show the set that a file of ``vfsloader join`` names, if one is given.

        Raises
        ------
        ConfigError, VFSError
            The file is damaged, or the set cannot be shown.
        """
        if not file:
            return
        from vfsloader.mods.sets.fingerprint import Fingerprint

        try:
            table = json.loads(Path(file).read_bytes())
            folder, fingerprint = Path(table["folder"]), Fingerprint.from_json(table["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError, VFSError) as error:
            raise ConfigError.at(file, messages.fill(messages.NOT_A_JOINED_SET, file=file, reason=error)) from None
        if os.path.isdir(folder):
            self.show_joined(folder, fingerprint)
            self._joined = Joined(self, JoinPlan("", "", fingerprint))
        else:
            raise ConfigError.at(file, messages.fill(messages.NOT_A_JOINED_SET, file=file, reason=f"no {folder}"))

    def _refuse_while_joined(self) -> None:
        if self._joined is not None or self._joined_folder is not None:
            raise VFSError(messages.JOINED)
