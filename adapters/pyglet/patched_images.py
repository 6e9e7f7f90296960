"""Replacements for pyglet's functions and methods that load pictures, and that copy them into textures."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from vfsloader.adopting.adopted_files import AdoptedFiles
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls

#: The attribute of pyglet's resource loaders in which the layers are kept that were indexed.
UNION = "_vfsloader_union"


class PatchedImages(PatchedCalls):
    """Replaces them when the game imports ``pyglet.image``, until :meth:`undo`."""

    def __init__(self, adopted: AdoptedFiles, late: LatePatches) -> None:
        super().__init__()
        self._adopted = adopted
        late.when_imported("pyglet.image", self._patch_images)
        late.when_imported("pyglet.sprite", self._patch_sprites)
        late.when_imported("pyglet.resource", self._patch_resource)

    def _patch_images(self, image: Any) -> None:
        self.patch(image, "load", functools.partial(self._load, "pyglet.image.load"))
        self.patch(image, "load_animation", functools.partial(self._load, "pyglet.image.load_animation"))
        self.patch(image.ImageData, "blit_to_texture", self._blit_to_texture)
        self.patch(image.ImageData, "set_bytes", self._set_bytes)
        self.patch(image.ImageDataRegion, "__init__", self._image_region)
        self.patch(image.Texture, "__init__", functools.partial(self._texture, image.TextureRegion))
        self.patch(image.TextureRegion, "__init__", self._texture_region)

    def _patch_sprites(self, sprite: Any) -> None:
        self.patch(sprite.Sprite, "__init__", self._sprite)

    def _patch_resource(self, resource: Any) -> None:
        self.patch(resource.Loader, "_ensure_index", self._ensure_index)

    # --- loading -------------------------------------------------------------------------------------

    def _load(self, call: str, original: Callable[..., Any]) -> Callable[..., Any]:
        adopted = self._adopted
        is_animation = call.endswith("animation")

        @functools.wraps(original)
        def replacement(filename: Any, file: Any = None, decoder: Any = None) -> Any:
            path = path_of(filename, file)
            virtual = adopted.virtual(path)
            if virtual is None:
                return original(filename, file, decoder)
            from vfsloader.pyglet import live_images
            from vfsloader.pyglet.live_loaders import ANIMATIONS, PICTURES

            source = live_images.Source()
            if not adopted.fill(call, source, path, ANIMATIONS if is_animation else PICTURES):
                return original(filename, file, decoder)
            return source.take_animation() if is_animation else source.take()

        return replacement

    def _ensure_index(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(loader: Any) -> None:
            union = adopted.manager.vfs.union
            if vars(loader).setdefault(UNION, union) is not union:  # mods may have added files
                loader._index = None
                setattr(loader, UNION, union)
            original(loader)

        return replacement

    # --- what is made of pictures --------------------------------------------------------------------

    def _blit_to_texture(self, original: Callable[..., None]) -> Callable[..., None]:
        from vfsloader.pyglet.live_images import note_upload

        @functools.wraps(original)
        def replacement(
            image: Any, target: int, level: int, x: int, y: int, z: int, internalformat: int | None = None
        ) -> None:
            original(image, target, level, x, y, z, internalformat)
            place = x - image.anchor_x, y - image.anchor_y, z
            note_upload(image, target, level, place, has_mipmaps=internalformat is not None)

        return replacement

    def _set_bytes(self, original: Callable[..., None]) -> Callable[..., None]:
        from vfsloader.pyglet import live_images

        @functools.wraps(original)
        def replacement(image: Any, *args: Any, **options: Any) -> None:
            original(image, *args, **options)
            if vars(image).pop(live_images.PART, None) is not None:
                live_images.left["the game changed their pixels"] += 1

        return replacement

    def _image_region(self, original: Callable[..., None]) -> Callable[..., None]:
        from vfsloader.pyglet.live_images import PART, mark

        @functools.wraps(original)
        def replacement(region: Any, x: int, y: int, width: int, height: int, image_data: Any) -> None:
            original(region, x, y, width, height, image_data)
            part = vars(image_data).get(PART)
            if part is not None:
                left, bottom, *_ = part.rect or (0, 0)
                # A region of a region has been moved already.
                rect = left + x - vars(image_data).get("x", 0), bottom + y - vars(image_data).get("y", 0), width, height
                mark(region, part._replace(rect=rect))

        return replacement

    def _texture(self, region_class: type, original: Callable[..., None]) -> Callable[..., None]:
        from vfsloader.pyglet.live_images import textures

        @functools.wraps(original)
        def replacement(texture: Any, *args: Any, **options: Any) -> None:
            original(texture, *args, **options)
            if not isinstance(texture, region_class):
                textures[int(getattr(texture.id, "value", texture.id))] = texture

        return replacement

    def _texture_region(self, original: Callable[..., None]) -> Callable[..., None]:
        from vfsloader.pyglet.live_images import note_region

        @functools.wraps(original)
        def replacement(region: Any, x: int, y: int, z: int, width: int, height: int, owner: Any) -> None:
            original(region, x, y, z, width, height, owner)
            note_region(region, owner)

        return replacement

    def _sprite(self, original: Callable[..., None]) -> Callable[..., None]:
        from vfsloader.pyglet.live_images import sprites

        @functools.wraps(original)
        def replacement(sprite: Any, *args: Any, **options: Any) -> None:
            original(sprite, *args, **options)
            sprites.add(sprite)

        return replacement


def path_of(filename: Any, file: Any) -> Any:
    """Return the path of what is loaded: the name of a file that is open, or that of a file to open."""
    if file is None:
        return filename
    name = getattr(file, "name", None)
    return name if isinstance(name, (str, bytes, os.PathLike)) else None
