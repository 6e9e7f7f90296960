"""The resources of a running game: its layers, what was made of their files, and what changed.

Everything that changes under a game, a mod that is toggled, a file that is saved, a save layer that is
written, is gathered until the game calls :meth:`ResourceManager.update` on its own thread. Then the new
merged view is built, each path in use is resolved again, and only where its content really differs is its
resource made anew, in place where the engine allows it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from vfsloader import paths
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.layers import Entry, FolderLayer, Layer, digest_of
from vfsloader.merging import Merged, Part, gather, read_parts
from vfsloader.mods import ModManager
from vfsloader.mods.formats import MARKERS
from vfsloader.resources.config import read_config
from vfsloader.resources.loader import Asset, FunctionLoader, Loader
from vfsloader.resources.watcher import Watcher
from vfsloader.sources import Source, open_layer
from vfsloader.stack import Underlay
from vfsloader.union import Mount, Union
from vfsloader.vfs import VirtualFileSystem

T = TypeVar("T")
_Key = tuple[Loader[Any], str, Hashable]

BASE_PRIORITY, DLC_PRIORITY, MOD_PRIORITY = 0, 1_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """A path in use whose content is another one since the last update."""

    path: str
    kind: Literal["changed", "added", "removed", "failed"]
    layer: str | None = None
    """Name of the layer that provides it now."""
    error: str | None = None
    """Why the new content could not be used; the last good resource stays."""
    resources: tuple[Any, ...] = ()
    """What was made of the path, brought up to date."""


@dataclass(slots=True)
class _Seen:
    """What a path in use was when it was last looked at."""

    layer: Layer | None
    entry: Entry | None
    digest: bytes | None


class ResourceManager:
    """A game's layers and what was loaded from them.

    Parameters
    ----------
    base
        The game's own files: a folder, archive, pack or layer.
    dlc
        Expansions, each above the one before.
    mods
        The mods folder.
    save
        The database that takes what the game writes; in memory if left out.
    profile
        The mod profile; None for the one used last.
    watch
        Notice files that change on the disk.
    game_version, provides, new_mods
        See :class:`~vfsloader.mods.ModManager`.

    Raises
    ------
    VFSError
        The base, an expansion or the save cannot be opened. A bad mod never raises: see ``.mods.problems``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "speed.json")
    >>> _ = file.write_text('{"player": 10}')
    >>> with ResourceManager(folder.name, watch=False) as game:
    ...     game.read_merged("/speed.json")
    {'player': 10}
    >>> folder.cleanup()
    """

    def __init__(
        self,
        base: Source,
        *,
        dlc: Sequence[Source] = (),
        mods: paths.RealPath | None = None,
        save: paths.RealPath | None = None,
        profile: str | None = "default",
        watch: bool = True,
        game_version: str | None = None,
        provides: Mapping[str, str] | None = None,
        new_mods: Literal["enabled", "disabled"] = "enabled",
    ) -> None:
        self._lock = threading.RLock()
        self._subscribers: list[Callable[[list[Change]], None]] = []
        self._resources: dict[_Key, tuple[Any, Mapping[str, Any]]] = {}
        self._made_of: dict[str, list[_Key]] = defaultdict(list)  # of each path, what was made of it
        self._seen: dict[str, _Seen] = {}
        self._merged: dict[str, list[bytes]] = {}  # of each merged file, the digests of what it came from
        with contextlib.ExitStack() as on_error:
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
            self.vfs = VirtualFileSystem(self._save_path(save), shared=False, local_name="save")
            on_error.callback(self.vfs.close)
            self._mounted: tuple[Layer, ...] | None = None
            self._mount()
            self._marked = False
            # Where all layers tell of their changes, an idle update need not ask any.
            self._is_told = self.vfs.notify(self._mark)
            self._version = self.vfs.union.version()
            self._watcher = Watcher(self._folders() if watch else ())
            on_error.pop_all()

    @classmethod
    def from_config(cls, file: paths.RealPath, **overrides: Any) -> Self:
        """Make a manager from a ``game.toml``.

        Parameters
        ----------
        file
            The file, or the folder that holds it.
        **overrides
            Parameters that count instead of the file's.
        """
        return cls(**{**read_config(file), **overrides})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, PathNotFoundError):
            error.settle()
        self.close()

    def load(self, path: paths.PathLike, loader: Loader[T] | Callable[..., T], **options: Any) -> T:
        """Give the resource that `loader` makes of `path`; the same one for the same options.

        Parameters
        ----------
        path
            The file.
        loader
            A :class:`Loader`, or a function of an :class:`Asset` and the options.
        **options
            Handed to the loader; hashable values.

        Returns
        -------
        object
            The resource. Where the loader can change it in place, it stays the same object for good.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be made into a resource.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/level.txt", b"#.#")
        >>> game = ResourceManager(base)
        >>> game.load("/level.txt", lambda asset: asset.data.decode())
        '#.#'
        """
        if not isinstance(loader, Loader):
            loader = FunctionLoader(loader)
        key = (loader, paths.normalise(path), tuple(sorted(options.items())))
        with self._lock:
            if key not in self._resources:
                self._resources[key] = (loader.load(self._asset(key[1]), **options), options)
                self._made_of[key[1]].append(key)
            return self._resources[key][0]  # type: ignore[no-any-return]

    def read_merged(self, path: paths.PathLike) -> Any:
        """Read a data file with what mods change in it.

        The highest layer that has the whole file counts; above it, each layer's ``<path>.merge`` (for JSON and TOML by
        RFC 7396) and ``<path>.patch`` (RFC 6902) is applied in load order. The path is watched from then on. What a
        mod wrote wrongly is passed over; :meth:`merge_report` says it.

        Parameters
        ----------
        path
            The data file. Its suffix says what it is: ``.toml``; ``.csv`` and ``.tsv``, rows by their first column;
            ``.txt``, a list of lines; anything else is JSON. See :func:`~vfsloader.mods.register_data_kind`.

        Returns
        -------
        object
            The data, made for this call.

        Raises
        ------
        PathNotFoundError
            No layer has the whole file.
        ResourceError
            No whole file is what its suffix says; the layer is named.
        """
        return self.merge_report(path).data

    def merge_report(self, path: paths.PathLike) -> Merged:
        """Read a file as :meth:`read_merged` does, and tell who wrote what, and who overwrote whom.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base, more = Store(), Store()
        >>> base.write("/items.json", b'{"sword": 3}')
        >>> more.write("/items.json.patch", b'[{"op": "add", "path": "/bow", "value": 2}]')
        >>> ResourceManager(base, dlc=[more]).merge_report("/items.json").sources
        {'/bow': 'memory', '/sword': 'base'}
        """
        clean = paths.normalise(path)
        with self._lock:
            self._merged.setdefault(clean, [])  # a miss is watched too
            report, parts = read_parts(self.vfs.union, clean)
            self._merged[clean] = _digests(parts)
            return report

    def update(self) -> list[Change]:
        """Bring everything up to date; call it once a frame, on the game's own thread.

        Returns
        -------
        list[Change]
            The paths in use whose content changed; most often none.
        """
        with self._lock:
            events = self._watcher.drain()
            if events:
                self._take_in(events)
            changed, self._marked = self._marked or bool(events), False
            if not self._is_told:
                version = self.vfs.union.version()
                changed = changed or version != self._version
                self._version = version
            before = self.vfs.union
            if self._mount():
                self._marked = False
                self._is_told = self.vfs.notify(self._mark)
                self._version = None if self._is_told else self.vfs.union.version()
            elif not changed:
                return []
            may_differ = _everywhere if changed else _where_they_differ(before, self.vfs.union)
            changes = [self._check(path) for path, seen in sorted(self._seen.items()) if may_differ(path, seen.layer)]
            changes += [self._check_merged(path) for path in sorted(self._merged)]
            told = [change for change in changes if change is not None]
        if told:
            for callback in self._subscribers.copy():
                callback(told)
        return told

    def subscribe(self, callback: Callable[[list[Change]], None]) -> Callable[[], None]:
        """Have a function called with the changes of each :meth:`update` that has any, on the game's own thread.

        Returns
        -------
        callable
            Ends it.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/a", b"1")
        >>> game = ResourceManager(base)
        >>> end = game.subscribe(lambda changes: print(*(change.path for change in changes)))
        >>> game.load("/a", lambda asset: asset.data)
        b'1'
        >>> base.write("/a", b"2")
        >>> _ = game.update()
        /a
        >>> end()
        """
        self._subscribers.append(callback)

        def end() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return end

    def _mark(self) -> None:
        self._marked = True

    def close(self) -> None:
        """Stop watching and close every layer that the manager opened."""
        self._watcher.close()
        self.vfs.close()
        self.mods.close()
        for layer in self._opened:
            layer.close()

    # --- layers --------------------------------------------------------------------------------------

    def _open_below(self, base: Source, dlc: Sequence[Source], on_error: contextlib.ExitStack) -> list[Mount]:
        self._opened: list[Layer] = []
        mounts: list[Mount] = []
        taken: set[str] = {"save"}
        for source, wanted in ((base, "base"), *((one, None) for one in dlc)):
            layer = open_layer(source, name=wanted, trusted=True, live=False)
            if layer is not source:
                self._opened.append(layer)
                on_error.callback(layer.close)
            name = wanted or layer.name
            while name in taken:
                name += "'"
            taken.add(name)
            mounts.append(Mount(name, layer))
        return mounts

    @staticmethod
    def _save_path(save: paths.RealPath | None) -> str:
        if save is None:
            return ":memory:"
        Path(save).absolute().parent.mkdir(parents=True, exist_ok=True)
        return os.fspath(save)

    def _folders(self) -> list[Path]:
        folders = [layer.path for _, layer in self._below if isinstance(layer, FolderLayer)]
        if self.mods.folder is not None:
            folders.append(self.mods.folder.absolute())
        return folders

    def _mount(self) -> bool:
        """Show the mods that are enabled now; tell whether others were shown before."""
        mods = self.mods.enabled
        layers = tuple(mod.layer for mod in mods)
        if layers == self._mounted:
            return False
        self._mounted = layers
        underlays = [
            Underlay(name, BASE_PRIORITY if place == 0 else DLC_PRIORITY + place, layer)
            for place, (name, layer) in enumerate(self._below)
        ]
        taken = {underlay.name for underlay in underlays}
        underlays += [
            Underlay(mod.id if mod.id not in taken else f"mod {mod.id}", MOD_PRIORITY + place, mod.layer)
            for place, mod in enumerate(mods)
        ]
        self.vfs.set_underlays(underlays)
        return True

    def _take_in(self, events: set[Path]) -> None:
        """Make layers and mods look again at what changed on the disk."""
        if self.mods.folder is not None:
            folder = self.mods.folder.absolute()
            # Below a mod's own folder only the manifest is the manager's business.
            if any(e.parent == folder or e == folder or e.name in MARKERS for e in events):
                self.mods.rescan()
        for mod in self.mods.available:
            mod.refresh()
        for _, layer in self._below:
            if isinstance(layer, FolderLayer):
                layer.refresh()

    # --- resources -----------------------------------------------------------------------------------

    def _asset(self, path: str) -> Asset:
        self._seen.setdefault(path, _Seen(None, None, None))  # a miss is watched too
        found = self.vfs.union.need_file(path)
        data = found.layer.read(found.entry.key)
        digest = found.entry.digest or hashlib.sha256(data).digest()
        self._seen[path] = _Seen(found.layer, found.entry, digest)
        return Asset(path, data, found.name)

    def _check_merged(self, path: str) -> Change | None:
        old = self._merged[path]
        try:
            report, parts = read_parts(self.vfs.union, path)
        except PathNotFoundError:
            self._merged[path] = []
            return Change(path, "removed") if old else None
        except (VFSError, OSError) as error:
            self._merged[path] = _digests(gather(self.vfs.union.mounts, path))
            return None if self._merged[path] == old else Change(path, "failed", error=str(error))
        self._merged[path] = _digests(parts)
        if self._merged[path] == old:
            return None
        refused = "; ".join(refusal.reason for refusal in report.refusals) or None
        return Change(path, "changed" if old else "added", parts[0].name, refused)

    def _check(self, path: str) -> Change | None:
        """Compare a path with what it was, and bring what was made of it up to date."""
        old = self._seen[path]
        found = self.vfs.union.find(path)
        if found is not None and found.entry.is_folder:
            found = None
        if found is None:
            self._seen[path] = _Seen(None, None, None)
            return Change(path, "removed", resources=self._resources_of(path)) if old.entry else None
        if found.layer is old.layer and found.entry == old.entry:
            return None
        try:
            digest = digest_of(found.layer, found.entry)
            self._seen[path] = _Seen(found.layer, found.entry, digest)
            if digest == old.digest:
                return None
            resources = self._refresh_made_of(path)
        except (VFSError, OSError) as error:
            return Change(path, "failed", found.name, str(error), self._resources_of(path))
        return Change(path, "changed" if old.entry else "added", found.name, resources=resources)

    def _resources_of(self, path: str) -> tuple[Any, ...]:
        return tuple(self._resources[key][0] for key in self._made_of.get(path, ()))

    def _refresh_made_of(self, path: str) -> tuple[Any, ...]:
        for key in self._made_of.get(path, ()):
            resource, options = self._resources[key]
            self._resources[key] = (key[0].refresh(resource, self._asset(path), **options), options)
        return self._resources_of(path)


def _everywhere(path: str, winner: Layer | None) -> bool:
    return True


def _where_they_differ(before: Union, after: Union) -> Callable[[str, Layer | None], bool]:
    """Give a test for the paths that may look different after layers came or went.

    Of a hundred mods one is toggled: a path that this one neither has nor hides looks as it did, and one
    look into it is far cheaper than looking through all layers again.
    """
    layers = after.changed_layers(before)
    if layers is None:
        return _everywhere
    in_the_way: dict[str, bool] = {}

    def covers(folder: str) -> bool:
        """Tell whether one of the layers hides a folder, or has a file in its place."""
        if folder not in in_the_way:
            entries = [layer.find(folder) for layer in layers]
            in_the_way[folder] = (
                any(entry is not None and not entry.is_folder for entry in entries)
                or any(layer.may_hide and layer.hides(folder) for layer in layers)
                or (folder != paths.ROOT and covers(paths.parent(folder)))
            )
        return in_the_way[folder]

    def may_differ(path: str, winner: Layer | None) -> bool:
        if winner in layers:  # it may have gone with its files, and then finds nothing
            return True
        if any(layer.find(path) is not None or (layer.may_hide and layer.hides(path)) for layer in layers):
            return True
        return covers(paths.parent(path))

    return may_differ


def _digests(parts: Iterable[Part]) -> list[bytes]:
    return [digest_of(part.layer, part.entry) for part in parts]
