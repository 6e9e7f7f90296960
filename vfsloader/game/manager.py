"""The resources of a running game: its layers, what was made of their files, and what changed.

Everything that changes under a game, a mod that is toggled, a file that is saved, a save layer that is
written, is gathered until the game calls :meth:`ResourceManager.update` on its own thread. Then the new
merged view is built, each path in use is looked at again, and only where its content really differs is its
resource made anew, in place where the engine allows it.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Self, TypeVar

from vfsloader import paths
from vfsloader.assets.changes import Change
from vfsloader.assets.decoder import Decoded, Decoder
from vfsloader.assets.live import Key, LiveResources
from vfsloader.assets.loader import FunctionLoader, Handle, HandleLoader, Loader, loader_of
from vfsloader.assets.preload import Preload, Progress, Ready
from vfsloader.assets.prepared import PreparedCache
from vfsloader.collections.base import Persistent, poll_all
from vfsloader.collections.dicts import PersistentDict
from vfsloader.errors import PathNotFoundError
from vfsloader.game.config import read_config
from vfsloader.game.files import GameFiles
from vfsloader.game.layers import GameLayers
from vfsloader.game.updater import Updater
from vfsloader.game.watcher import Watcher
from vfsloader.opening import Source

T = TypeVar("T")
Kept = TypeVar("Kept", bound=Persistent)
DEFAULT_CACHE_BYTES = 64 << 20


class ResourceManager(GameFiles):
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
    language
        Every path is looked for below ``/tl/<language>`` first; see :attr:`language`.
    cache_bytes
        How much of what was decoded is kept in memory, so that a mod toggled back costs nothing.
    cache
        A folder that keeps what was decoded for the next start; it may be deleted at any time.

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
        language: str | None = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        cache: paths.RealPath | None = None,
    ) -> None:
        layers = GameLayers(
            base, dlc, mods, save, profile=profile, game_version=game_version, provides=provides, new_mods=new_mods
        )
        super().__init__(layers, cache)
        with contextlib.ExitStack() as on_error:
            on_error.callback(super().close)
            self._lock = threading.RLock()
            self._subscribers: list[Callable[[list[Change]], None]] = []
            self._states: dict[str, Persistent] = {}
            self._prepared = None if cache is None else PreparedCache(cache)
            self._decoder = Decoder(self._sight, cache_bytes, self._files, self._prepared)
            self._living = LiveResources(cache_bytes)
            self._shortcuts = self._living.shortcuts
            self._watcher = Watcher(self._layers.folders() if watch else ())
            on_error.callback(self._watcher.close)
            self._updater = Updater(self._layers, self._decoder, self._living, self._data, self._watcher)
            self.language = language
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

    # --- loading -------------------------------------------------------------------------------------

    def load(self, path: paths.PathLike, loader: Loader[T] | Callable[..., T], **options: Any) -> T:
        """Give the resource that `loader` makes of `path`; the same one for the same options while anyone holds it.

        Parameters
        ----------
        path
            The file.
        loader
            A :class:`Loader`, or a function of an :class:`Asset` and the options. What a function gives is shared:
            leave it as it is.
        **options
            Handed to the loader; hashable values. What they leave open a ``<path>.meta`` beside the file may say,
            where the loader allows it.

        Returns
        -------
        object
            The resource. Where the loader can change it in place, it stays the same object for good; for other ones
            see :meth:`handle`.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be made into a resource. The path is watched all the same.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/level.txt", b"#.#")
        >>> game = ResourceManager(base)
        >>> game.load("/level.txt", lambda asset: asset.data.decode())
        '#.#'
        """
        typed = (loader, path, tuple(options.items())) if options else (loader, path)
        shortcut = self._shortcuts.get(typed)
        if shortcut is not None:
            resource = shortcut()
            if resource is not None:
                return resource  # type: ignore[no-any-return]
        return self._load(typed, path, loader, options)

    def _load(
        self, typed: Any, path: paths.PathLike, loader: Loader[T] | Callable[..., T], options: dict[str, Any]
    ) -> T:
        whole = loader if isinstance(loader, Loader) else FunctionLoader(loader)
        clean = paths.normalise(path)
        key: Key = (whole, clean, tuple(sorted(options.items())))
        with self._lock:
            resource = self._living.get(key)
            if resource is None:
                decoded = self._decoder.decode(whole, clean, options)
                resource = self._made(key, options, decoded)
            self._living.shorten(typed, key)
            return resource  # type: ignore[no-any-return]

    def handle(self, path: paths.PathLike, loader: Loader[T] | Callable[..., T], **options: Any) -> Handle[T]:
        """Give a handle whose ``.value`` is always the newest resource, for what cannot be changed in place.

        Parameters
        ----------
        path, loader, **options
            As for :meth:`load`.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/title.txt", b"Moth")
        >>> game = ResourceManager(base)
        >>> title = game.handle("/title.txt", lambda asset: asset.data.decode())
        >>> base.write("/title.txt", b"Moonmoth")
        >>> _ = game.update()
        >>> title.value
        'Moonmoth'
        """
        whole = loader if isinstance(loader, Loader) else FunctionLoader(loader)
        return self.load(path, HandleLoader(whole), **options)

    def attach(
        self, resource: T, path: paths.PathLike, loader: Loader[T], *, is_loaded: bool = False, **options: Any
    ) -> None:
        """Fill an object that was made elsewhere from a path, and keep it up to date as long as anyone holds it.

        Parameters
        ----------
        resource
            The object; its loader must be able to change it in place.
        path, loader, **options
            As for :meth:`load`.
        is_loaded
            It shows the path already: only keep it up to date.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be made into such an object.
        """
        clean = paths.normalise(path)
        key: Key = (loader, clean, (*sorted(options.items()), ("of its own", id(resource))))
        decoded = self._decoder.decode(loader, clean, options)
        with self._lock:
            if not is_loaded:
                loader.replace(resource, decoded.data, **decoded.options)
            self._living.add(key, options, resource, decoded)

    def preload(
        self,
        what: str | Iterable[paths.PathLike],
        loader: Loader[Any] | Callable[..., Any] | None = None,
        *,
        progress: Progress | None = None,
        threads: int | None = None,
    ) -> Preload:
        """Load many files ahead: decoded on threads, finished by :meth:`update`, a slice a frame.

        Parameters
        ----------
        what
            Paths, or a glob such as ``"/sprites/**/*.png"``.
        loader
            What makes resources of them; if left out, what an adapter registered for each file's suffix. Files for
            which there is none are passed over in a glob, and an error in a list.
        progress
            Called with (done, total, path) after each file, on the game's own thread; see
            :func:`~vfsloader.resources.progress_bar`.
        threads
            How many; as many as there are processors if left out.

        Returns
        -------
        Preload
            Holds the resources; can be cancelled, or waited for.

        Raises
        ------
        ValueError
            It is not known how to load a file.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/a.txt", b"a"), base.write("/b.txt", b"b")
        (None, None)
        >>> game = ResourceManager(base)
        >>> job = game.preload("/*.txt", lambda asset: asset.data.upper())
        >>> job.wait()
        >>> sorted(job.resources.items())
        [('/a.txt', b'A'), ('/b.txt', b'B')]
        """
        is_glob = isinstance(what, str)
        found = self.vfs.glob(what) if isinstance(what, str) else [paths.normalise(path) for path in what]
        if is_glob:
            found = [path for path in found if self.vfs.isfile(path)]
        files: list[tuple[str, Loader[Any]]] = []
        for path in dict.fromkeys(found):
            one = loader if loader is not None else loader_of(path)
            if one is not None:
                files.append((path, one if isinstance(one, Loader) else FunctionLoader(one)))
            elif not is_glob:
                raise ValueError(f"it is not known how to load {path}; give a loader")
        fetch = None
        if self.vfs.union.is_remote:
            fetch = functools.partial(self.vfs.prefetch, [path for path, _ in files])
        decode: Callable[[Loader[Any], str], Decoded] = lambda one, path: self._decoder.decode(one, path, {})  # noqa: E731
        job = Preload(files, decode, self._finish, progress, threads, fetch)
        self._updater.preloads.append(job)
        return job

    def _finish(self, ready: Ready) -> Any:
        key: Key = (ready.loader, ready.path, ())
        with self._lock:
            resource = self._living.get(key)
            if resource is None and ready.decoded is not None:
                resource = self._made(key, {}, ready.decoded)
            return resource

    def _made(self, key: Key, options: Mapping[str, Any], decoded: Decoded) -> Any:
        resource = key[0].build(decoded.data, **decoded.options)
        self._living.add(key, options, resource, decoded)
        return resource

    def in_use(self, loader: Loader[Any] | Callable[..., Any]) -> list[str]:
        """Give the paths of which a loader made resources that somebody holds."""
        whole = loader if isinstance(loader, Loader) else FunctionLoader(loader)
        with self._lock:
            return self._living.paths_of(whole)

    def stats(self) -> dict[str, int]:
        """Tell what is held and what was done.

        Returns
        -------
        dict
            ``in_use``, resources that somebody holds; ``cached`` and ``cached_bytes``, what is kept decoded;
            ``evicted``, what had to go; ``decoded``, ``remembered`` and ``prepared``, how often a file was decoded,
            found decoded in memory, and found decoded on disk; ``watched``, paths that are looked at.
        """
        counts = self._decoder.counts
        in_use = len(self._living)  # it says which paths are unused
        return {
            "in_use": in_use,
            "cached": len(self._decoder.kept),
            "cached_bytes": self._decoder.kept.bytes,
            "evicted": self._decoder.kept.evicted,
            **{name: counts[name] for name in ("decoded", "remembered", "prepared")},
            "watched": len(self._sight) - len(self._living.unreferenced_paths),
        }

    # --- changes -------------------------------------------------------------------------------------

    def update(self, budget_ms: float | None = None) -> list[Change]:
        """Bring everything up to date; call it once a frame, on the game's own thread.

        Parameters
        ----------
        budget_ms
            Milliseconds after which work is left for the next call, so that no frame is lost; at least one piece
            is done. None: everything is done now, but for what threads have not decoded yet.

        Returns
        -------
        list[Change]
            The paths in use whose content changed, and whose resources are up to date; most often none.
        """
        poll_all()
        if self._updater.is_idle:
            return []
        with self._lock:
            told = self._updater.update(budget_ms)
        if told:
            for callback in self._subscribers.copy():
                callback(told)
        return told

    def state(self, name: str, kind: type[Kept] = PersistentDict, **options: Any) -> Kept:  # type: ignore[assignment]
        """Give a collection that lies in the save: settings, slots, what a player has found.

        Parameters
        ----------
        name
            Which one; made if missing.
        kind
            ``PersistentDict``, ``PersistentList`` or ``PersistentSet``.
        **options
            See :class:`~vfsloader.collections.base.Persistent`.

        Returns
        -------
        Persistent
            The same one each time; closed with the manager. Its ``transaction()`` covers the save's files, too.

        Raises
        ------
        TypeError
            There is one of another kind, or the save is a folder of loose files.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as base, ResourceManager(base, watch=False) as game:
        ...     settings = game.state("settings")
        ...     settings["volume"] = 0.8
        ...     game.state("settings")
        {'volume': 0.8}
        """
        with self._lock:
            known = self._states.get(name)
            if known is None or known.closed:
                known = self._states[name] = kind(self.vfs, name, **options)
            elif not isinstance(known, kind):
                raise TypeError(f"{name!r} is a {type(known).__name__}, not a {kind.__name__}")
            return known

    def subscribe(self, callback: Callable[[list[Change]], None]) -> Callable[[], None]:
        """Have a function called with the changes of each :meth:`update` that has any, on the game's own thread.

        Once each time, however often it was subscribed.

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
        if callback not in self._subscribers:
            self._subscribers.append(callback)

        def end() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return end

    def close(self) -> None:
        """Stop watching and close every layer that the manager opened."""
        for job in self._updater.preloads:
            job.cancel()
        self._watcher.close()
        if self._prepared is not None:
            self._prepared.close()
        for kept in self._states.values():
            kept.close()
        super().close()

    def _looks_different(self) -> None:
        self._updater.mark()
