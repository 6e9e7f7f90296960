"""The mods' own pictures, decoded on a thread as the untrusted files that they are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pygame
from vfsloader.pygame.decoding import load_picture

from vfsloader.assets.loader import Asset
from vfsloader.mods.metadata.mod import Mod
from vfsloader.runtime.budget import DEFAULT_LIMITS
from vfsloader.runtime.threads import make_pool

#: Pixels of an icon's file, at most; and icons that are kept.
MAX_PIXELS = 2048 * 2048
_MOST_ICONS = 300
_LIMITS = replace(DEFAULT_LIMITS, pixels=MAX_PIXELS)

_Key = tuple[object, object, int]


class Icons:
    """Loads icons when they are first shown.

    Attributes
    ----------
    version
        Grows each time an icon has arrived.
    """

    def __init__(self) -> None:
        self.version = 0
        self._thread = make_pool(1, "vfsloader-icons")
        self._pictures: OrderedDict[_Key, pygame.Surface | None] = OrderedDict()
        self._pending: dict[_Key, Future[pygame.Surface | None]] = {}

    def get(self, mod: Mod, pixels: int) -> pygame.Surface | None:
        """Return a mod's icon in a square of some size; None if it has none, or it has not arrived."""
        if not mod.manifest.icon:
            return None
        return self._get((mod.id, mod.stamp, pixels), mod.manifest.icon, mod.read_icon)

    def get_offered(
        self, source: str, icon: str, read: Callable[[], bytes | None], pixels: int
    ) -> pygame.Surface | None:
        """Return a picture of a source, as :meth:`get` does.

        Parameters
        ----------
        source, icon
            Where it comes from, and its name there.
        read
            Returns its bytes; called on a thread.
        pixels
            The side of the square.
        """
        return self._get((source, icon, pixels), icon, read) if icon else None

    def _get(self, key: _Key, name: str, read: Callable[[], bytes | None]) -> pygame.Surface | None:
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        if key not in self._pending and len(self._pending) < _MOST_ICONS:
            self._pending[key] = self._thread.submit(load_icon, name, read, key[2])
        return None

    def collect(self) -> None:
        """Take the icons that have arrived."""
        for key in [key for key, future in self._pending.items() if future.done()]:
            self._pictures[key] = self._pending.pop(key).result()
            self.version += 1
        while len(self._pictures) > _MOST_ICONS:
            self._pictures.popitem(last=False)

    @property
    def is_loading(self) -> bool:
        """Whether icons are on their way."""
        return bool(self._pending)

    def close(self) -> None:
        """Stop loading."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def load_icon(name: str, read: Callable[[], bytes | None], pixels: int) -> pygame.Surface | None:
    """Decode an icon and fit it into a square; None if that is not possible, whatever the reason is."""
    try:
        data = read()
        if data is None:
            return None
        picture = load_picture(Asset(name, data, "a mod", is_trusted=False, limits=_LIMITS))
        return _fitted(picture, pixels)
    except Exception:  # decoders raise errors of many types; a menu without an icon is still a menu
        return None


def _fitted(picture: pygame.Surface, pixels: int) -> pygame.Surface:
    width, height = picture.get_size()
    deep = pygame.Surface((width, height), pygame.SRCALPHA)
    deep.blit(picture, (0, 0))
    scale = pixels / max(width, height)
    if scale >= 2:  # drawn by pixels, and stays so
        scaled = pygame.transform.scale(deep, (width * int(scale), height * int(scale)))
    else:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        scaled = pygame.transform.smoothscale(deep, size)
    square = pygame.Surface((pixels, pixels), pygame.SRCALPHA)
    square.blit(scaled, scaled.get_rect(center=(pixels // 2, pixels // 2)))
    return square
