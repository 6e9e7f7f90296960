"""The layers of a running game: base, expansions, enabled mods and save, mounted as one file system."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from vfsloader import paths
from vfsloader.game.trace import TracedLayer, trace_asked_for
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount
from vfsloader.mods.manager import ModManager
from vfsloader.mods.metadata.formats import MARKERS
from vfsloader.opening import Source, open_layer
from vfsloader.runtime.atomic import clean_up
from vfsloader.store.store import Store
from vfsloader.vfs.filesystem import VirtualFileSystem

BASE_PRIORITY, DLC_PRIORITY, MOD_PRIORITY = 0, 1_000, 1_000_000


class GameLayers:
    """Opens a game's layers and keeps the enabled mods mounted.

    The parameters are those of :class:`ResourceManager`.
    """

    def __init__(
        self,
        base: Source,
        dlc: Sequence[Source],
        mods: paths.RealPath | None,
        save: paths.RealPath | None,
        *,
        profile: str | None,
        game_version: str | None,
        provides: Mapping[str, str] | None,
        new_mods: Literal["enabled", "disabled"],
    ) -> None:
        with contextlib.ExitStack() as on_error:
            self._trace = trace_asked_for()
            if self._trace is not None:
                on_error.callback(self._trace.close)
            self._below = self._open_below(base, dlc, on_error)
            self.mods = ModManager(
                mods,
                game_version=game_version,
                provides=provides,
                new_mods=new_mods,
                profile=profile,
                below=self._below,
                live=False,
            )
            on_error.callback(self.mods.close)
            self.vfs = VirtualFileSystem(_save_path(save), shared=False, local_name="save")
            on_error.callback(self.vfs.close)
            self._mounted: tuple[Layer, ...] | None = None
            self._revision = -1
            self.mount()
            on_error.pop_all()

    def folders(self) -> list[Path]:
        """Give the folders whose files the layers show, and that of the mods."""
        folders = [layer.path for layer in self._folder_layers]
        if self.mods.folder is not None:
            folders.append(self.mods.folder.absolute())
        return folders

    @property
    def is_up_to_date(self) -> bool:
        """Whether the mods are as they were at the last :meth:`mount`."""
        return self._revision == self.mods.revision

    def mount(self) -> bool:
        """Show the mods that are enabled now; tell whether others were shown before."""
        self._revision = self.mods.revision
        mods = self.mods.enabled
        layers = tuple(mod.layer for mod in mods)
        if layers == self._mounted:
            return False
        self._mounted = layers
        underlays = [
            (float(BASE_PRIORITY if rank == 0 else DLC_PRIORITY + rank), mount)
            for rank, mount in enumerate(self._below)
        ]
        taken = {mount.name for _, mount in underlays}
        underlays += [
            (float(MOD_PRIORITY + rank), Mount(mod.id if mod.id not in taken else f"mod {mod.id}", mod.layer))
            for rank, mod in enumerate(mods)
        ]
        self.vfs.set_underlays(underlays)
        return True

    def take_in(self, events: set[Path]) -> None:
        """Make layers and mods look again at what changed on the disk."""
        if self.mods.folder is not None:
            folder = self.mods.folder.absolute()
            # Below a mod's own folder only the manifest is the manager's business.
            if any(e.parent == folder or e == folder or e.name in MARKERS for e in events):
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

    def _open_below(self, base: Source, dlc: Sequence[Source], on_error: contextlib.ExitStack) -> list[Mount]:
        self._opened: list[Layer] = []
        self._folder_layers: list[FolderLayer] = []
        mounts: list[Mount] = []
        taken: set[str] = {"save"}
        for source, wanted in ((base, "base"), *((one, None) for one in dlc)):
            layer = open_layer(source, name=wanted, trusted=True, live=False)
            if layer is not source:
                if isinstance(layer, Store):
                    with contextlib.suppress(OSError):  # a folder that is not ours to write: then nothing lies there
                        clean_up(Path(layer.path).absolute().parent)
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


def _save_path(save: paths.RealPath | None) -> str:
    if save is None:
        return ":memory:"
    Path(save).absolute().parent.mkdir(parents=True, exist_ok=True)
    return os.fspath(save)
