"""The resource manager: a running game's layers, what was loaded from their files, and what changed.

Everything that changes while a game runs (a mod that is toggled, a file that is saved, a save layer that is written) is
collected until the game calls :meth:`ResourceManager.update` on its own thread. Then the new merged tree is built, each
path in use is looked at again, and only where its content really differs is its resource reloaded, in place where the
engine allows it.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import importlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, Self, TypeVar, Unpack, overload

from vfsloader import paths
from vfsloader.assets.changes import Change
from vfsloader.assets.decoder import Decoder
from vfsloader.assets.live import Key, LiveResources
from vfsloader.assets.loader import Asset, Decoded, FunctionLoader, Handle, HandleLoader, Loader, loader_of
from vfsloader.errors import PathNotFoundError
from vfsloader.game.context import Context
from vfsloader.game.declaring import GameDeclaring
from vfsloader.game.files import GameFiles, Language
from vfsloader.game.inside import Inside, Page
from vfsloader.game.layers import GameLayers, Sources
from vfsloader.game.options import ConfigOptions
from vfsloader.game.reading import GameReading
from vfsloader.game.safe_start import SafeMode, SafeStart, StartCounter
from vfsloader.game.updater import Updater
from vfsloader.game.watcher import Watcher
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.places import cache_folder
from vfsloader.opening import Source
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.forking import renew_in_child
from vfsloader.runtime.polling import poll_all

if TYPE_CHECKING:
    from vfsloader.assets.preload import Preload, Progress, Ready
    from vfsloader.assets.prepared import PreparedCache
    from vfsloader.collections.base import Persistent
    from vfsloader.collections.dicts import PersistentDict
    from vfsloader.collections.options import CollectionOptions, DictOptions
    from vfsloader.layers.union import Found

    AnyPersistent = TypeVar("AnyPersistent", bound=Persistent)

T = TypeVar("T")
#: A function of an asset and the options; either that or a loader.
LoaderFunction = Callable[Concatenate[Asset, ...], T]
AnyLoader = Loader[T] | LoaderFunction[T]
DEFAULT_CACHE_BYTES = 64 << 20


_NO_OPTIONS: dict[str, Any] = {}


class ResourceManager(GameReading, GameDeclaring):
    """A game's layers and what was loaded from them.

    Parameters
    ----------
    base
        The game's own files: a folder, archive, pack or layer.
    dlc
        Expansions, each above the one before.
    mods
        The mods folder, or several, such as the game's own, the system's and the user's; they may be read-only. Of
        several copies of one mod, that in the last folder is used.
    save
        The database for what the game writes; in memory if left out.
    profile
        The mod profile; None for the one used last.
    watch
        Notice files that change on the disk.
    game_version, provides, new_mods
        See :class:`~vfsloader.mods.ModManager`.
    language
        One language or several, the first one first: look for every path below ``/tl/<language>`` first; see
        :attr:`language`.
    cache_bytes
        How many bytes of decoded data are kept in memory, so that toggling a mod back costs nothing.
    cache
        A folder that keeps decoded data for the next start. It may be deleted at any time. If it cannot be written, it
        is in `state_dir`, or else in a folder of the user's own data.
    budget
        What a mod's files may cost, where a game needs more or less than the default; ``docs/budget.md`` has the
        limits. They apply to each file of a mod, and to everything that is made of it.
    state_dir
        The folder for what the player chooses among the mods, ``mods.json``. By default, that is the last mods folder
        that can be written; if there is none, a folder of the user's own data.
    safe_mode
        What to do after two starts in a row with these mods that never came to :meth:`ready`: ``"ask"`` starts with
        the last good set, see :attr:`safe_start`; ``"auto"`` makes it the player's own as well; ``"off"`` counts no
        starts. Only games that call :meth:`ready` should set it.
    declares
        What the game declares about its data; see :meth:`declare_data`. ``game.toml`` has tables for it.
    own_sources
        The game's own sources of mods: by address, the public key of their owner, in hexadecimal or as a file. Players
        need not add them; ``[[source]]`` in ``game.toml``.

    Attributes
    ----------
    context
        What the game publishes about itself for the conditions of mods: ``game.context["season"] = "winter"``. Texts,
        numbers and booleans; a change counts at the next :meth:`update`.
    mods
        The :class:`~vfsloader.mods.ModManager`.
    vfs
        The merged tree, a :class:`~vfsloader.VirtualFileSystem`; what is written to it goes to the save.

    Raises
    ------
    VFSError
        The base, an expansion or the save cannot be opened. A bad mod never raises: see ``.mods.problems``.
    ConfigError
        A key of `budget` is unknown, or its value is not a positive number.

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
        dlc: Sources = (),
        mods: paths.RealPath | Iterable[paths.RealPath] | None = None,
        save: paths.RealPath | None = None,
        profile: str | None = "default",
        watch: bool = True,
        game_version: str | None = None,
        provides: Mapping[str, str] | None = None,
        new_mods: Literal["enabled", "disabled"] = "enabled",
        language: Language = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        cache: paths.RealPath | None = None,
        budget: Mapping[str, float] | None = None,
        state_dir: paths.RealPath | None = None,
        safe_mode: SafeMode = "off",
        declares: Declarations | None = None,
        own_sources: Mapping[str, str] | None = None,
    ) -> None:
        limits = Limits.of(budget or {})
        cache = None if cache is None else cache_folder(cache, state_dir)
        layers = GameLayers(
            base,
            dlc,
            mods,
            save,
            profile=profile,
            game_version=game_version,
            provides=provides,
            new_mods=new_mods,
            limits=limits,
            state_dir=state_dir,
            own_sources=own_sources,
        )
        self.mods = layers.mods
        self._start = StartCounter(layers.mods, safe_mode)
        self.vfs = layers.vfs
        declared = self.mods.declarations = Declarations() if declares is None else declares
        self._files = files = GameFiles(layers, cache, self._on_language, declared)
        with contextlib.ExitStack() as on_error:
            on_error.callback(files.close)
            self.context = Context(self._publish, declared.context)
            self._lock = threading.RLock()
            renew_in_child(self, "_lock")
            #: When the game started, in seconds since 1970.
            self.started = time.time()
            self._recent: collections.deque[str] = collections.deque(maxlen=32)
            self._subscribers: list[Callable[[list[Change]], None]] = []
            self._states: dict[str, Persistent] = {}
            self._page: Page | None = None
            self._prepared = None if cache is None else _prepared_cache(cache)
            self._decoder = Decoder(
                files.snapshots, cache_bytes, files.real_files, self._prepared, layers.is_trusted, limits
            )
            self._decoder.recent = self._recent
            layers.report_unused(self._decoder, files.refused, files.registries.refused)
            self._resources = LiveResources(cache_bytes)
            self._shortcuts = self._resources.shortcuts
            self._watcher = Watcher(layers.folders() if watch else ())
            on_error.callback(self._watcher.close)
            self.mods.trust_watcher(lambda: self._watcher.is_running)
            self._updater = Updater(
                layers,
                self._decoder,
                self._resources,
                files.data,
                files.edited,
                files.texts,
                files.registries,
                self._watcher,
            )
            self.language = language
            layers.mount()  # parts of mods may depend on the language
            self._updater.begin()
            on_error.pop_all()

    @classmethod
    def from_config(cls, file: paths.RealPath, **overrides: Unpack[ConfigOptions]) -> Self:
        """Make a manager from a ``game.toml``.

        Parameters
        ----------
        file
            The file, or the folder that contains it.
        **overrides
            Parameters that replace the file's.
        """
        from vfsloader.game.config import read_config

        parameters: dict[str, Any] = {**read_config(file), **overrides}
        return cls(**parameters)

    def __repr__(self) -> str:
        layers = [mount.name for mount in self.vfs.union.mounts[::-1]]
        return f"{type(self).__name__}(layers={layers}, mods={self.mods!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, PathNotFoundError):
            error.settle()
        if error is not None:
            self._start.give_up()
        self.close()

    def ready(self) -> None:
        """Say that the game has started, as when its first screen is there; see `safe_mode`.

        Starts are counted from the first call on. One that was never ready, because the process crashed or was ended
        while it hung, or by an exception, counts as failed. One that the player ended does not.
        """
        self._start.ready()

    def crash_report(self, error: BaseException, folder: paths.RealPath) -> Path:
        """Write a report about an error that a player can send: it names no folder or name of the player.

        Parameters
        ----------
        error
            The error.
        folder
            The folder of the disk for the report. It is made if it does not exist.

        Returns
        -------
        Path
            The report, a text: the mods that may have caused the error (see :func:`vfsloader.blame`), the traceback,
            the mods in load order with their options, problems, the last changes of the mods, and versions.

        Examples
        --------
        >>> import tempfile
        >>> from vfsloader import Store
        >>> folder = tempfile.TemporaryDirectory()
        >>> with ResourceManager(Store()) as game:
        ...     file = game.crash_report(ValueError("no such level"), folder.name)
        >>> file.read_text().splitlines()[0]
        'ValueError: no such level'
        >>> folder.cleanup()
        """
        from vfsloader.game.crash_report import crash_report

        return crash_report(error, folder, self)

    @property
    def safe_start(self) -> SafeStart | None:
        """What was left out because earlier starts failed, and what to do about it; None for an ordinary start."""
        return self._start.safe_start

    # --- loading -------------------------------------------------------------------------------------

    @overload
    def load(self, path: paths.PathLike, loader: Loader[T], **options: Any) -> T: ...
    @overload
    def load(self, path: paths.PathLike, loader: Callable[[Asset], T]) -> T: ...
    @overload
    def load(self, path: paths.PathLike, loader: LoaderFunction[T], **options: Any) -> T: ...
    def load(self, path: paths.PathLike, loader: AnyLoader[T], **options: Any) -> T:
        """Return the resource that `loader` makes of `path`: the same one for the same options while it is in use.

        Parameters
        ----------
        path
            The file.
        loader
            A :class:`Loader`, or a function of an :class:`Asset` and the options. What a function returns is shared:
            do not change it.
        **options
            Passed to the loader; hashable values. A ``<path>.meta`` beside the file may set options that are left
            out here, where the loader allows it.

        Returns
        -------
        object
            The resource. Where the loader can change it in place, it always stays the same object; for others see
            :meth:`handle`.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be made into a resource. The path is watched even so.

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

    def _load(self, typed: Any, path: paths.PathLike, loader: AnyLoader[T], options: dict[str, Any]) -> T:
        # What `isinstance` says, without the call that it makes for an abstract class.
        made_by: Any = loader if Loader in type(loader).__mro__ else FunctionLoader(loader)  # type: ignore[arg-type]
        clean = paths.normalise(path)
        if options:
            key: Key = (made_by, clean, tuple(sorted(options.items())))
        else:
            key, options = (made_by, clean, ()), _NO_OPTIONS  # one dictionary for all resources
        with self._lock:
            resource = self._resources.get(key)
            if resource is None:
                decoded = self._decoder.decode(made_by, clean, options)
                resource = self._build(key, options, decoded)
            self._resources.add_shortcut(typed, key)
            return resource  # type: ignore[no-any-return]

    @overload
    def handle(self, path: paths.PathLike, loader: Loader[T], **options: Any) -> Handle[T]: ...
    @overload
    def handle(self, path: paths.PathLike, loader: Callable[[Asset], T]) -> Handle[T]: ...
    @overload
    def handle(self, path: paths.PathLike, loader: LoaderFunction[T], **options: Any) -> Handle[T]: ...
    def handle(self, path: paths.PathLike, loader: AnyLoader[T], **options: Any) -> Handle[T]:
        """Return a handle whose ``.value`` is always the newest resource, for values that cannot change in place.

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
        made_by = loader if isinstance(loader, Loader) else FunctionLoader(loader)
        return self.load(path, HandleLoader(made_by), **options)

    def attach(
        self,
        resource: T,
        path: paths.PathLike,
        loader: Loader[T],
        *,
        is_loaded: bool = False,
        shows: Decoded | None = None,
        **options: Any,
    ) -> None:
        """Fill an object that was made elsewhere from a path, and keep it up to date while it is in use.

        Parameters
        ----------
        resource
            The object; its loader must be able to change it in place.
        path, loader, **options
            As for :meth:`load`.
        is_loaded
            It shows the path already: only keep it up to date.
        shows
            What :meth:`leave_to_engine` or :meth:`decoded` returned, if the object was just made of that.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be made into such an object.
        """
        clean = paths.normalise(path)
        key: Key = (loader, clean, (*sorted(options.items()), ("attached", id(resource))))
        decoded = self._decoder.decode(loader, clean, options) if shows is None else shows
        with self._lock:
            if not is_loaded and shows is None:
                loader.replace(resource, decoded.data, **decoded.options)
            anchor = loader.anchor(resource, functools.partial(Decoder.decode, self._decoder, loader, clean, options))
            self._resources.add(key, options, resource, decoded, anchor)

    def decoded(self, path: paths.PathLike, loader: Loader[Any], **options: Any) -> Decoded:
        """Return what a loader makes of a path, for an object that is made of it and then passed to :meth:`attach`.

        Parameters
        ----------
        path, loader, **options
            As for :meth:`load`.

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be decoded.
        """
        return self._decoder.decode(loader, paths.normalise(path), options)

    def leave_to_engine(self, path: str, loader: Loader[Any], found: Found, **options: Any) -> Decoded | None:
        """Let the engine itself read a file and make an object of it, and :meth:`attach` that with what is returned.

        Parameters
        ----------
        path, loader, **options
            As for :meth:`attach`; the path normalised.
        found
            The file that wins the path.

        Returns
        -------
        Decoded or None
            None if more than this file counts, such as edits of mods: then the object must be filled from the path.
        """
        return self._decoder.note(loader, path, found, options)

    def preload(
        self,
        what: str | Iterable[paths.PathLike],
        loader: AnyLoader[Any] | None = None,
        *,
        progress: Progress | None = None,
        threads: int | None = None,
    ) -> Preload:
        """Load many files ahead of time: threads decode them, and :meth:`update` finishes a few each frame.

        Parameters
        ----------
        what
            Paths, or a glob such as ``"/sprites/**/*.png"``.
        loader
            Makes resources of them; if left out, the loader that an adapter registered for each file's suffix. Files
            without one are skipped in a glob, and an error in a list.
        progress
            Called with (done, total, path) after each file, on the game's own thread; see
            :func:`~vfsloader.assets.preload.progress_bar`.
        threads
            How many threads; one for each processor if left out.

        Returns
        -------
        Preload
            Holds the resources. It can be cancelled, or waited for.

        Raises
        ------
        ValueError
            There is no loader for a file.

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
        from vfsloader.assets.preload import Preload

        is_glob = isinstance(what, str)
        wanted = self.vfs.glob(what) if isinstance(what, str) else [paths.normalise(path) for path in what]
        if is_glob:
            wanted = [path for path in wanted if self.vfs.isfile(path)]
        files: list[tuple[str, Loader[Any]]] = []
        for path in dict.fromkeys(wanted):
            made_by = loader if loader is not None else loader_of(path)
            if made_by is not None:
                files.append((path, made_by if isinstance(made_by, Loader) else FunctionLoader(made_by)))
            elif not is_glob:
                raise ValueError(f"there is no loader for {path}; pass one as loader=")
        fetch = None
        if self.vfs.union.is_remote:
            fetch = functools.partial(self.vfs.prefetch, [path for path, _ in files])
        files.sort(key=lambda file: self._size_of(file[0]), reverse=True)  # no thread ends long after the others
        job = Preload(files, self._decode, self._finish, progress, threads, fetch)
        self._updater.preloads.append(job)
        return job

    def _size_of(self, path: str) -> int:
        found = self._files.snapshots.find(path)
        return 0 if found is None else found.entry.size

    def _decode(self, loader: Loader[Any], path: str) -> Decoded:
        return self._decoder.decode(loader, path, {})

    def _finish(self, ready: Ready) -> Any:
        key: Key = (ready.loader, ready.path, ())
        with self._lock:
            resource = self._resources.get(key)
            if resource is None and ready.decoded is not None:
                resource = self._build(key, {}, ready.decoded)
            return resource

    def _build(self, key: Key, options: Mapping[str, Any], decoded: Decoded) -> Any:
        resource = key[0].build(decoded.data, **decoded.options)
        anchor = key[0].anchor(resource, functools.partial(Decoder.decode, self._decoder, key[0], key[1], options))
        self._resources.add(key, options, resource, decoded, anchor)
        return resource

    def in_use(self, loader: AnyLoader[Any]) -> list[str]:
        """Return the paths of which a loader made resources that are in use."""
        made_by = loader if isinstance(loader, Loader) else FunctionLoader(loader)
        with self._lock:
            return self._resources.paths_of(made_by)

    def stats(self) -> dict[str, int]:
        """Count what is in use and what was done.

        Returns
        -------
        dict
            ``in_use``, resources; ``cached`` and ``cached_bytes``, decoded data in memory; ``evicted``, decoded data
            that was dropped for lack of room; ``decoded``, ``remembered`` and ``prepared``, how often a file was
            decoded, found decoded in memory, and found decoded on disk; ``watched``, paths that are looked at.
        """
        counts = self._decoder.counts
        in_use = len(self._resources)  # counting them finds out which paths are unused
        return {
            "in_use": in_use,
            "cached": len(self._decoder.cache),
            "cached_bytes": self._decoder.cache.bytes,
            "evicted": self._decoder.cache.evicted,
            **{name: counts[name] for name in ("decoded", "remembered", "prepared")},
            "watched": len(self._files.snapshots) - len(self._resources.unreferenced_paths),
        }

    # --- changes -------------------------------------------------------------------------------------

    def update(self, budget_ms: float | None = None) -> list[Change]:
        """Bring everything up to date; call it once a frame, on the game's own thread.

        Parameters
        ----------
        budget_ms
            Milliseconds after which decoding is left for the next call, so that no frame is lost; at least one file
            is decoded, and large ones on a thread. When all files are decoded, everything is shown in one frame.
            None: do everything now, except for preloads that threads have not decoded yet.

        Returns
        -------
        list[Change]
            The paths in use whose content changed and whose resources are up to date; usually none.
        """
        poll_all()
        if self._updater.is_idle:
            return []
        with self._lock:
            changes = self._updater.update(budget_ms)
        if changes:
            for callback in self._subscribers.copy():
                callback(changes)
        return changes

    @overload
    def state(self, name: str, **options: Unpack[DictOptions]) -> PersistentDict: ...
    @overload
    def state(self, name: str, kind: type[PersistentDict], **options: Unpack[DictOptions]) -> PersistentDict: ...
    @overload
    def state(self, name: str, kind: type[AnyPersistent], **options: Unpack[CollectionOptions]) -> AnyPersistent: ...
    def state(self, name: str, kind: type[Persistent] | None = None, **options: Any) -> Persistent:
        """Return a collection that is kept in the save: settings, slots, what a player has found.

        Parameters
        ----------
        name
            Which one; made if missing.
        kind
            ``PersistentDict`` (if left out), ``PersistentList`` or ``PersistentSet``.
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
        from vfsloader.collections.dicts import PersistentDict  # few games need collections

        wanted: type[Persistent] = PersistentDict if kind is None else kind
        with self._lock:
            known = self._states.get(name)
            if known is None or known.closed:
                known = self._states[name] = wanted(self.vfs, name, **options)
            elif not isinstance(known, wanted):
                raise TypeError(f"{name!r} is a {type(known).__name__}, not a {wanted.__name__}")
            return known

    def subscribe(self, callback: Callable[[list[Change]], None]) -> Callable[[], None]:
        """Call a function with the changes of each :meth:`update` that has any, on the game's own thread.

        It is called once each time, however often it was subscribed.

        Returns
        -------
        callable
            Ends the subscription.

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

    @property
    def inside(self) -> Inside:
        """What the manager is made of, for tools. Its parts may change in any version."""
        return Inside(self._files.layers, self._decoder, self._resources, self._updater)

    def serve_inspector(self, port: int = 0, *, read_only: bool = False) -> Page:
        """Serve a page that shows the running game, on this computer only; see ``docs/page.md``.

        While no page is open, that costs the game nothing.

        Parameters
        ----------
        port
            The port; 0 for any that is free.
        read_only
            Let the page change nothing.

        Returns
        -------
        Page
            Print its ``.address`` and open that in a browser. It is closed with the manager.

        Raises
        ------
        MissingExtraError
            The extra ``ui`` is not installed.
        OSError
            The port is in use.

        Examples
        --------
        >>> from vfsloader import Store
        >>> with ResourceManager(Store(), watch=False) as game:
        ...     game.serve_inspector().address
        'http://127.0.0.1:.../.../'
        """
        if self._page is None:
            # A package on a higher level, which few games need: it is found by its name, as adapters are.
            self._page = importlib.import_module("vfsloader.page").serve_inspector(self, port, read_only=read_only)
        return self._page

    def close(self) -> None:
        """Stop watching and close every layer that the manager opened."""
        if self._page is not None:
            self._page.close()
            self._page = None
        self._start.close()
        for job in self._updater.preloads:
            job.cancel()
        self._watcher.close()
        if self._prepared is not None:
            self._prepared.close()
        for collection in self._states.values():
            collection.close()
        self._files.close()

    def _on_language(self) -> None:
        self._updater.mark()
        self._publish()

    def _publish(self) -> None:
        self._files.layers.publish(self._files.snapshots.languages, self.context)


def _prepared_cache(folder: Path) -> PreparedCache:
    from vfsloader.assets.prepared import PreparedCache

    return PreparedCache(folder)
