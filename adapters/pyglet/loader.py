"""A ``pyglet.resource.Loader`` whose files come from the layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyglet
import pyglet.resource
from vfsloader.pyglet.location import Location, Names
from vfsloader.pyglet.pictures import AnimationLoader, PictureLoader

from vfsloader import paths
from vfsloader.assets.changes import Change
from vfsloader.assets.sound_decoding import SOUND_FILES
from vfsloader.errors import PathNotFoundError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager

#: Milliseconds of each frame that are spent on changes.
FRAME_BUDGET_MS = 4.0
#: The functions of the module ``pyglet.resource``.
_FUNCTIONS = (
    "reindex", "file", "location", "add_font", "image", "animation", "media", "texture", "html", "attributed", "text",
    "scene", "shader", "get_cached_texture_names", "get_cached_image_names", "get_cached_animation_names",
    "get_texture_bins",
)  # fmt: skip


class Loader(pyglet.resource.Loader, pyglet.event.EventDispatcher):  # type: ignore[misc] # pyglet is half typed
    """Loads from the merged tree, with the methods of ``pyglet.resource.Loader``.

    Pictures and animations are live: :meth:`pump`, which pyglet's clock calls, puts changed pixels into their atlas,
    and sprites show them. For each change the event ``on_resource_changed`` is dispatched with the
    :class:`vfsloader.Change`.

    Parameters
    ----------
    manager
        The game; by default the current one.
    root
        The folder of the tree in which names are looked up.
    pump
        Whether pyglet's clock calls :meth:`pump`, 60 times a second.

    Examples
    --------
    >>> import pyglet, vfsloader, vfsloader.pyglet
    >>> base = vfsloader.Store()
    >>> base.write("/texts/hello.txt", b"Hello")
    >>> loader = vfsloader.pyglet.Loader(vfsloader.init(base), pump=False)
    >>> loader.file("texts/hello.txt", "r").read()
    'Hello'
    """

    def __init__(
        self, manager: ResourceManager | None = None, root: paths.PathLike = "/", *, pump: bool = True
    ) -> None:
        super().__init__()
        self.manager = manager or current()
        self._location = Location(self.manager, root)
        self._pictures = PictureLoader(self._get_texture_atlas_bin)
        self._animations = AnimationLoader(self._get_texture_atlas_bin)
        self._unsubscribe = self.manager.subscribe(self._changed)
        self._fonts: set[str] = set()
        if pump:
            pyglet.clock.schedule_interval(self.pump, 1 / 60)

    def close(self) -> None:
        """Stop following the game's changes."""
        pyglet.clock.unschedule(self.pump)
        self._unsubscribe()

    def pump(self, _seconds: float = 0.0) -> None:
        """Bring everything up to date; call it on the thread that has the graphics context."""
        self.manager.update(FRAME_BUDGET_MS)

    def reindex(self) -> None:
        """Set up the index that pyglet expects; its names are looked up when needed, and are never out of date."""
        self._index = Names(self._location)

    # --- live resources ------------------------------------------------------------------------------

    def image(
        self,
        name: str,
        flip_x: bool = False,
        flip_y: bool = False,
        rotate: int = 0,
        atlas: bool = True,
        border: int = 1,
    ) -> Any:
        """Load a picture, into an atlas if it fits; see ``pyglet.resource.Loader.image``. It is changed in place."""
        texture = self._load(name, self._pictures, atlas=atlas, border=border)
        return texture.get_transform(flip_x, flip_y, rotate) if rotate or flip_x or flip_y else texture

    def texture(self, name: str) -> Any:
        """Load a picture as its own texture; it is changed in place."""
        return self._load(name, self._pictures)

    def animation(self, name: str, flip_x: bool = False, flip_y: bool = False, rotate: int = 0, border: int = 1) -> Any:
        """Load an animated picture; see ``pyglet.resource.Loader.animation``. It is changed in place."""
        animation = self._load(name, self._animations, border=border)
        return animation.get_transform(flip_x, flip_y, rotate) if rotate or flip_x or flip_y else animation

    # --- resources that are read once ----------------------------------------------------------------

    def media(self, name: str, streaming: bool = True) -> Any:
        """Load a sound or video. If it changes, the next call loads it again. It is streamed from a real file.

        A mod may bring only sounds. They are decoded here, because the system's decoders would read anything.
        """
        path = self._need(name)
        if self.manager.is_trusted(path) and not streaming:
            return pyglet.media.load(name, file=self._location.open(name), streaming=False)
        return pyglet.media.load(self.manager.load(path, SOUND_FILES).file, streaming=streaming)

    def add_font(self, filename: str) -> None:
        """Add a font. If it changes, it is added again, for text that is made from then on."""
        self._need(filename)
        pyglet.font.add_file(self._location.open(filename))
        self._fonts.add(self._location.virtual(filename))

    def scene(self, name: str) -> Any:
        """Load a 3D scene; the files that it names are loaded from the same folder."""
        folder = self.manager.real_folder(paths.parent(self._need(name)))
        file = f"{folder}/{paths.split(name)[1]}"
        with open(file, "rb") as stream:
            return pyglet.model.load(filename=file, file=stream)

    def model(self, name: str, batch: Any = None) -> Any:
        """Load a 3D model; see :meth:`scene`."""
        return self.scene(name).create_models(batch)[0]

    def get_cached_image_names(self) -> list[str]:
        """Return the names of the pictures in use."""
        return self._names_of(self._pictures)

    get_cached_texture_names = get_cached_image_names

    def get_cached_animation_names(self) -> list[str]:
        """Return the names of the animated pictures in use."""
        return self._names_of(self._animations)

    # --- inside --------------------------------------------------------------------------------------

    def _names_of(self, loader: Any) -> list[str]:
        root = self._location.root
        return sorted({paths.rebase(path, root, paths.ROOT)[1:] for path in self.manager.in_use(loader)})

    def _need(self, name: str) -> str:
        try:
            path = self._location.virtual(name)
        except PathNotFoundError:
            raise pyglet.resource.ResourceNotFoundException(name) from None
        if not self.manager.exists(path):
            raise pyglet.resource.ResourceNotFoundException(name)
        return path

    def _load(self, name: str, loader: Any, **options: Any) -> Any:
        return self.manager.load(self._need(name), loader, **options)

    def _changed(self, changes: list[Change]) -> None:
        for change in changes:
            if change.path in self._fonts and change.kind in ("changed", "added"):
                pyglet.font.add_file(self._location.open(paths.rebase(change.path, self._location.root, "/")[1:]))
            self.dispatch_event("on_resource_changed", change)


Loader.register_event_type("on_resource_changed")


def install(manager: ResourceManager | None = None, root: paths.PathLike = "/") -> Callable[[], None]:
    """Let ``pyglet.resource`` itself load from the layers: ``pyglet.resource.image("p.png")``.

    Parameters
    ----------
    manager, root
        As for :class:`Loader`.

    Returns
    -------
    callable
        Call it to restore pyglet's own functions.
    """
    loader = Loader(manager, root)
    originals = {name: getattr(pyglet.resource, name) for name in (*_FUNCTIONS, "_default_loader")}
    for name in _FUNCTIONS:
        setattr(pyglet.resource, name, getattr(loader, name))
    pyglet.resource._default_loader = loader

    def end() -> None:
        loader.close()
        for name, function in originals.items():
            setattr(pyglet.resource, name, function)

    return end
