"""What a game's calls get for paths below its adopted folders, and a record of what was served and what was not.

The game's own files are left to the disk: the call gets the very path that the game gave, so nothing about it changes,
and a file that the game has just written is there at once. Only what another layer provides, hides or changes is
answered differently.
"""

from __future__ import annotations

import enum
import errno
import os
import tempfile
from collections import Counter
from typing import Any, Protocol

from vfsloader import paths
from vfsloader.assets.loader import Decoded, Loader
from vfsloader.datamerge.names import EDIT_SUFFIX, MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.errors import VFSError
from vfsloader.game.manager import ResourceManager
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Found
from vfsloader.quoting import message
from vfsloader.runtime.composed import nfc
from vfsloader.runtime.hashes import sha256
from vfsloader.runtime.logs import logger
from vfsloader.runtime.temporary import TemporaryFolder

log = logger("vfsloader.adopt")
#: Files of mods that say how to change another file. A game that lists a folder does not see them.
_CHANGES = (MERGE_SUFFIX, PATCH_SUFFIX, EDIT_SUFFIX, ".meta")
#: Whether names that differ only in case are one file on the disk, as players' systems are set up.
_ANY_CASE = os.name == "nt"


class Where(enum.Enum):
    """Who answers for a path, unless it is a mod."""

    DISK = enum.auto()
    """The disk, as if the game had not been adopted."""
    HIDDEN = enum.auto()
    """Nobody: a mod removed it."""


class Names(Protocol):
    """Which paths of the disk are which of the tree."""

    is_over: bool

    def virtual(self, path: Any) -> str | None:
        """Return the virtual path of a path that the game asks for; None: it is not ours."""

    def folder(self, path: Any) -> str | None:
        """Return the virtual path of a folder that the game lists; None: it is not ours."""


class AdoptedFiles:
    """Answers for paths below the adopted folders.

    Parameters
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    names
        Which paths of the disk are which of the tree.
    error
        What the engine's own loaders raise for a file that they cannot read.

    Attributes
    ----------
    served
        How often each call was answered from the layers.
    refused
        How often a call could not be, by call, virtual path and reason.
    error
        What the engine's own loaders raise for a file that they cannot read.
    """

    def __init__(self, manager: ResourceManager, names: Names, error: type[Exception]) -> None:
        self.manager = manager
        self.error = error
        self.names = names
        self.virtual = names.virtual
        self.served: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str, str]] = Counter()
        self._lstat = os.lstat  # before it is replaced
        self._temporary: TemporaryFolder | None = None

    @property
    def _base(self) -> Layer:
        return self.manager.vfs.union.mounts[-1].layer

    def close(self) -> None:
        """Answer no more, and delete the temporary files."""
        self.names.is_over = True
        if self._temporary is not None:
            self._temporary.cleanup()

    # --- who answers ---------------------------------------------------------------------------------

    def find(self, virtual: str) -> Found | Where:
        """Return the file or folder of a mod (or another layer above the game's own files) that a path is now."""
        union = self.manager.vfs.union
        language = self.manager.language
        found = None if language is None else union.find(f"/tl/{language}{virtual}")
        if found is None or found.entry.is_folder:
            found = union.find(virtual)
        if found is None and _ANY_CASE:
            found = union.find(union.spelling(virtual))
        if found is not None:
            is_own = found.layer is self._base and found.entry.path == virtual
            return Where.DISK if is_own or (found.entry.is_folder and self._base.find(virtual) is not None) else found
        return Where.HIDDEN if self._is_hidden(virtual) else Where.DISK

    def real(self, call: str, path: Any, virtual: str | None = None) -> Any:
        """Return the file of the disk that a call should use: the path itself where the game's own file counts.

        Parameters
        ----------
        call
            The call's name, for the report.
        path
            The path as the game gave it.
        virtual
            The virtual path, if it is known.

        Raises
        ------
        FileNotFoundError
            A mod hides the path.
        """
        virtual = self.virtual(path) if virtual is None else virtual
        if virtual is None:
            return path
        try:
            found = self.find(virtual)
            real = self._changed_data(call, virtual, found)
            if real is None and isinstance(found, Found):
                real = self._real_file(found)
        except (VFSError, OSError) as error:
            self.refuse(call, virtual, str(error))
            return path
        if found is Where.HIDDEN:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if found is not Where.DISK or self.is_on_disk(path):
            self.served[call] += 1
        return path if real is None else real

    def own_file(self, virtual: str | None, loader: Loader[Any], **options: Any) -> Decoded | None:
        """Return what :meth:`fill` takes if the engine itself may read a path: the game's own file counts, alone."""
        if virtual is None or self.manager.language is not None:
            return None
        found = self.manager.vfs.union.find(virtual)
        if found is None or found.layer is not self._base or found.entry.is_folder or found.entry.path != virtual:
            return None
        return self.manager.leave_to_engine(virtual, loader, found, **options)

    def decoded(self, call: str, virtual: str, loader: Loader[Any], **options: Any) -> Decoded | None:
        """Return what an object can be made of that is then passed to :meth:`fill`; None: the call has to do it."""
        if self.manager.vfs.union.find(virtual) is None:  # the original call says that it is missing
            return None
        try:
            return self.manager.decoded(virtual, loader, **options)
        except (VFSError, OSError) as error:
            self._refuse_for(call, virtual, error)
            return None

    def _refuse_for(self, call: str, virtual: str, error: VFSError | OSError) -> None:
        self.refuse(call, virtual, str(error))
        if not self.manager.is_trusted(virtual):  # the engine's own decoders must not see what ours refused
            raise self.error(str(error)) from error

    def fill(
        self,
        call: str,
        resource: Any,
        path: Any,
        loader: Loader[Any],
        *,
        is_loaded: bool = False,
        virtual: str | None = None,
        shows: Decoded | None = None,
        **options: Any,
    ) -> bool:
        """Fill an object from the layers and keep it up to date; return whether that was possible.

        Parameters
        ----------
        call
            The call's name, for the report.
        resource, path, loader, options
            The object, the path as the game gave it, and as for :meth:`ResourceManager.attach`.
        is_loaded
            It shows the path already.
        virtual
            The virtual path, if it is known.
        shows
            What :meth:`own_file` or :meth:`decoded` returned, if the object was just made of it.
        """
        virtual = self.virtual(path) if virtual is None else virtual
        if virtual is None or (shows is None and self.manager.vfs.union.find(virtual) is None):
            return False  # the original call says that it is missing
        try:
            self.manager.attach(resource, virtual, loader, is_loaded=is_loaded, shows=shows, **options)
        except (VFSError, OSError) as error:
            self._refuse_for(call, virtual, error)
            # The original call raises what the game expects.
            return False
        if not is_loaded:  # else the call that loaded it was counted
            self.served[call] += 1
        return True

    def own_bytes(self, virtual: str) -> bytes | None:
        """Return the game's own file at a path, whatever mods have there; None if there is none."""
        entry = self._base.find(virtual)
        return None if entry is None or entry.is_folder else self._base.read(entry)

    def refuse(self, call: str, virtual: str, reason: str) -> None:
        """Record that a call was not served; the log says so once."""
        key = call, virtual, reason
        self.refused[key] += 1
        if self.refused[key] == 1:
            log.info("%s of %s was not served: %s", call, virtual, reason)

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be and why."""
        lines = [f"{count:>7} {call}" for call, count in sorted(self.served.items())] or ["      0 calls were served"]
        for (call, path, reason), count in sorted(self.refused.items()):
            lines.append(message(f"{count:>7} {call} of {path} was not served: {reason}"))
        return "\n".join(lines)

    def is_on_disk(self, path: Any) -> bool:
        """Return whether the disk has a file or folder at a path."""
        try:
            self._lstat(path)
        except OSError:
            return False
        return True

    # --- folders -------------------------------------------------------------------------------------

    def names_in(self, virtual: str, on_disk: list[str]) -> tuple[list[str], dict[str, Found]]:
        """Return the names that a folder shows, and what of them is provided by another layer than the game's own.

        Parameters
        ----------
        virtual
            The folder.
        on_disk
            The names that it has on the disk. Their order stays; what mods add comes after them, sorted.
        """
        children = self.manager.vfs.union.children(virtual)
        spelled = {nfc(name): name for name in on_disk}
        shown = [
            spelling
            for name, spelling in spelled.items()
            if name in children or not self._is_hidden(paths.join(virtual, name))
        ]
        provided = {
            spelled.get(name, name): found
            for name, found in children.items()
            if found.layer is not self._base
            and (name in spelled or not (name.endswith(_CHANGES) and os.path.splitext(name)[0] in children))
        }
        return [*shown, *(name for name in provided if name not in shown)], provided

    def is_changed(self, virtual: str) -> bool:
        """Return whether a layer above the game's own files has or hides anything in a folder."""
        return any(
            mount.layer.find(virtual) is not None or mount.layer.may_hide
            for mount in self.manager.vfs.union.mounts
            if mount.layer is not self._base
        )

    # --- files ---------------------------------------------------------------------------------------

    def temporary(self, name: str, data: bytes) -> str:
        """Write a file that exists until the adoption ends, and return its path."""
        if self._temporary is None:
            self._temporary = TemporaryFolder("adopted")
        folder = os.path.join(self._temporary.name, sha256(data).hexdigest())
        file = os.path.join(folder, name)
        if not os.path.exists(file):
            os.makedirs(folder, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as out:
                out.write(data)
            os.replace(out.name, file)
        return file

    def _real_file(self, found: Found) -> str:
        disk_path = found.layer.disk_path(found.entry)
        if disk_path is not None:
            return disk_path
        if not found.entry.is_folder:
            return self.manager.real_path(found.entry.path)
        # What is asked of a folder that only an archive has, its rights for one, is answered by any folder.
        return tempfile.gettempdir()

    def _changed_data(self, call: str, virtual: str, found: Found | Where) -> str | None:
        """Return a file with the changes that mods make to a data file; None if they make none."""
        union = self.manager.vfs.union
        changes = [suffix for suffix in (EDIT_SUFFIX, MERGE_SUFFIX, PATCH_SUFFIX) if union.find(virtual + suffix)]
        if found is Where.HIDDEN or not changes:
            return None
        from vfsloader.datamerge.formats import kind_of
        from vfsloader.datamerge.maps import is_edited

        if is_edited(union, virtual):
            return self._edited_map(call, virtual)
        if changes == [EDIT_SUFFIX]:
            return None
        try:
            merged = self.manager.merge_report(virtual)
            write = kind_of(virtual).write
            if write is None:
                raise ValueError("its kind of data cannot be written")
            data = write(merged.data)
        except (VFSError, OSError, ValueError, TypeError, RecursionError, ImportError) as error:
            self.refuse(call, virtual, f"the changes of mods are left out: {error}")
            return None
        for refusal in merged.refusals:
            self.refuse(call, virtual, refusal.reason)
        return self.temporary(paths.split(virtual)[1], data)

    def _edited_map(self, call: str, virtual: str) -> str | None:
        """Return a map or an XML file with the edits of mods."""
        try:
            report = self.manager.map_report(virtual)
        except (VFSError, OSError) as error:
            self.refuse(call, virtual, f"the edits of mods are left out: {error}")
            return None
        for edit in report.refusals:
            self.refuse(call, virtual, edit.reason or "")
        return self.temporary(paths.split(virtual)[1], report.data)

    def _is_hidden(self, virtual: str) -> bool:
        """Return whether a layer above the game's own files hides a path, or has a file where a folder was."""
        if self._base.find(virtual) is None:
            return False
        above = [virtual]
        while above[-1] != paths.ROOT:
            above.append(paths.parent(above[-1]))
        for _, layer in self.manager.vfs.union.mounts:
            if layer is self._base:
                continue
            for path in above:
                if layer.may_hide and layer.hides(path):
                    return True
                entry = layer.find(path) if path != virtual else None
                if entry is not None and not entry.is_folder:
                    return True
        return False
