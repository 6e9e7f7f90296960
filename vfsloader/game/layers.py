"""The layers of a running game: base, expansions, enabled mods and save, mounted as one file system."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from vfsloader import paths
from vfsloader.assets.decoder import Decoder
from vfsloader.errors import ReadOnlyError, VFSError
from vfsloader.game.disk_news import DiskNews
from vfsloader.game.first_steps import check_sources, explained, warn_about_mods_folder
from vfsloader.game.installing import finish_interrupted, offer_installer
from vfsloader.game.trace import TracedLayer, requested_trace
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.places import mods_folders
from vfsloader.opening import Source, open_layer
from vfsloader.runtime.atomic import clean_up
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.vfs.filesystem import VirtualFileSystem

if TYPE_CHECKING:
    from vfsloader.mods.conditions import Scalar

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
        mods: paths.RealPath | Iterable[paths.RealPath] | None,
        save: paths.RealPath | None,
        *,
        profile: str | None,
        game_version: str | None,
        provides: Mapping[str, str] | None,
        new_mods: Literal["enabled", "disabled"],
        limits: Limits = DEFAULT_LIMITS,
        state_dir: paths.RealPath | None = None,
        own_sources: Mapping[str, str] | None = None,
    ) -> None:
        check_sources(base, dlc)
        for folder in mods_folders(mods):
            warn_about_mods_folder(folder)
        with contextlib.ExitStack() as on_error:
            self.limits = limits
            self._trace = requested_trace()
            if self._trace is not None:
                on_error.callback(self._trace.close)
            self._below_mods = self._open_below_mods(base, dlc, on_error)
            finish_interrupted(mods_folders(mods))
            self.mods = ModManager(
                mods,
                game_version=game_version,
                provides=provides,
                new_mods=new_mods,
                profile=profile,
                below=self._below_mods,
                live=False,
                limits=limits,
                state_dir=state_dir,
            )
            on_error.callback(self.mods.close)
            offer_installer(self.mods, game_version, provides, limits, own_sources)
            self.vfs = self._open_save(save)
            on_error.callback(self.vfs.close)
            self.mods.keep_stamps_in(self.vfs)
            self._mounted: tuple[Layer, ...] | None = None
            #: The ids by the names of all layers of mods so far; no other layer has one of these names.
            self._mod_ids: dict[str, str] = {}
            self._revision = -1
            #: What the game is doing, for the conditions of mods, if that was changed since the last :meth:`mount`.
            self._published: tuple[Sequence[str], Mapping[str, Scalar]] | None = None
            self.mount()
            on_error.pop_all()

    def is_trusted(self, layer: str) -> bool:
        """Return whether a layer, by its name in the file system, is the game's own, and not a mod's."""
        return layer not in self._mod_ids

    def report_unused(
        self,
        decoder: Decoder,
        refused: Callable[[], Iterable[tuple[str, str, str]]],
        items: Callable[[], Iterable[tuple[str, str, str]]],
    ) -> None:
        """List what the game does not use of the mods among their problems.

        Parameters
        ----------
        decoder
            What it cannot decode, and the edits of pictures that are left out.
        refused
            Returns the changes of data and maps that do not fit: the layer, the path and the reason.
        items
            Returns the items of registries that are left out, in the same way.
        """
        ids = self._mod_ids
        self.mods.report_unused(
            "undecoded", lambda: [(ids[layer], path, error) for path, layer, error in list(decoder.failures.values())]
        )
        self.mods.report_unused("edit", lambda: self._left_out_edits(decoder))
        self.mods.report_unused(
            "refused", lambda: [(ids[layer], path, reason) for layer, path, reason in refused() if layer in ids]
        )
        self.mods.report_unused(
            "item", lambda: [(ids[layer], path, reason) for layer, path, reason in items() if layer in ids]
        )

    def mod_of(self, layer: str) -> str:
        """Return the id of the mod that a layer, by its name in the file system, belongs to; else the name itself."""
        return self._mod_ids.get(layer, layer)

    def namespace_of(self, layer: str) -> str:
        """Return the id of the mod that a layer belongs to, or an empty text for the game's own layers."""
        return self._mod_ids.get(layer, "")

    def _left_out_edits(self, decoder: Decoder) -> list[tuple[str, str, str]]:
        left_out = {
            (outcome.path, outcome.mod, outcome.label): outcome.reason
            for outcomes in list(decoder.outcomes.values())
            for outcome in outcomes
            if outcome.reason is not None and outcome.mod in self._mod_ids
        }
        return [
            (self._mod_ids[layer], path, f"{label}: {reason}" if label else reason)
            for (path, layer, label), reason in left_out.items()
        ]

    def folders(self) -> list[Path]:
        """Return the folders whose files the layers show, the mods folders, and that of ``mods.json``.

        A mod may be a link to the folder in which its author works: that folder is another one.
        """
        shown = [folder for layer in self._folder_layers for folder in layer.watched_folders]
        linked = [Path(_names_of(mod)[-1]) for mod in self.mods.available if os.path.islink(mod.real_path)]
        return [*shown, *self._mods_folders(), *linked]

    def _mods_folders(self) -> list[Path]:
        folders = [folder.absolute() for folder in self.mods.folders]
        state_file = self.mods.state_file
        if state_file is not None and state_file.parent.absolute() not in folders:
            folders.append(state_file.parent.absolute())
        return folders

    @property
    def is_up_to_date(self) -> bool:
        """Whether the mods are as they were at the last :meth:`mount`."""
        return self._revision == self.mods.revision and self._published is None

    def publish(self, languages: Sequence[str], context: Mapping[str, Scalar]) -> None:
        """Say what the game is doing, for the conditions of mods. It counts from the next :meth:`mount` on."""
        self._published = languages, context

    def own_languages(self) -> dict[str, str]:
        """Return, by its name in the file system, the language of each enabled mod that says which one it uses."""
        languages = {mod.id: mod.manifest.language for mod in self.mods.enabled if mod.manifest.language}
        return {name: languages[mod] for name, mod in self._mod_ids.items() if mod in languages}

    def mount(self) -> bool:
        """Mount the mods that are enabled now. Return whether others were mounted before."""
        self._revision = self.mods.revision
        if self._published is not None:
            self.mods.publish(*self._published)
            self._published = None
        mods = self.mods.mounts()
        layers = tuple(mount.layer for mount in mods)
        if layers == self._mounted:
            return False
        self._mounted = layers
        underlays = [
            (BASE_PRIORITY if rank == 0 else DLC_PRIORITY + rank, mount) for rank, mount in enumerate(self._below_mods)
        ]
        taken = {SAVE, *(mount.name for _, mount in underlays)}
        mounts = [mount if mount.name not in taken else Mount(f"mod {mount.name}", mount.layer) for mount in mods]
        for mount, (name, _) in zip(mounts, mods, strict=True):
            if mount.name not in self._mod_ids:
                self._mod_ids[mount.name] = name.partition(":")[0]
        underlays += [(MOD_PRIORITY + rank, mount) for rank, mount in enumerate(mounts)]
        self.vfs.set_underlays(underlays)
        return True

    def refresh(self, events: set[Path]) -> bool:
        """Make layers and mods look again at what changed on the disk. Return whether mods may have come or gone."""
        state_file = self.mods.state_file
        state_folder = None if state_file is None else state_file.parent.absolute()
        news = DiskNews(events, self._mods_folders(), state_folder)
        if news.has_mods:
            self.mods.rescan()
        elif news.has_state:
            self.mods.reload()
        if not news.has_files:
            return False
        mods = self.mods.available
        owners: list[Collection[str]] = [_names_of(mod) for mod in mods]
        owners += [{os.path.abspath(layer.path), layer.real_path} for layer in self._folder_layers]
        refreshes = [*(mod.refresh for mod in mods), *(layer.refresh for layer in self._folder_layers)]
        for look_again, is_concerned in zip(refreshes, news.concerned(owners), strict=True):
            if is_concerned:
                look_again()
        return news.has_mods

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
        self._opened: list[Layer] = []
        self._folder_layers: list[FolderLayer] = []
        mounts: list[Mount] = []
        taken: set[str] = {SAVE}
        for source, wanted in ((base, "base"), *((expansion, None) for expansion in dlc)):
            try:
                layer = open_layer(source, name=wanted, trusted=True, live=False, budget=self.limits)
            except OSError as error:
                raise explained(error, source) from error.__cause__
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


def _names_of(mod: Mod) -> list[str]:
    """Return the path of a mod; of one that is a link also the path where its files are."""
    if not os.path.islink(mod.real_path):
        return [mod.real_path]
    return [mod.real_path, os.path.realpath(mod.real_path)]
