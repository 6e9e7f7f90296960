"""Translated texts of a running game: catalogs of all layers, merged message by message, which follow every change."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfsloader.datamerge.catalogs import Message
    from vfsloader.datamerge.merge import Refusal
    from vfsloader.datamerge.translated import Translated


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
