"""An event in pygame's queue for each change."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import pygame

from vfsloader.assets.changes import Change
from vfsloader.game.current import on_current_changed
from vfsloader.game.manager import ResourceManager

#: Posted at ``vfsloader.update()`` for each change, with its attributes ``path``, ``kind``, ``layer``, ``error`` and
#: ``resources``; see :class:`vfsloader.Change`.
RESOURCE_CHANGED = pygame.event.custom_type()


class Resources(Sequence[Any]):
    """What was made of a changed path, as far as somebody still holds it.

    An event must not hold it: one that nobody takes stays in the queue, and ``pygame.event.clear`` never frees what
    an event carries (tried on pygame-ce 2.5.8).
    """

    def __init__(self, resources: Sequence[Any]) -> None:
        self._refs: list[Callable[[], Any]] = []
        for resource in resources:
            try:
                self._refs.append(weakref.ref(resource))
            except TypeError:  # a number or a text
                self._refs.append(lambda resource=resource: resource)  # type: ignore[misc]

    def _living(self) -> tuple[Any, ...]:
        return tuple(resource for ref in self._refs if (resource := ref()) is not None)

    def __len__(self) -> int:
        return len(self._living())

    def __getitem__(self, place: Any) -> Any:
        return self._living()[place]

    def __repr__(self) -> str:
        return repr(self._living())


def _post(changes: Sequence[Change]) -> None:
    if not pygame.display.get_init():  # there is no queue without it
        return
    for change in changes:
        told = {name: getattr(change, name) for name in ("path", "kind", "layer", "error")}
        event = pygame.event.Event(RESOURCE_CHANGED, {**told, "resources": Resources(change.resources)})
        pygame.event.post(event)


def _attach(manager: ResourceManager) -> None:
    manager.subscribe(_post)


on_current_changed(_attach)
