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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, Self, TypeVar, Unpack, overload

from vfsloader import paths
from vfsloader.assets.changes import Change
from vfsloader.assets.decoder import Decoder
from vfsloader.assets.live import Key, LiveResources
from vfsloader.assets.loader import Asset, Decoded, FunctionLoader, Handle, HandleLoader, Loader, loader_of
from vfsloader.errors import PathNotFoundError
from vfsloader.game.context import Context
from vfsloader.game.files import GameFiles, Language
from vfsloader.game.inside import Inside, Page
from vfsloader.game.layers import GameLayers, Sources
from vfsloader.game.options import ConfigOptions
from vfsloader.game.safe_start import SafeMode, SafeStart, StartCounter
from vfsloader.game.updater import Updater
from vfsloader.game.watcher import Watcher
from vfsloader.mods.declarations import Declarations, declare_context, declare_data, declare_registry, default_name
from vfsloader.mods.places import cache_folder
from vfsloader.opening import Source
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.forking import renew_in_child
from vfsloader.runtime.polling import poll_all

if TYPE_CHECKING:
    from vfsloader.assets.edits.apply import EditOutcome
    from vfsloader.assets.preload import Preload, Progress, Ready
    from vfsloader.assets.prepared import PreparedCache
    from vfsloader.collections.base import Persistent
    from vfsloader.collections.dicts import PersistentDict
    from vfsloader.collections.options import CollectionOptions, DictOptions
    from vfsloader.datamerge.maps import EditedFile
    from vfsloader.datamerge.merge import Merged
    from vfsloader.game.part_reports import At, PartReport
    from vfsloader.game.recording import Recording
    from vfsloader.game.registries import Registry
    from vfsloader.game.translations import Translations
    from vfsloader.mods.lint.check_all import SetFinding

    AnyPersistent = TypeVar("AnyPersistent", bound=Persistent)

T = TypeVar("T")
#: A function of an asset and the options; either that or a loader.
LoaderFunction = Callable[Concatenate[Asset, ...], T]
AnyLoader = Loader[T] | LoaderFunction[T]
DEFAULT_CACHE_BYTES = 64 << 20


class ResourceManager:
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

    # --- files ---------------------------------------------------------------------------------------

    @property
    def language(self) -> Language:
        """The language whose files count first, or several. It may be set at any time, and shows at the next `update`.

        ``/tl/fi/sprites/sign.png``, in any layer, is the Finnish version of ``/sprites/sign.png``. The same holds for
        sounds, and for data files and their changes. Texts come from catalogs; see :meth:`translations`.
        """
        return self._files.language

    @language.setter
    def language(self, language: Language) -> None:
        self._files.language = language

    def exists(self, path: paths.PathLike) -> bool:
        """Return whether there is a file, in the present language or in none."""
        return self._files.exists(path)

    def read(self, path: paths.PathLike) -> bytes:
        """Read a file, in the present language if it has one. The path is watched from then on.

        Raises
        ------
        PathNotFoundError
            No layer has it.
        """
        return self._files.read(path)

    def asset(self, path: paths.PathLike) -> Asset:
        """Read a file as loaders get it: with the name of its layer, and whether that is the game's own.

        Raises
        ------
        PathNotFoundError
            No layer has it.
        """
        return self._decoder.asset(paths.normalise(path))

    def is_trusted(self, path: paths.PathLike) -> bool:
        """Return whether a path's file comes from the game's own layers, and not from a mod; also if there is none."""
        with self._files.snapshots.lock:
            found = self._files.snapshots.find(paths.normalise(path))
        return found is None or self._decoder.is_trusted(found.name)

    def real_folder(self, path: paths.PathLike = "/") -> str:
        """Return a folder of the disk with the files of a folder of the tree, as they are now.

        For libraries that read several files that name each other, such as a tile map. The folder exists as long as
        the manager is open. Do not write to it: its files may be the game's own under another name.

        Parameters
        ----------
        path
            The folder; everything below it is included.

        Raises
        ------
        PathNotFoundError, NotAFolderError
            There is no such folder.
        """
        return self._files.real_folder(path)

    def real_path(self, path: paths.PathLike) -> str:
        """Return a file of the disk with the content of a path, for libraries that can read nothing else.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        str
            The file itself where a folder provides it, else a copy in the cache folder, which exists as long as the
            manager is open. Do not write to it.

        Raises
        ------
        PathNotFoundError
            No layer has it.
        """
        return self._files.real_path(path)

    def read_merged(self, path: paths.PathLike) -> Any:
        """Read a data file with the changes that mods make to it.

        The highest layer that has the whole file counts. Above it, each layer's ``<path>.merge`` (for JSON and TOML by
        RFC 7396) and ``<path>.patch`` (RFC 6902) is applied in load order. The path is watched from then on. Changes
        that cannot be applied are skipped; :meth:`merge_report` lists them.

        Parameters
        ----------
        path
            The data file. Its suffix says what it is: ``.toml``; ``.csv`` and ``.tsv``, rows by their first column;
            ``.txt``, a list of lines; anything else is JSON. See :func:`~vfsloader.datamerge.register_data_kind`.

        Returns
        -------
        object
            The data, made for this call.

        Raises
        ------
        PathNotFoundError
            No layer has the whole file.
        ResourceError
            No whole file is valid for its suffix; the error names the layer.
        """
        return self.merge_report(path).data

    def merge_report(self, path: paths.PathLike) -> Merged:
        """Read a file as :meth:`read_merged` does, and report who wrote which value, and who overwrote whom.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base, more = Store(), Store()
        >>> base.write("/items.json", b'{"sword": 3}')
        >>> more.write("/items.json.patch", b'[{"op": "add", "path": "/bow", "value": 2}]')
        >>> ResourceManager(base, dlc=[more]).merge_report("/items.json").sources
        {'/bow': 'memory', '/sword': 'base'}
        """
        self._recent.append(paths.normalise(path))
        return self._files.merge_report(path)

    def edit_report(self, path: paths.PathLike, at: tuple[int, int] | None = None) -> list[EditOutcome]:
        """Return what becomes of the edits that mods make to a picture or a map, in the order in which they apply.

        A picture is decoded for this, with the options that its loader has by default. :meth:`map_report` says more
        about maps.

        Parameters
        ----------
        path
            The picture or map.
        at
            A pixel of the picture or a tile of the map, x and y: only the edits that changed it.

        Returns
        -------
        list[EditOutcome]
            Each has ``.mod``, ``.path`` (of the ``.edit`` file), ``.area`` (x, y, width and height in pixels, of a map
            in tiles; None if it is not known) and ``.reason``: why it is left out; None if it is applied. An edit whose
            condition does not hold is not in the list.

        Raises
        ------
        PathNotFoundError, ResourceError
            No layer has the picture, or it cannot be decoded.
        MissingExtraError
            Neither an adapter is imported nor Pillow installed.
        """
        from vfsloader.assets.edit_reports import edit_report
        from vfsloader.assets.edits.apply import EditOutcome
        from vfsloader.assets.edits.plain_pictures import PLAIN_PICTURES
        from vfsloader.datamerge.maps import is_map

        clean = paths.normalise(path)
        if is_map(clean):
            report = self._files.map_report(clean)
            return [
                EditOutcome(
                    self._files.layers.mod_of(edit.mod),
                    edit.path,
                    edit.area,
                    edit.reason,
                    edit.key,
                    *(edit.tiles[at] if at is not None else ()),
                )
                for edit in (report.edits if at is None else report.at(*at))
            ]
        loader = self._resources.picture_loader(clean) or loader_of(clean) or PLAIN_PICTURES
        outcomes = edit_report(self._decoder, loader, clean, at)
        return [replace(outcome, mod=self._files.layers.mod_of(outcome.mod)) for outcome in outcomes]

    def why(self, path: paths.PathLike, at: At) -> PartReport:
        """Return why a pixel of a picture, a tile of a map, a value of a data file or a text is what it is.

        Parameters
        ----------
        path
            The picture, map or data file, or a catalog of texts: ``"/locale/fi/game"``.
        at
            The pixel or the tile, x and y; or the value, as in RFC 6901: ``"/sword/damage"``. A member of a list may
            be named by a key: ``"/items/[id=sword]/damage"``. A text by its id.

        Returns
        -------
        PartReport
            ``.value``, and every file that set it in ``.steps``, each with what was there before and after.

        Raises
        ------
        PathNotFoundError, ResourceError
            No layer has the file, it cannot be read, or it has no such value.
        ValueError
            The pixel is outside of the picture.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base, more = Store(), Store()
        >>> base.write("/items.json", b'{"sword": {"damage": 3}}')
        >>> more.write("/items.json.merge", b'{"sword": {"damage": 5}}')
        >>> report = ResourceManager(base, dlc=[more]).why("/items.json", "/sword/damage")
        >>> report.value, [(step.path, step.after) for step in report.steps]
        (5, [('/items.json', 3), ('/items.json.merge', 5)])
        """
        from vfsloader.game.part_reports import report_part

        return report_part(self._files, self._decoder, paths.normalise(path), at)

    def read_edited(self, path: paths.PathLike) -> bytes:
        """Read a map, or any XML file, with the changes that mods make to parts of it.

        The highest layer that has the whole file counts. Above it, each layer's ``<path>.edit`` (maps of Tiled and
        LDtk) and ``<path>.patch`` (XML by RFC 5261, JSON by RFC 6902) is applied in load order; ``docs/map-edits.md``
        has the format. The path is watched from then on. Edits that do not fit are left out; :meth:`map_report`
        lists them.

        Parameters
        ----------
        path
            The file: ``.tmx``, ``.tmj``, ``.json`` of Tiled, ``.ldtk``, ``.ldtkl``, or XML.

        Returns
        -------
        bytes
            The file; exactly as its layer has it if no mod changes it.

        Raises
        ------
        PathNotFoundError
            No layer has the whole file.
        ResourceError
            No whole file can be read.
        """
        return self._files.map_report(path).data

    def map_report(self, path: paths.PathLike) -> EditedFile:
        """Read a file as :meth:`read_edited` does, and report each edit, and who overwrote whom.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base, more = Store(), Store()
        >>> base.write("/town.tmj", b'''{"tilewidth": 16, "width": 2, "height": 1, "layers": [
        ...     {"type": "tilelayer", "name": "ground", "width": 2, "height": 1, "data": [0, 0]}],
        ...     "tilesets": [{"firstgid": 1, "name": "town", "tilecount": 9}]}''')
        >>> more.write("/town.tmj.edit", b'''[[edit]]
        ... layer = "ground"
        ... tiles = [[1, 0, "town:4"]]''')
        >>> report = ResourceManager(base, dlc=[more]).map_report("/town.tmj")
        >>> report.at(1, 0)[0].key, b"[0, 5]" in report.data
        ('edit[1].tiles', True)
        """
        return self._files.map_report(path)

    def recently_used(self) -> list[str]:
        """Return the files that were loaded or read as data last, the newest first; see :func:`vfsloader.blame`."""
        return list(dict.fromkeys(reversed(self._recent)))

    def resources_by_id(self) -> dict[int, str]:
        """Return the path of each resource in use, by its ``id()``; see :func:`vfsloader.blame`."""
        with self._lock:
            return self._resources.paths_by_id()

    def translations(self, domain: str = "game", languages: Language = None) -> Translations:
        """Return the texts of the game in its language, as an object of Python's ``gettext``.

        Catalogs are ``/locale/<language>/<domain>.po``, ``.mo`` or ``.json``, with or without gettext's folder
        ``LC_MESSAGES``, in any layer. They are merged message by message: the first language that has a message
        counts, and in it the highest layer; then what a mod says in the ``language`` of its manifest; then the id.

        Parameters
        ----------
        domain
            The name of the catalogs without a suffix.
        languages
            One language or several, the first one first; that of the game if left out, also when it changes.

        Returns
        -------
        Translations
            The same object for the same languages while it is in use. It follows every change.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/locale/fi/game.json", b'{"Hello": "Hei"}')
        >>> game = ResourceManager(base, language="fi")
        >>> _ = game.translations("game").gettext
        >>> _("Hello")
        'Hei'
        """
        found = self._files.translations(domain, languages)
        self._recent.extend(self._files.texts.catalogs())
        return found

    def untranslated(self, language: str, domain: str = "game") -> dict[str, tuple[str, ...]]:
        """Return the messages that a language has not translated, each with the layers that name it.

        Parameters
        ----------
        language
            The language. The messages are those of all languages.
        domain
            The name of the catalogs without a suffix.
        """
        return self._files.untranslated(domain, language)

    # --- what the game says about itself --------------------------------------------------------------

    @property
    def declarations(self) -> Declarations:
        """What the game declares: its data files, registries and context values."""
        return self._files.registries.declared

    def declare_context(self, **values: Any) -> None:
        """Describe values of :attr:`context`, so that tools can check the conditions of mods.

        Parameters
        ----------
        **values
            By name, a list of choices, a type such as ``"bool"``, or a description as options of mods have it.
            Afterwards, setting a value that does not fit raises a :class:`~vfsloader.errors.OptionError`.

        Raises
        ------
        ValueError
            A description is wrong.

        Examples
        --------
        >>> from vfsloader import Store
        >>> game = ResourceManager(Store())
        >>> game.declare_context(season=["winter", "summer"], night="bool")
        >>> game.context["season"] = "winter"
        """
        self.declarations.context.update(declare_context(values))

    def declare_data(self, files: str, schema: Any = None, *, references: Mapping[str, str] | None = None) -> None:
        """Describe data files, so that what mods make of them is checked where the game or a tool reads them.

        Parameters
        ----------
        files
            A path or a glob, such as ``"/data/balance.json"``.
        schema
            A JSON Schema as a table, a dataclass, a msgspec or pydantic model, or a function that raises ValueError.
            :meth:`read_merged` returns the data as it is even so; what does not fit is among ``game.mods.problems``.
        references
            Where the data names other things: pointers with ``*`` for every member, each with the name of a registry,
            ``"path"``, or a path with ``{}``.

        Raises
        ------
        ValueError
            A parameter is wrong.
        """
        self.declarations.data.append(declare_data(files, schema, references))

    def registry(
        self,
        files: str,
        *,
        id: str | None = "id",
        model: Any = None,
        name: str | None = None,
        references: Mapping[str, str] | None = None,
        placeholder: Callable[[str], Any] | None = None,
    ) -> Registry[Any]:
        """Return the items of all layers that a glob names, validated; it follows every change.

        A mod's items have the mod's id before theirs: ``winter:scarf``. Items that do not fit are left out, and listed
        in ``.refused`` and among ``game.mods.problems``. ``docs/declarations.md`` has all of it.

        Parameters
        ----------
        files
            A glob such as ``"/data/items/*.json"``, or the name of a registry that ``game.toml`` declares. A file has
            one item, or a list of them.
        id
            The key of an item that holds its id; None if files are tables whose keys are the ids.
        model
            A JSON Schema as a table, a dataclass, a msgspec or pydantic model, or a function: what items are made
            into. Without it, they are tables as the file has them.
        name
            What references call the registry; by default the last folder of `files`.
        references
            Where items name other things; see :meth:`declare_data`. An item that names an item that is not there is
            left out, unless the target ends in ``?``.
        placeholder
            Called with an id, returns what :meth:`Registry.resolve` returns while an item is missing.

        Raises
        ------
        ValueError
            A parameter is wrong.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base = Store()
        >>> base.write("/data/items/bow.json", b'{"id": "bow", "damage": 2}')
        >>> game = ResourceManager(base)
        >>> items = game.registry("/data/items/*.json")
        >>> items["bow"], items.resolve("winter:scarf").mod
        ({'id': 'bow', 'damage': 2}, 'winter')
        """
        from vfsloader.datamerge.schemas import schema_of

        known = self.declarations.registries.get(files if "/" not in files else name or default_name(files))
        if "/" not in files:
            if known is None:
                names = ", ".join(self.declarations.registries) or "none"
                raise ValueError(f"there is no registry {files!r} in game.toml; there are: {names}")
            rule = known if model is None else replace(known, schema=schema_of(model))
        else:
            rule = declare_registry(files, name, id, model, references)
        with self._files.snapshots.lock:
            return self._files.registries.registry(self.vfs.union, rule, placeholder)

    def check_all(self) -> list[SetFinding]:
        """Return what is wrong in the game with its enabled mods, what is certain first.

        It finds names of files that are not there, changes without effect, files that nobody can reach, and options
        without use. Guesses are marked by ``.is_guess``.
        """
        from vfsloader.mods.lint.check_all import check_set

        layers = self._files.layers
        mounts = self.vfs.union.mounts[1:]  # without the save
        return check_set(mounts, self.mods.enabled, self.declarations, layers.namespace_of, layers.limits)

    def record(self, mod: str, only: str | Iterable[str] = ()) -> Recording:
        r"""Return a recording: what is written to the tree while it runs becomes small changes of a mod.

        For developers and their tools. Pictures become edits of the rectangles that differ, maps edits, data merges or
        patches, and catalogs the messages that differ. A file is only taken as a whole if it is new, or if a change
        cannot express the difference. ``docs/recording.md`` has all of it.

        Parameters
        ----------
        mod
            The id of an enabled mod that is a folder which can be written.
        only
            Globs of the paths to record, if not all: what else is written stays in the save.

        Returns
        -------
        Recording
            A context manager, with ``start()``, ``stop()`` and ``cancel()`` for a switch.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> base, winter = pathlib.Path(folder.name, "base"), pathlib.Path(folder.name, "mods", "winter")
        >>> base.mkdir(), winter.mkdir(parents=True)
        (None, None)
        >>> _ = (base / "speed.json").write_text('{"player": 10, "enemy": 8, "arrow": 30}')
        >>> with ResourceManager(base, mods=winter.parent, watch=False) as game:
        ...     with game.record("winter") as recording:
        ...         _ = game.vfs.write_text("/speed.json", '{"player": 12, "enemy": 8, "arrow": 30}')
        ...     print(recording.changes[0], game.read_merged("/speed.json")["player"])
        /speed.json: merge 12
        >>> (winter / "speed.json.merge").read_text()
        '{"player": 12}\n'
        >>> folder.cleanup()
        """
        from vfsloader.game.recording import Recording

        patterns = (only,) if isinstance(only, str) else tuple(only)
        layers = self._files.layers
        return Recording(self.vfs, self.mods, mod, patterns, layers.namespace_of, self._look_again)

    def _look_again(self) -> None:
        """Show what was written into the folders of mods, at the next update."""
        self.mods.rescan()
        self._files.layers.refresh(set())
        self._files.layers.mount()
        self._updater.mark()

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
        made_by = loader if isinstance(loader, Loader) else FunctionLoader(loader)
        clean = paths.normalise(path)
        key: Key = (made_by, clean, tuple(sorted(options.items())))
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
        self, resource: T, path: paths.PathLike, loader: Loader[T], *, is_loaded: bool = False, **options: Any
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

        Raises
        ------
        PathNotFoundError, ResourceError
            There is no such file, or it cannot be made into such an object.
        """
        clean = paths.normalise(path)
        key: Key = (loader, clean, (*sorted(options.items()), ("attached", id(resource))))
        decoded = self._decoder.decode(loader, clean, options)
        with self._lock:
            if not is_loaded:
                loader.replace(resource, decoded.data, **decoded.options)
            anchor = loader.anchor(resource, functools.partial(self._decoder.decode, loader, clean, options))
            self._resources.add(key, options, resource, decoded, anchor)

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
        anchor = key[0].anchor(resource, functools.partial(self._decoder.decode, key[0], key[1], options))
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
