"""Pictures for a canvas: the browser decodes them, and they follow the mods."""

from __future__ import annotations

from typing import Any

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader
from vfsloader.game.current import current

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}


class LivePicture:
    """A picture of the page; :func:`vfsloader.update` gives it the new content when a mod is toggled.

    Attributes
    ----------
    element
        The ``<img>``, for ``drawImage`` of a canvas or to be put into the page. The browser decodes it a moment later.
    """

    def __init__(self, content: tuple[str, bytes]) -> None:
        import js

        self.element = js.document.createElement("img")
        self._address = ""
        self.show(content)

    @property
    def is_ready(self) -> bool:
        """Whether the browser has decoded it."""
        return bool(self.element.complete) and int(self.element.naturalWidth) > 0

    async def ready(self) -> LivePicture:
        """Wait until the browser has decoded it; raises an error if it cannot."""
        await self.element.decode()
        return self

    def show(self, content: tuple[str, bytes]) -> None:
        """Show other bytes."""
        import js
        from pyodide.ffi import to_js

        kind, data = content
        old, blob = self._address, js.Blob.new(to_js([to_js(data)]), type=kind)
        self._address = js.URL.createObjectURL(blob)
        self.element.src = self._address
        if old:
            js.URL.revokeObjectURL(old)


class PictureLoader(Loader[LivePicture]):
    """Passes the bytes of a picture on to the browser."""

    def decode(self, asset: Asset, **options: Any) -> tuple[str, bytes]:
        """Return the type and the bytes of a picture; an SVG is not drawn, as it may contain scripts."""
        suffix = asset.name[asset.name.rfind(".") :].lower()
        if suffix not in _TYPES:
            raise ValueError(f"{asset.path} is not one of {', '.join(_TYPES)}")
        return _TYPES[suffix], asset.data

    def build(self, decoded: tuple[str, bytes], **options: Any) -> LivePicture:
        """Make the picture."""
        return LivePicture(decoded)

    def replace(self, resource: LivePicture, decoded: tuple[str, bytes], **options: Any) -> LivePicture:
        """Show the new content in the picture that the game holds."""
        resource.show(decoded)
        return resource

    def size_of(self, decoded: tuple[str, bytes], asset_bytes: int) -> int:
        """Return the size of the bytes."""
        return asset_bytes


PICTURES = PictureLoader()


def load_image(path: paths.PathLike) -> LivePicture:
    """Load a picture from the winning layer, for a canvas.

    Parameters
    ----------
    path
        Its virtual path.

    Returns
    -------
    LivePicture
        Its `element` is what ``drawImage`` takes.

    Raises
    ------
    PathNotFoundError
        No layer has it.

    Examples
    --------
    ::

        player = vfsloader.web.load_image("/sprites/p.png")
        context.drawImage((await player.ready()).element, 0, 0)
    """
    return current().load(path, PICTURES)
