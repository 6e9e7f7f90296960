"""What :class:`~vfsloader.ResourceManager` can do with files, texts, and the changes of mods to parts of files."""

from __future__ import annotations

import collections
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vfsloader import paths
from vfsloader.assets.decoder import Decoder
from vfsloader.assets.live import LiveResources
from vfsloader.assets.loader import Asset, loader_of
from vfsloader.game.files import GameFiles, Language

if TYPE_CHECKING:
    from vfsloader.assets.edits.apply import EditOutcome
    from vfsloader.datamerge.maps import EditedFile
    from vfsloader.datamerge.merge import Merged
    from vfsloader.game.part_reports import At, PartReport
    from vfsloader.game.translations import Translations


class GameReading:
    """The files of a running game, as they are now, and who made them what they are."""

    _files: GameFiles
    _decoder: Decoder
    _resources: LiveResources
    _lock: threading.RLock
    #: What was used last.
    _recent: collections.deque[str]

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
        >>> from vfsloader import ResourceManager, Store
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
        >>> from vfsloader import ResourceManager, Store
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
        >>> from vfsloader import ResourceManager, Store
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
        >>> from vfsloader import ResourceManager, Store
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
