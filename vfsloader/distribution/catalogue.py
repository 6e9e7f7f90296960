"""What all sources offer, for a page on which a player looks around: searched at each keystroke, with pictures.

Everything that takes time (the network, parsing) happens when a catalogue is read, or in :meth:`Catalogue.picture` and
:meth:`Catalogue.details`. Call those on a thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vfsloader.distribution.rows import IndexedMod
from vfsloader.distribution.source_list import Source
from vfsloader.distribution.sources import Index, Sources
from vfsloader.errors import VFSError
from vfsloader.mods.solve.versions import read_version
from vfsloader.paths import natural_key
from vfsloader.quoting import plain

_MOST_PICTURE_BYTES, _MOST_DETAILS = 4 << 20, 256 << 10


@dataclass(frozen=True)
class Offered:
    """A mod that a source offers."""

    source: Source
    mod: IndexedMod

    @property
    def id(self) -> str:
        """Its id."""
        return self.mod.id

    @property
    def version(self) -> str:
        """The newest version that may be installed; empty if all were withdrawn."""
        return self.mod.newest.number if self.mod.newest is not None else ""

    @property
    def size(self) -> int:
        """Bytes of that version."""
        return self.mod.newest.size if self.mod.newest is not None else 0

    def is_newer_than(self, installed: str) -> bool:
        """Return whether it offers more than the version that is installed."""
        return bool(self.version) and read_version(self.version) > read_version(installed)


@dataclass(frozen=True)
class Details:
    """What only the page of one mod shows."""

    description: str = ""
    authors: tuple[str, ...] = ()
    license: str = ""
    changelog: str = ""
    problem: str = ""
    """Why nothing of it can be read; empty if it can."""


@dataclass(frozen=True)
class Catalogue:
    """The mods of all sources, each id from one of them.

    Attributes
    ----------
    warnings
        Which sources could not be reached or trusted, as sentences. What they had last is offered.
    homes
        By id, the address of the source that an installed mod came from.
    count
        How many sources there are.
    """

    sources: Sources
    mods: tuple[Offered, ...] = ()
    warnings: tuple[str, ...] = ()
    homes: Mapping[str, str] = field(default_factory=dict)
    count: int = 0

    def search(self, text: str) -> tuple[Offered, ...]:
        """Return the mods in which all words of a text occur, those first whose id or name has the text.

        Parameters
        ----------
        text
            The words. Without any, all mods are returned.
        """
        words, whole = text.casefold().split(), text.casefold().strip()
        if not words:
            return self.mods
        found = [offered for offered in self.mods if all(word in offered.mod.searched for word in words)]

        def rank(offered: Offered) -> tuple[bool, bool]:
            names = offered.id, offered.mod.name.casefold()
            return whole not in names, not any(whole in name for name in names)

        return tuple(sorted(found, key=rank))

    def updates(self, installed: Mapping[str, str]) -> tuple[Offered, ...]:
        """Return the mods of which there is more than the installed version.

        Parameters
        ----------
        installed
            By id, the versions of the mods that are installed. Those that came from no source are passed over.
        """
        own = {mod for mod in installed if self.homes.get(mod)}
        return tuple(one for one in self.mods if one.id in own and one.is_newer_than(installed[one.id]))

    def picture(self, offered: Offered) -> bytes | None:
        """Return the bytes of a mod's picture; None if it has none, or it cannot be had."""
        if not offered.mod.icon:
            return None
        try:
            return self.sources.read(offered.source, offered.mod.icon, _MOST_PICTURE_BYTES)
        except (VFSError, OSError):
            return None

    def details(self, offered: Offered) -> Details:
        """Return what a source says about one mod."""
        if not offered.mod.details:
            return Details()
        try:
            read = json.loads(self.sources.read(offered.source, offered.mod.details, _MOST_DETAILS))
            authors = read.get("authors", [])
            texts = [str(read.get(key, "")) for key in ("description", "license", "changelog")]
            description, licence, changelog = texts
            return Details(description, tuple(map(str, authors[:20])), plain(licence), changelog)
        except (VFSError, OSError, ValueError, RecursionError, TypeError, AttributeError) as error:
            return Details(problem=plain(str(error), 500))


def read_catalogue(sources: Sources, homes: Mapping[str, str], *, offline: bool = False) -> Catalogue:
    """Read what all sources offer.

    Parameters
    ----------
    sources
        The sources.
    homes
        By id, the address of the source that an installed mod came from: the same id elsewhere is another mod.
    offline
        Whether to look only at what the sources had last.
    """
    indexes = sources.indexes(offline=offline)
    warnings = tuple(index.warning for index in indexes if index.warning)
    offered = {one.id: one for index in reversed(indexes) for one in _offered(index, homes)}
    mods = tuple(sorted(offered.values(), key=lambda one: natural_key(one.mod.name.casefold())))
    return Catalogue(sources, mods, warnings, homes, len(sources))


def _offered(index: Index, homes: Mapping[str, str]) -> Sequence[Offered]:
    return [
        Offered(index.source, mod) for mod in index.mods.values() if homes.get(mod.id, "") in ("", index.source.address)
    ]
