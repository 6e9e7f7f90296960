"""The files of a running game: its layers, its language, its data files, and real files for what needs them.

Nothing here makes objects out of files; that is the resource manager's task.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from vfsloader import paths
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import Snapshots
from vfsloader.game.edited_files import EditedFiles
from vfsloader.game.layers import GameLayers
from vfsloader.game.merged_data import DataFiles
from vfsloader.game.registries import GameRegistries
from vfsloader.game.texts import GameTexts
from vfsloader.mods.declarations import Declarations

if TYPE_CHECKING:
    from vfsloader.datamerge.maps import EditedFile
    from vfsloader.datamerge.merge import Merged
    from vfsloader.game.translations import Translations

_LANGUAGE = re.compile(r"[A-Za-z0-9_@-]+")
#: One language, several with the first one first, or none.
Language = str | Sequence[str] | None


def languages_of(language: Language) -> tuple[str, ...]:
    """Check what a game gave as its language, and return it as languages.

    Raises
    ------
    ValueError
        A language could not be the name of a folder.

    Examples
    --------
    >>> languages_of("fi"), languages_of(["fi", "sv"]), languages_of(None)
    (('fi',), ('fi', 'sv'), ())
    """
    languages = () if language is None else (language,) if isinstance(language, str) else tuple(language)
    for name in languages:
        if not isinstance(name, str) or not _LANGUAGE.fullmatch(name):
            raise ValueError(f"{name!r} is not a language such as fi or pt-BR: it names a folder below /tl")
    return tuple(dict.fromkeys(languages))


class GameFiles:
    """The files of a game in the order of its layers and in its language.

    The methods are those of :class:`ResourceManager` with the same names.

    Parameters
    ----------
    layers
        The layers; closed together with this object.
    cache
        A folder for real files; None: a temporary one.
    on_language
        Called after the language was set.
    declared
        What the game declares about itself.
    """

    def __init__(
        self,
        layers: GameLayers,
        cache: paths.RealPath | None,
        on_language: Callable[[], object],
        declared: Declarations,
    ) -> None:
        self.layers = layers
        self.vfs = layers.vfs
        self.snapshots = Snapshots(layers.vfs)
        self.real_files = RealFiles(cache, layers.limits)
        self.data = DataFiles(layers.limits)
        self.edited = EditedFiles(layers.limits)
        self.texts = GameTexts(layers.own_languages, layers.limits)
        self.registries = GameRegistries(declared, layers.namespace_of, layers.limits)
        self._on_language = on_language

    def close(self) -> None:
        """Close every layer that was opened for the game."""
        self.real_files.close()
        self.layers.close()

    @property
    def language(self) -> Language:
        """The language whose files count first; a tuple of several."""
        languages = self.snapshots.languages
        return languages if len(languages) > 1 else languages[0] if languages else None

    @language.setter
    def language(self, language: Language) -> None:
        languages = languages_of(language)
        with self.snapshots.lock:
            self.snapshots.languages = self.data.languages = languages
            self.edited.languages = self.texts.languages = self.registries.languages = languages
            self._on_language()

    def exists(self, path: paths.PathLike) -> bool:
        """Return whether there is a file."""
        with self.snapshots.lock:
            return self.snapshots.find(paths.normalise(path)) is not None

    def read(self, path: paths.PathLike) -> bytes:
        """Read a file."""
        with self.snapshots.lock:
            return self.snapshots.read(paths.normalise(path))[0]

    def real_folder(self, path: paths.PathLike) -> str:
        """Return a folder of the disk with the files of a folder of the tree."""
        clean = paths.normalise(path)
        with self.snapshots.lock:
            self.vfs.union.need_folder(clean)
            return self.real_files.mirror(self.vfs.union, clean)

    def real_path(self, path: paths.PathLike) -> str:
        """Return a file of the disk with the content of a path."""
        clean = paths.normalise(path)
        with self.snapshots.lock:
            snapshot = self.snapshots.look(clean)
            if snapshot.entry is None:
                raise self.vfs.union.not_found(clean)
            return self.real_files.real_path(snapshot)

    def refused(self) -> list[tuple[str, str, str]]:
        """Return the changes of data and maps that do not fit: the layer, the path and the reason."""
        return [*self.data.refused(), *self.edited.refused()]

    def merge_report(self, path: paths.PathLike) -> Merged:
        """Read a data file with its changes."""
        with self.snapshots.lock:
            clean = paths.normalise(path)
            report = self.data.read(self.vfs.union, clean)
            self.registries.check_data(self.vfs.union, clean)
            return report

    def map_report(self, path: paths.PathLike) -> EditedFile:
        """Read a map or an XML file with its changes."""
        with self.snapshots.lock:
            return self.edited.read(self.vfs.union, paths.normalise(path))

    def translations(self, domain: str, languages: Language) -> Translations:
        """Return the messages of a domain."""
        wanted: Iterable[str] | None = None if languages is None else languages_of(languages)
        with self.snapshots.lock:
            return self.texts.translations(self.vfs.union, domain, wanted)

    def untranslated(self, domain: str, language: str) -> dict[str, tuple[str, ...]]:
        """Return the messages that a language has not translated."""
        with self.snapshots.lock:
            return self.texts.untranslated(self.vfs.union, domain, *languages_of(language))
