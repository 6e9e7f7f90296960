"""The layers of a running game: base, expansions, enabled mods and save, mounted as one file system."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from vfsloader import paths
from vfsloader.assets.decoder import Decoder
from vfsloader.errors import ReadOnlyError, VFSError
from vfsloader.game.trace import TracedLayer, requested_trace
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import problem
from vfsloader.mods.metadata.formats import MARKERS
from vfsloader.opening import Source, open_layer
from vfsloader.runtime.atomic import clean_up
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.vfs.filesystem import VirtualFileSystem

BASE_PRIORITY, DLC_PRIORITY, MOD_PRIORITY = 0.0, 1_000.0, 1_000_000.0
#: The name of the save's layer.
SAVE = "save"


class Sources(Protocol):
    """Several sources: a list, a tuple or another sequence, but not a text or bytes.

    A ``str`` is a sequence of ``str``, too, so ``Sequence[Source]`` would accept the path of one file. This protocol
    does not: unlike other sequences, a text only takes text in ``in``.
    """

    def __contains__(self, value: object, /) -> bool:
        """Return whether it contains the value; any value may be asked for."""
        ...

    def __iter__(self) -> Iterator[Source]:
        """Iterate over the sources."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...


class GameLayers:
    """Opens a game's layers and keeps the enabled mods mounted.

    The parameters are those of :class:`ResourceManager`.
    """

    def __init__(
        self,
        base: Source,
        dlc: Sources,
        mods: paths.RealPath | None,
        save: paths.RealPath | None,
        *,
        profile: str | None,
        game_version: str | None,
        provides: Mapping[str, str] | None,
        new_mods: Literal["enabled", "disabled"],
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        with contextlib.ExitStack() as on_error:
            self.limits = limits
            self._trace = requested_trace()
            if self._trace is not None:
                on_error.callback(self._trace.close)
            self._below_mods = self._open_below_mods(base, dlc, on_error)
            self.mods = ModManager(
                mods,
                game_version=game_version,
                provides=provides,
                new_mods=new_mods,
                profile=profile,
                below=self._below_mods,
                live=False,
                limits=limits,
            )
            on_error.callback(self.mods.close)
            self.vfs = self._open_save(save)
            on_error.callback(self.vfs.close)
            self._mounted: tuple[Layer, ...] | None = None
            #: The ids by the names of all layers of mods so far; no other layer has one of these names.
            self._mod_ids: dict[str, str] = {}
            self._revision = -1
            self.mount()
            on_error.pop_all()

    def is_trusted(self, layer: str) -> bool:
        """Return whether a layer, by its name in the file system, is the game's own, and not a mod's."""
        return layer not in self._mod_ids

    def report_undecoded(self, decoder: Decoder) -> None:
        """List files of mods that the decoder cannot use among the mods' problems."""
        self.mods.report_undecoded(
            lambda: [(self._mod_ids[layer], path, error) for path, layer, error in list(decoder.failures.values())]
        )

    def folders(self) -> list[Path]:
        """Return the folders whose files the layers show, and the mods folder."""
        folders = [folder for layer in self._folder_layers for folder in layer.watched_folders]
        if self.mods.folder is not None:
            folders.append(self.mods.folder.absolute())
        return folders

    @property
    def is_up_to_date(self) -> bool:
        """Whether the mods are as they were at the last :meth:`mount`."""
        return self._revision == self.mods.revision

    def mount(self) -> bool:
        """Mount the mods that are enabled now. Return whether others were mounted before."""
        self._revision = self.mods.revision
        mods = self.mods.enabled
        layers = tuple(mod.layer for mod in mods)
        if layers == self._mounted:
            return False
        self._mounted = layers
        underlays = [
            (BASE_PRIORITY if rank == 0 else DLC_PRIORITY + rank, mount) for rank, mount in enumerate(self._below_mods)
        ]
        taken = {SAVE, *(mount.name for _, mount in underlays)}
        mounts = [Mount(mod.id if mod.id not in taken else f"mod {mod.id}", mod.layer) for mod in mods]
        self._mod_ids.update((mount.name, mod.id) for mount, mod in zip(mounts, mods, strict=True))
        underlays += [(MOD_PRIORITY + rank, mount) for rank, mount in enumerate(mounts)]
        self.vfs.set_underlays(underlays)
        return True

    def refresh(self, events: set[Path]) -> None:
        """Make layers and mods look again at what changed on the disk."""
        if self.mods.folder is not None:
            folder = self.mods.folder.absolute()
            # Below a mod's own folder, only its manifest concerns the mod manager.
            if any(event.parent == folder or event == folder or event.name in MARKERS for event in events):
                self.mods.rescan()
        for mod in self.mods.available:
            mod.refresh()
        for layer in self._folder_layers:
            layer.refresh()

    def close(self) -> None:
        """Close every layer that was opened here."""
        self.vfs.close()
        self.mods.close()
        for layer in self._opened:
            layer.close()
        if self._trace is not None:
            self._trace.close()

    def _open_save(self, save: paths.RealPath | None) -> VirtualFileSystem:
        """Open the save. One that cannot be made, as its folder is read-only, is empty and refuses to be written."""
        if save is None:
            return VirtualFileSystem(shared=False, local_name=SAVE)
        reason: OSError
        try:
            Path(save).absolute().parent.mkdir(parents=True, exist_ok=True)
            return VirtualFileSystem(os.fspath(save), shared=False, local_name=SAVE)
        except ReadOnlyError as error:
            if os.path.lexists(save):  # what is in it would be missed
                raise
            reason = error
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM) or isinstance(error, VFSError):
                raise
            reason = error
        self.mods.report(problem("save", SAVE, where=os.fspath(save), reason=reason))
        return VirtualFileSystem(read_only=True, shared=False, local_name=SAVE)

    def _open_below_mods(self, base: Source, dlc: Sources, on_error: contextlib.ExitStack) -> list[Mount]:
        if isinstance(dlc, (str, bytes, os.PathLike)):
            raise TypeError(f"dlc must be a list of expansions, not {dlc!r:.60}; write dlc=[{dlc!r:.60}]")
        self._opened: list[Layer] = []
        self._folder_layers: list[FolderLayer] = []
        mounts: list[Mount] = []
        taken: set[str] = {SAVE}
        for source, wanted in ((base, "base"), *((expansion, None) for expansion in dlc)):
            layer = open_layer(source, name=wanted, trusted=True, live=False)
            if layer is not source:
                if isinstance(source, (str, os.PathLike)) and os.path.isfile(source):
                    with contextlib.suppress(OSError):  # in a read-only folder there is nothing to clean up
                        clean_up(Path(source).absolute().parent)
                self._opened.append(layer)
                on_error.callback(layer.close)
            name = wanted or layer.name
            while name in taken:
                name += "'"
            taken.add(name)
            if isinstance(layer, FolderLayer):
                self._folder_layers.append(layer)
            mounts.append(Mount(name, layer if self._trace is None else TracedLayer(layer, self._trace)))
        return mounts
