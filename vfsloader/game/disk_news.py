"""What changed on the disk, and whom it concerns: one mod, one layer, the player's choice, or anything."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from vfsloader.mods.metadata.catalog import FILE as CATALOG
from vfsloader.mods.metadata.formats import is_marker
from vfsloader.mods.state import FILE
from vfsloader.mods.state_file import DIGESTS

#: Files of our own beside ``mods.json``: they say nothing that the game does not know.
_OWN_FILES = frozenset((CATALOG, DIGESTS))


class DiskNews:
    """What changed on the disk since a game looked last.

    Parameters
    ----------
    events
        The paths that changed; a folder stands for anything in it. Without any, every file may have changed.
    mods_folders
        The mods folders, absolute.
    state_folder
        The folder of ``mods.json``, absolute; None for a game without mods.

    Attributes
    ----------
    has_state
        Whether the player's choice was written.
    has_mods
        Whether mods may have come or gone, or say something else about themselves.

    Examples
    --------
    >>> mods = Path("/game/mods")
    >>> news = DiskNews({mods / "mods.json", mods / "winter" / "hero.png"}, [mods], mods)
    >>> news.has_state, news.has_mods, news.concerned([["/game/mods/winter"], ["/game/mods/forest"]])
    (True, False, [True, False])
    """

    def __init__(self, events: Iterable[Path], mods_folders: Sequence[Path], state_folder: Path | None) -> None:
        events = set(events)
        own = {event: _own_file(event) for event in events if event.parent == state_folder}
        self._is_anything = not events
        self.has_state = FILE in own.values()
        self._events = [event for event in events if own.get(event) is None]
        folders = set(mods_folders)
        # Below a mod's own folder, only its manifest concerns the mod manager.
        self.has_mods = any(
            event.parent in folders or event in folders or is_marker(event.name) for event in self._events
        )

    @property
    def has_files(self) -> bool:
        """Whether anything changed but the player's choice."""
        return self._is_anything or bool(self._events)

    def concerned(self, owners: Sequence[Collection[str]]) -> list[bool]:
        """Return, for each owner of files, whether an event may be about them.

        Parameters
        ----------
        owners
            For each owner the paths by which its folder or file is known. If there is an event that is about nobody's,
            it may be about all: a link led there, or the system calls a folder by another name.
        """
        if self._is_anything:
            return [True] * len(owners)
        index: dict[str, list[int]] = {}
        for number, names in enumerate(owners):
            for name in names:
                index.setdefault(name, []).append(number)
        found = [False] * len(owners)
        known: dict[str, bool] = {}

        def is_inside(path: str) -> bool:
            """Note whose a path is, or a folder on its way; return whether it is anybody's."""
            if path not in known:
                folder = os.path.dirname(path)
                is_owned = folder != path and is_inside(folder)
                for number in index.get(path, ()):
                    found[number] = is_owned = True
                known[path] = is_owned
            return known[path]

        events = set(map(os.fspath, self._events))
        unowned = {event for event in events if not is_inside(event)}
        for number, names in enumerate(owners):
            for name in names:
                above = events.intersection(_ancestors(name))
                if above:
                    found[number] = True
                    unowned -= above
        return [True] * len(owners) if unowned else found


def _ancestors(path: str) -> list[str]:
    found = []
    while (folder := os.path.dirname(path)) != path:
        found.append(folder)
        path = folder
    return found


def _own_file(event: Path) -> str | None:
    """Return which of the own files an event is about, also while it is being written; None if about none."""
    from vfsloader.runtime.atomic import staged_for

    name = staged_for(event.name) or event.name
    return name if name == FILE or name in _OWN_FILES else None
