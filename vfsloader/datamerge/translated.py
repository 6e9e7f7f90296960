"""Translated messages of all layers: which catalogs there are, and which of them says a message.

Catalogs are merged message by message, so a mod may translate, or reword, a single sentence. A language that is asked
for first counts first, in whatever layer it is; in one language the later layer wins.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from vfsloader.datamerge.catalogs import CONTEXT_MARK, SUFFIXES, Catalog, Message, read_catalog
from vfsloader.datamerge.merge import Refusal
from vfsloader.errors import FileLeftOutError, VFSError, named_virtually
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.union import Union
from vfsloader.quoting import message, plain, quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits
from vfsloader.runtime.lru import ByteLRU

#: Where catalogs are: ``/locale/fi/game.po`` or, as gettext has it, ``/locale/fi/LC_MESSAGES/game.po``.
FOLDER = "/locale"
_INNER_FOLDERS = ("/LC_MESSAGES", "")
#: Larger catalogs of mods are not read. Those of large games have one megabyte.
MAX_CATALOG_BYTES = 16 << 20
#: How much of what was parsed is remembered, by the size of the files.
REMEMBERED_BYTES = 16 << 20
_SEPARATOR = re.compile("[-_]")


class CatalogFile(NamedTuple):
    """A catalog in a layer."""

    language: str
    """The language for which it counts."""
    name: str
    """The layer's name."""
    layer: Layer
    entry: Entry
    suffix: str


@dataclass(slots=True)
class Translated:
    """The messages of a domain in the languages that were asked for."""

    messages: dict[str, Message] = field(default_factory=dict)
    """By id."""
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By id, the layer and the language of the message."""
    overridden: dict[str, list[str]] = field(default_factory=dict)
    """By id, the layers that say it differently in the language that is used, in load order; the last one wins."""
    refusals: list[Refusal] = field(default_factory=list)
    """The catalogs that could not be read."""
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """By layer and path, the digests of the catalogs that were read."""


def spellings(language: str) -> list[str]:
    """Return the folders that may hold a language, the most specific first.

    Examples
    --------
    >>> spellings("pt-BR"), spellings("fi"), spellings("de_AT.UTF-8")
    (['pt-BR', 'pt_BR', 'pt'], ['fi'], ['de-AT', 'de_AT', 'de'])
    """
    parts = _SEPARATOR.split(language.split(".")[0].split("@")[0])
    found = []
    for count in range(len(parts), 0, -1):
        found += [separator.join(parts[:count]) for separator in "-_"]
    return list(dict.fromkeys(found))


def gather_catalogs(union: Union, domain: str, language: str) -> Iterator[CatalogFile]:
    """Yield the catalogs of a domain in a language, the one that counts least first.

    Parameters
    ----------
    union
        The layers.
    domain
        The name of the catalogs without a suffix: ``"game"``.
    language
        A language as its folder is called, such as ``"fi"``; ``pt-BR`` includes what there is in ``pt``.
    """
    for spelling in reversed(spellings(language)):
        found: list[CatalogFile] = []
        for inner in _INNER_FOLDERS:
            folder = f"{FOLDER}/{spelling}{inner}"
            for suffix in SUFFIXES:
                path = f"{folder}/{domain}{suffix}"
                for name, layer in union.providers(folder):
                    entry = layer.find(path)
                    if entry is not None and not entry.is_folder:
                        found.append(CatalogFile(spelling, name, layer, entry, suffix))
                    if layer.may_hide and layer.hides(path):
                        break
        yield from sorted(found, key=lambda catalog: _rank(union, catalog.layer))


def catalog_of(path: str) -> tuple[str, str] | None:
    """Return the language and the domain of a catalog, by its path with or without a suffix; None for other files.

    Examples
    --------
    >>> catalog_of("/locale/fi/LC_MESSAGES/game.po"), catalog_of("/locale/fi/game"), catalog_of("/data/fi/game.po")
    (('fi', 'game'), ('fi', 'game'), None)
    """
    parts = path.split("/")
    if len(parts) == 5 and parts[3] == "LC_MESSAGES":
        del parts[3]
    if len(parts) != 4 or f"/{parts[1]}" != FOLDER:
        return None
    name = parts[3]
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return (parts[2], name) if name else None


class CatalogReader:
    """Merges catalogs, and remembers what it has parsed, so that a toggle does not parse all of them again.

    Parameters
    ----------
    limits
        What each catalog of a mod may cost. One that needs more is skipped, and reported as a refusal.

    Examples
    --------
    >>> from vfsloader import Store
    >>> from vfsloader.layers.union import Mount, Union
    >>> base, mod = Store(), Store()
    >>> base.write("/locale/fi/game.json", b'{"Hello": "Hei", "Bye": "Hei hei"}')
    >>> mod.write("/locale/fi/game.json", b'{"Hello": "Terve"}')
    >>> found = CatalogReader().translate(Union([Mount("mod", mod), Mount("base", base)]), "game", ["fi"])
    >>> found.messages["Hello"].forms, found.messages["Bye"].forms, found.sources["Hello"]
    (('Terve',), ('Hei hei',), ('mod', 'fi'))
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._parsed = ByteLRU(REMEMBERED_BYTES)

    def translate(
        self,
        union: Union,
        domain: str,
        languages: Sequence[str],
        own_languages: Mapping[str, str] | None = None,
    ) -> Translated:
        """Merge the catalogs of a domain.

        Parameters
        ----------
        union
            The layers. The lowest one is the game's own, and trusted.
        domain
            The name of the catalogs without a suffix.
        languages
            The languages that are wanted, the first one first.
        own_languages
            By the name of a layer, the language of its own texts. What no other language has is taken from there.
        """
        result = Translated()
        for language in languages:
            self._add(result, union, gather_catalogs(union, domain, language))
        for name, language in (own_languages or {}).items():
            if language not in languages:
                own = (file for file in gather_catalogs(union, domain, language) if file.name == name)
                self._add(result, union, own)
        return result

    def untranslated(self, union: Union, domain: str, language: str) -> dict[str, tuple[str, ...]]:
        """Return the messages that a language has not translated, each with the layers that name it.

        Parameters
        ----------
        union, domain
            As for :meth:`translate`.
        language
            The language; the messages of all languages are looked for in it.
        """
        names: dict[str, dict[str, None]] = {}
        unused = Translated()
        for folder in union.children(FOLDER):
            for file in gather_catalogs(union, domain, folder):
                catalog = self._read(unused, union, file)
                for key in (*catalog.messages, *sorted(catalog.untranslated)):
                    names.setdefault(key, {})[file.name] = None
        translated = self.translate(union, domain, [language]).messages
        return {key: tuple(layers) for key, layers in sorted(names.items()) if key not in translated}

    def trace(
        self, union: Union, domain: str, language: str, wanted: str
    ) -> tuple[str, list[tuple[CatalogFile, Message]]]:
        """Return the id of a message, and the catalogs of a language that have it, the one that counts last.

        Parameters
        ----------
        union, domain, language
            As for :func:`gather_catalogs`.
        wanted
            The message: its id, with its context if another one has the same id, or in JSON the keys that lead to it
            as in RFC 6901.

        Raises
        ------
        ValueError
            There is no such message, or several have the id.
        """
        unused = Translated()
        files = [(file, self._read(unused, union, file)) for file in gather_catalogs(union, domain, language)]
        keys = dict.fromkeys(key for _, catalog in files for key in catalog.messages)
        joined = wanted[1:].replace("/", ".").replace("~1", "/").replace("~0", "~") if wanted[:1] == "/" else wanted
        same_id = [key for key in keys if key.rpartition(CONTEXT_MARK)[2] == wanted]
        if wanted in keys or joined in keys:
            found = wanted if wanted in keys else joined
        elif len(same_id) == 1:
            found = same_id[0]
        elif same_id:
            contexts = ", ".join(quoted(key.rpartition(CONTEXT_MARK)[0]) for key in same_id[:10])
            raise ValueError(
                f"several messages are {quoted(wanted)}: write the context, \\x04 and the id; there are {contexts}"
            )
        else:
            raise ValueError(f"no catalog {plain(domain)} of {plain(language)} translates {quoted(wanted)}")
        return found, [(file, catalog.messages[found]) for file, catalog in files if found in catalog.messages]

    def _add(self, result: Translated, union: Union, files: Iterator[CatalogFile]) -> None:
        """Add what one language has and those before it have not."""
        earlier = set(result.messages)
        for file in files:
            for key, text in self._read(result, union, file).messages.items():
                if key in earlier:
                    continue
                before = result.messages.get(key)
                if before is not None and before.forms != text.forms and result.sources[key][1] == file.language:
                    layers = result.overridden.setdefault(key, [result.sources[key][0]])
                    if file.name not in layers:
                        layers.append(file.name)
                result.messages[key] = text
                result.sources[key] = (file.name, file.language)

    def _read(self, result: Translated, union: Union, file: CatalogFile) -> Catalog:
        is_trusted = file.layer is union.mounts[-1].layer
        where = f"{plain(file.entry.path)} in {file.name}"
        key = (file.name, file.entry.path)
        try:
            if not is_trusted and file.entry.size > MAX_CATALOG_BYTES:
                raise ValueError(f"it has {file.entry.size:,} bytes; at most {MAX_CATALOG_BYTES:,} are read")
            data = file.layer.read(file.entry)
            digest = result.files[key] = hashlib.sha256(data).digest()
            known: Catalog | None = self._parsed.get((digest, file.suffix, file.language), None)
            if known is None:
                budget = None if is_trusted else Budget(where, self._limits)
                known = read_catalog(data, file.suffix, file.language, budget)
                self._parsed.put((digest, file.suffix, file.language), known, len(data))
            return known
        except FileLeftOutError as error:
            reason: Exception = error
        except FileNotFoundError:
            return Catalog()  # removed since it was found
        except (ValueError, VFSError) as error:
            reason = error
        except OSError as error:
            reason = named_virtually(error, file.entry.path, file.name)
        result.files.setdefault(key, b"")
        result.refusals.append(Refusal(file.name, message(f"{where} cannot be read: {reason}")))
        return Catalog()


def _rank(union: Union, layer: Layer) -> int:
    """Return a number that is larger for layers that count more."""
    return -next(at for at, mount in enumerate(union.mounts) if mount.layer is layer)
