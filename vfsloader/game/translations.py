"""Translated texts of a running game: catalogs of all layers, merged message by message, which follow every change."""

from __future__ import annotations

import functools
import gettext
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vfsloader.assets.changes import Change
from vfsloader.layers.union import Union
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from vfsloader.datamerge.catalogs import Message
    from vfsloader.datamerge.merge import Refusal
    from vfsloader.datamerge.translated import CatalogFile, CatalogReader, Translated


class Translations(gettext.GNUTranslations):
    r"""The messages of a domain, as an object of Python's ``gettext``.

    :meth:`ResourceManager.translations` makes it. It changes in place when a mod is toggled, a catalog is edited or
    the game's language is set, at the next :meth:`ResourceManager.update`. A message that no catalog has is shown as
    its id. Messages of mods are texts like any other file of a mod: do not pass them to ``str.format`` together with
    objects of the game, as a text can then read the attributes of these objects; ``%`` and ``string.Template`` cannot.

    Attributes
    ----------
    sources
        By id, the layer and the language that a message comes from. The id of a message with a context is
        ``context\x04id``.
    overridden
        By id, the layers that say it differently in the language that is used, in load order; the last one wins.
    refusals
        The catalogs that could not be read, each with its layer and the reason.

    Examples
    --------
    >>> from vfsloader import ResourceManager, Store
    >>> base = Store()
    >>> base.write("/locale/fi/game.json", b'{"Hello": "Hei", "%d moths": {"one": "%d koi", "other": "%d koita"}}')
    >>> game = ResourceManager(base, language="fi")
    >>> texts = game.translations("game")
    >>> texts.gettext("Hello"), texts.ngettext("%d moths", "%d moths", 3) % 3, texts.gettext("Bye")
    ('Hei', '3 koita', 'Bye')
    """

    def __init__(self, translated: Translated) -> None:
        super().__init__()
        self._show(translated)

    def _show(self, translated: Translated) -> None:
        self._messages: dict[str, Message] = translated.messages
        self._texts = {key: message.forms[0] for key, message in translated.messages.items()}
        self.sources: Mapping[str, tuple[str, str]] = translated.sources
        self.overridden: Mapping[str, Sequence[str]] = translated.overridden
        self.refusals: Sequence[Refusal] = tuple(translated.refusals)

    def gettext(self, message: str) -> str:
        """Return a message in the game's language."""
        text = self._texts.get(message)
        if text is None:
            return message if self._fallback is None else self._fallback.gettext(message)  # type: ignore[attr-defined]
        return text

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return a message in the form that goes with a number."""
        found = self._messages.get(msgid1)
        if found is not None:
            return found.form(n)
        if self._fallback is not None:  # type: ignore[attr-defined]
            return self._fallback.ngettext(msgid1, msgid2, n)  # type: ignore[attr-defined,no-any-return]
        return msgid1 if n == 1 else msgid2

    def pgettext(self, context: str, message: str) -> str:
        """Return a message whose meaning depends on where it is shown."""
        text = self._texts.get(self.CONTEXT % (context, message))
        if text is None:
            return message if self._fallback is None else self._fallback.pgettext(context, message)  # type: ignore[attr-defined]
        return text

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        """Return a message whose meaning depends on where it is shown, in the form that goes with a number."""
        found = self._messages.get(self.CONTEXT % (context, msgid1))
        if found is not None:
            return found.form(n)
        if self._fallback is not None:  # type: ignore[attr-defined]
            return self._fallback.npgettext(context, msgid1, msgid2, n)  # type: ignore[attr-defined,no-any-return]
        return msgid1 if n == 1 else msgid2


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
