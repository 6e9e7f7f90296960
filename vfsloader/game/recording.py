"""Recording: what a game or a tool writes while it runs becomes small changes of a mod. For developers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Self

from vfsloader import globs, paths
from vfsloader.errors import ReadOnlyError
from vfsloader.game.change_writer import ChangeWriter, Written
from vfsloader.layers.protocol import Layer, digest_of
from vfsloader.layers.union import Mount, Union
from vfsloader.vfs.filesystem import VirtualFileSystem

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager

_CHANGES = ("", ".merge", ".patch", ".edit")


class Recording:
    """Turns what is written to the tree into changes of a mod. :meth:`ResourceManager.record` makes it.

    What is written while it runs goes to the save, as always. :meth:`stop` moves it from there into the mod, so that
    the tree is afterwards what it was, but made of the game and the mod. Files that the save had before stay in it.

    Attributes
    ----------
    changes
        What became of each file at the last :meth:`stop`: its path, how it was written, the files, and a reason.
    is_running
        Whether it is recording.
    """

    def __init__(
        self,
        vfs: VirtualFileSystem,
        mods: ModManager,
        mod: str,
        only: Sequence[str],
        mod_of: Callable[[str], str],
        refresh: Callable[[], object],
    ) -> None:
        self.mod = mod
        self.changes: list[Written] = []
        self.is_running = False
        self._vfs = vfs
        self._mods = mods
        self._only = [globs.glob_pattern(pattern) for pattern in only]
        self._mod_of = mod_of
        self._refresh = refresh
        self._before: dict[str, bytes] = {}
        self._hidden: set[str] = set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self.stop()
        else:
            self.cancel()

    def __repr__(self) -> str:
        return f"Recording({self.mod!r}{', running' if self.is_running else ''})"

    def start(self) -> None:
        """Begin to record.

        Raises
        ------
        UnknownModError
            There is no such mod.
        ReadOnlyError
            The mod is an archive, its folder cannot be written, or the mod is not enabled.
        """
        if self.is_running:
            return
        self._writer()
        self._before = dict(self._own_files())
        self._hidden = set(self._hidden_files())
        self.is_running = True

    def cancel(self) -> None:
        """Stop without writing the mod. What was written in the meantime stays in the save."""
        self.is_running = False

    def stop(self) -> list[Written]:
        """Write what has changed into the mod, and take it out of the save.

        Returns
        -------
        list[Written]
            What became of each file. One that is ``refused`` stays in the save.
        """
        if not self.is_running:
            return []
        writer = self._writer()
        changed: dict[str, bytes | None] = {}
        refused: list[Written] = []
        for path, digest in self._own_files():
            if not self._is_wanted(path) or self._before.get(path) == digest:
                continue
            if path in self._before:
                refused.append(Written(path, "refused", reason="the save had this file before"))
            elif (reason := self._why_not(path)) is not None:
                refused.append(Written(path, "refused", reason=reason))
            else:
                changed[path] = self._vfs.read_bytes(path)
        for path in self._hidden_files():
            if self._is_wanted(path) and path not in self._hidden and path not in changed:
                changed[path] = None
        done = writer.write(changed)
        local = self._vfs.union.mounts[0].layer
        for each in done:
            if each.how != "refused":
                local.remove(each.path)  # type: ignore[attr-defined] # the top layer of a save can be written
        self.is_running = False
        self.changes = sorted([*done, *refused])
        self._refresh()
        return self.changes

    # --- the layers ----------------------------------------------------------------------------------

    def _writer(self) -> ChangeWriter:
        mod = self._mods[self.mod]
        if not any(enabled.id == self.mod for enabled in self._mods.enabled):
            raise ReadOnlyError.at(self.mod, f"{self.mod} is not enabled, so the game would not show what is recorded")
        return ChangeWriter(Union(self._split()[1]), mod.path, mod.manifest)

    def _split(self) -> tuple[list[Mount], list[Mount]]:
        """Return the layers of mods above the mod, and all layers below it."""
        mounts = list(self._vfs.union.mounts[1:])
        own = [index for index, mount in enumerate(mounts) if self._mod_of(mount.name) == self.mod]
        if not own:
            raise ReadOnlyError.at(self.mod, f"{self.mod} has no files that the game shows")
        return mounts[: own[0]], mounts[own[-1] + 1 :]

    def _why_not(self, path: str) -> str | None:
        for mount in self._split()[0]:
            if any(mount.layer.find(path + suffix) is not None for suffix in _CHANGES):
                return f"{mount.name} is above {self.mod} and changes it too: move {self.mod} above it"
        return None

    def _is_wanted(self, path: str) -> bool:
        return not self._only or any(pattern.fullmatch(path) for pattern in self._only)

    def _own_files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that the save has itself, with their digests."""
        mount = self._vfs.union.mounts[0]
        for folder, _, names in Union([mount]).walk(paths.ROOT):
            for name in names:
                path = paths.join(folder, name)
                entry = mount.layer.find(path)
                if entry is not None:
                    yield path, digest_of(mount.layer, entry)

    def _hidden_files(self) -> Iterator[str]:
        """Yield the files of the layers below that the save hides."""
        local: Layer = self._vfs.union.mounts[0].layer
        if not local.may_hide:
            return
        below = Union(self._vfs.union.mounts[1:])
        for folder, _, names in below.walk(paths.ROOT):
            for name in names:
                path = paths.join(folder, name)
                if local.hides(path) and local.find(path) is None:
                    yield path
