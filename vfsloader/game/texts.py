"""The translated texts of a running game: which are in use, and which differ when the layers do."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from vfsloader.assets.changes import Change
from vfsloader.layers.union import Union
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from vfsloader.datamerge.catalogs import Message
    from vfsloader.datamerge.translated import CatalogFile, CatalogReader, Translated
    from vfsloader.game.translations import Translations


class GameTexts:
    """The translations in use.

    Parameters
    ----------
    own_languages
        Returns, by the name of a mod, the language of its own texts.
    limits
        What each catalog of a mod may cost.
    """

    def __init__(self, own_languages: Callable[[], Mapping[str, str]], limits: Limits = DEFAULT_LIMITS) -> None:
        self.languages: tuple[str, ...] = ()
        self._own_languages = own_languages
        self._limits = limits
        #: By domain and languages (None: those of the game), an object and the catalogs that it was made of.
        self._used: weakref.WeakValueDictionary[tuple[str, tuple[str, ...] | None], Translations]
        self._used = weakref.WeakValueDictionary()
        self._files: dict[tuple[str, tuple[str, ...] | None], dict[tuple[str, str], bytes]] = {}

    def translations(self, union: Union, domain: str, languages: Iterable[str] | None) -> Translations:
        """Return the messages of a domain: the same object for the same languages while it is in use."""
        wanted = None if languages is None else tuple(languages)
        key = (domain, wanted)
        known = self._used.get(key)
        if known is None:
            from vfsloader.game.translations import Translations

            translated = self._translate(union, key)
            known = self._used[key] = Translations(translated)
            self._files[key] = translated.files
        return known

    def untranslated(self, union: Union, domain: str, language: str) -> dict[str, tuple[str, ...]]:
        """Return the messages that a language has not translated, each with the layers that name it."""
        return self._reader.untranslated(union, domain, language)

    def trace(
        self, union: Union, domain: str, language: str, wanted: str
    ) -> tuple[str, list[tuple[CatalogFile, Message]]]:
        """Return the id of a message, and the catalogs that have it, the one that counts last."""
        return self._reader.trace(union, domain, language, wanted)

    def catalogs(self) -> list[str]:
        """Return the paths of the catalogs in use."""
        return sorted({path for files in self._files.values() for _, path in files})

    def changes(self, union: Union) -> list[Change]:
        """Bring the translations in use up to date. Return which catalogs differ."""
        changes: dict[str, Change] = {}
        for key, used in list(self._used.items()):
            translated = self._translate(union, key)
            before, after = self._files[key], translated.files
            if list(before.items()) == list(after.items()):
                continue
            used._show(translated)
            self._files[key] = after
            for name, path in sorted(before.keys() | after.keys()):
                if before.get((name, path)) != after.get((name, path)):
                    layers = [layer for layer, file in after if file == path]
                    kind = "changed" if any(file == path for _, file in before) else "added"
                    changes[path] = Change(path, kind, layers[-1]) if layers else Change(path, "removed")  # type: ignore[arg-type]
        self._files = {key: files for key, files in self._files.items() if key in self._used}
        return [changes[path] for path in sorted(changes)]

    @functools.cached_property
    def _reader(self) -> CatalogReader:
        from vfsloader.datamerge.translated import CatalogReader

        return CatalogReader(self._limits)

    def _translate(self, union: Union, key: tuple[str, tuple[str, ...] | None]) -> Translated:
        domain, wanted = key
        languages = self.languages if wanted is None else wanted
        return self._reader.translate(union, domain, languages, self._own_languages())
