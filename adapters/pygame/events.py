"""Post an event to pygame's queue for each change."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import pygame

from vfsloader.assets.changes import Change
from vfsloader.game.current import on_current_changed
from vfsloader.game.manager import ResourceManager

#: Posted by ``vfsloader.update()`` for each change, with the attributes ``path``, ``kind``, ``layer``, ``error`` and
#: ``resources`` of the :class:`vfsloader.Change`.
#:
#: Games count their own ids upwards from ``pygame.USEREVENT``, often without ``custom_type()``: ours is the highest.
RESOURCE_CHANGED = pygame.NUMEVENTS - 1

#: Managers of adopted games, which know nothing of our events.
_silent: weakref.WeakSet[ResourceManager] = weakref.WeakSet()


def post_no_events(manager: ResourceManager) -> None:
    """Keep the changes of a manager out of pygame's queue."""
    _silent.add(manager)


class Resources(Sequence[Any]):
    """The resources of a changed path that the game still holds.

    An event must not keep them alive: it stays in the queue until the game takes it, and ``pygame.event.clear`` never
    frees what an event carries (seen on pygame-ce 2.5.8).
    """

    def __init__(self, resources: Sequence[Any]) -> None:
        self._refs: list[Callable[[], Any]] = []
        for resource in resources:
            try:
                self._refs.append(weakref.ref(resource))
            except TypeError:  # a number or a text
                self._refs.append(lambda resource=resource: resource)  # type: ignore[misc]

    def _held(self) -> tuple[Any, ...]:
        return tuple(resource for ref in self._refs if (resource := ref()) is not None)

    def __len__(self) -> int:
        return len(self._held())

    def __getitem__(self, index: Any) -> Any:
        return self._held()[index]

    def __repr__(self) -> str:
        return repr(self._held())


def _post(changes: Sequence[Change]) -> None:
    if not pygame.display.get_init():  # events can be posted only while a display exists
        return
    for change in changes:
        attributes = {name: getattr(change, name) for name in ("path", "kind", "layer", "error")}
        attributes["resources"] = Resources(change.resources)
        pygame.event.post(pygame.event.Event(RESOURCE_CHANGED, attributes))


def _subscribe(manager: ResourceManager) -> None:
    if manager not in _silent:
        manager.subscribe(_post)


on_current_changed(_subscribe)
