"""An event in pygame's queue for each change."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from vfsloader.resources import Change, ResourceManager, running

#: Posted at ``vfsloader.update()`` for each change, with its attributes ``path``, ``kind``, ``layer``, ``error`` and
#: ``resources``; see :class:`vfsloader.Change`.
RESOURCE_CHANGED = pygame.event.custom_type()


def _post(changes: Sequence[Change]) -> None:
    if not pygame.display.get_init():  # there is no queue without it
        return
    for change in changes:
        told = {name: getattr(change, name) for name in ("path", "kind", "layer", "error", "resources")}
        pygame.event.post(pygame.event.Event(RESOURCE_CHANGED, told))


def _attach(manager: ResourceManager) -> None:
    manager.subscribe(_post)


running.on_use(_attach)
