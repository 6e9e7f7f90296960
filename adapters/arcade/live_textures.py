"""Live textures: what arcade made of live images follows them, in atlases and on sprites.

arcade names a texture by the pixels of its image. Two files with the same pixels would so be one picture, and change
together. A live image is named by how it was made instead.

If the size stays the same, the pixels are replaced where they are in each atlas. Otherwise the image gets another place
there. The number of a texture stays, so lists of sprites need not be built again.
"""

from __future__ import annotations

import functools
import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import PIL.Image
from vfsloader.arcade.live_pillow import Source, left, make_again, recipe_of

from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls
from vfsloader.runtime import polling

#: Objects of arcade that are in use. Images with the same name are equal, so they are known by their ids.
_images: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
_textures: weakref.WeakSet[Any] = weakref.WeakSet()
_sprites: weakref.WeakSet[Any] = weakref.WeakSet()
_atlases: weakref.WeakSet[Any] = weakref.WeakSet()
_managers: weakref.WeakSet[Any] = weakref.WeakSet()
#: How the hit box of a texture was made: the transforms after its algorithm; None: the game set it.
_hit_boxes: weakref.WeakKeyDictionary[Any, tuple[Any, ...] | None] = weakref.WeakKeyDictionary()
#: Textures of OpenGL: the image whose bytes they were made of.
_loaded: weakref.WeakKeyDictionary[Any, _Bytes] = weakref.WeakKeyDictionary()

#: How many ``changes`` were shown, and in how many ``textures``.
followed: Counter[str] = Counter()


class _Bytes(NamedTuple):
    """The bytes of an image that follows its file, how they were made of it, and the mode that it had."""

    image: PIL.Image.Image
    args: tuple[Any, ...]
    mode: str
    data: bytes = b""

    def again(self) -> bytes:
        """Return the bytes of the image as it is now."""
        image = self.image if self.image.mode == self.mode else self.image.convert(self.mode)
        return image.tobytes(*self.args)


#: What the game made last of an image; it passes the bytes on to OpenGL at once.
_last: _Bytes | None = None


def _forget_bytes() -> None:
    global _last
    _last = None


class PatchedTextures(PatchedCalls):
    """Notes what arcade makes of images, from when the game imports arcade until :meth:`undo`."""

    def __init__(self, late: LatePatches) -> None:
        super().__init__()
        self.patch(PIL.Image.Image, "tobytes", self._to_bytes)
        polling.register(_forget_bytes)
        late.when_imported("arcade.texture.texture", self._patch_textures)
        late.when_imported("arcade.texture_atlas.atlas_default", self._patch_atlases)
        late.when_imported("arcade.sprite.base", self._patch_sprites)
        late.when_imported("arcade.gui.ui_manager", self._patch_managers)
        late.when_imported("arcade.gl.backends.opengl.context", self._patch_context)

    def _patch_textures(self, module: Any) -> None:
        self.patch(module.ImageData, "__init__", self._image_data)
        self.patch(module.Texture, "__init__", self._texture)
        self.patch(module.Texture, "transform", self._transform)

    def _patch_atlases(self, module: Any) -> None:
        self.patch(module.DefaultTextureAtlas, "__init__", functools.partial(_noting, _atlases))

    def _patch_sprites(self, module: Any) -> None:
        self.patch(module.BasicSprite, "__init__", functools.partial(_noting, _sprites))

    def _patch_managers(self, module: Any) -> None:
        self.patch(module.UIManager, "__init__", functools.partial(_noting, _managers))

    def _patch_context(self, module: Any) -> None:
        self.patch(module.OpenGLContext, "texture", self._gpu_texture)

    def _image_data(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def replacement(data: Any, image: Any, hash: str | None = None, **options: Any) -> None:
            recipe = recipe_of(image) if isinstance(image, PIL.Image.Image) else None
            original(data, image, hash or (recipe.key if recipe is not None else None), **options)
            _images[id(data)] = data

        return replacement

    def _texture(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def replacement(texture: Any, image: Any, *, hit_box_points: Any = None, **options: Any) -> None:
            original(texture, image, hit_box_points=hit_box_points, **options)
            _textures.add(texture)
            _hit_boxes[texture] = None if hit_box_points else ()

        return replacement

    def _transform(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(texture: Any, transform: Any) -> Any:
            result = original(texture, transform)
            earlier = _hit_boxes.get(texture)
            if earlier is not None:
                _hit_boxes[result] = (*earlier, transform)
            return result

        return replacement

    def _to_bytes(self, original: Callable[..., bytes]) -> Callable[..., bytes]:
        @functools.wraps(original)
        def replacement(image: PIL.Image.Image, *args: Any, **options: Any) -> bytes:
            data = original(image, *args, **options)
            if recipe_of(image) is not None and not options:
                global _last
                _last = _Bytes(image, args, image.mode, data)
            return data

        return replacement

    def _gpu_texture(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(context: Any, *args: Any, data: Any = None, **options: Any) -> Any:
            texture = original(context, *args, data=data, **options)
            if data is not None and _last is not None and _last.data is data:
                _loaded[texture] = _last._replace(image=_last.image.copy(), data=b"")
            return texture

        return replacement


def _noting(known: weakref.WeakSet[Any], original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def replacement(self: Any, *args: Any, **options: Any) -> None:
        known.add(self)
        original(self, *args, **options)

    return replacement


# --- showing a change --------------------------------------------------------------------------------


def show(sources: Iterable[Source]) -> None:
    """Show the staged pictures of several files."""
    changed_sources = list(sources)
    before = {id(data): data.image.size for data in _images.values()}
    images = {id(image): image for image in make_again(changed_sources)}
    followed["changes"] += len(changed_sources)
    show_images(images, before)
    for source in changed_sources:
        source.staged = None


def show_images(images: dict[int, PIL.Image.Image], before: dict[int, tuple[int, int]]) -> None:
    """Let everything follow that shows some images.

    Parameters
    ----------
    images
        Images whose pixels have changed, by their ids.
    before
        The sizes that the images of arcade's ImageData had before, by the ids of these.
    """
    changed = {key: data for key, data in _images.items() if id(data.image) in images}
    followed["textures"] += len(changed)
    textures = [texture for texture in _textures if id(texture.image_data) in changed]
    for atlas in list(_atlases):
        _change_atlas(atlas, changed.values())
    new_points = {
        texture: _change_texture(texture, before.get(id(texture.image_data), texture.image_data.image.size))
        for texture in textures
    }
    if new_points:
        for sprite in list(_sprites):
            if getattr(sprite, "_texture", None) in new_points:
                _change_sprite(sprite, new_points[sprite._texture])
        for manager in list(_managers):
            for widgets in manager.children.values():
                for widget in widgets:
                    widget.trigger_full_render()
    for texture, made in list(_loaded.items()):
        if id(made.image) in images:
            _change_gpu_texture(texture, made)


def _change_gpu_texture(texture: Any, made: _Bytes) -> None:
    try:
        if texture.size != made.image.size:
            texture.resize(made.image.size)
        texture.write(made.again())
        if texture.filter[0] in _MIPMAP_FILTERS:
            texture.build_mipmaps()
    except Exception as error:  # whatever arcade and OpenGL raise for a texture that is immutable, for example
        left[f"OpenGL does not take the pixels ({error})"] += 1


#: Filters of OpenGL that use mipmaps.
_MIPMAP_FILTERS = range(0x2700, 0x2704)


def _change_atlas(atlas: Any, changed: Iterable[Any]) -> None:
    from pyglet.image.atlas import AllocatorException

    needs_room = False
    border = atlas.border
    for data in {data.hash: data for data in changed if data.hash in atlas._image_regions}.values():
        region = atlas._image_regions[data.hash]
        image = data.image if data.image.mode == "RGBA" else data.image.convert("RGBA")
        if (region.width, region.height) == image.size:
            atlas.write_image(image, region.x - border, region.y - border)
            continue
        try:
            x, y, _, _ = atlas._allocate_image(data)
        except AllocatorException:
            needs_room = True
            continue
        atlas.write_image(image, x, y)
        for texture in atlas.unique_textures:
            if texture.image_data.hash == data.hash:
                atlas._allocate_texture(texture)
    if needs_room:
        try:
            atlas.rebuild()
        except AllocatorException:
            left["the atlas has no room for another size"] += 1


def _change_texture(texture: Any, old: tuple[int, int]) -> tuple[Any, Any, bool]:
    """Bring a texture up to date; return its old and new hit box, and whether its size changed."""
    new = texture.image_data.image.size
    if texture._vertex_order in _QUARTER_TURNS:
        old, new = old[::-1], new[::-1]
    has_other_size = new != old and texture._size == old  # else the game set it
    if has_other_size:
        texture._size = new
    old_points = texture._hit_box_points
    transforms = _hit_boxes.get(texture)
    if transforms is not None:
        image = texture.image_data.image
        points = texture._hit_box_algorithm.calculate(image if image.mode == "RGBA" else image.convert("RGBA"))
        for transform in transforms:
            points = transform.transform_hit_box_points(points)
        texture._hit_box_points = points or old_points
    return old_points, texture._hit_box_points, has_other_size


#: Orders of corners of textures that are turned by 90 or 270 degrees.
_QUARTER_TURNS = ((2, 0, 3, 1), (1, 3, 0, 2), (0, 2, 1, 3), (3, 1, 2, 0))


def _change_sprite(sprite: Any, change: tuple[Any, Any, bool]) -> None:
    old_points, new_points, has_other_size = change
    hit_box = sprite._hit_box
    if hit_box._points is old_points or hit_box._points == old_points:
        hit_box._points = new_points
        hit_box._adjusted_cache_dirty = True
    if has_other_size:
        sprite._width = sprite._texture.width * sprite._scale[0]
        sprite._height = sprite._texture.height * sprite._scale[1]
        for sprites in sprite.sprite_lists:
            sprites._update_size(sprite)
    sprite.update_spatial_hash()


def report() -> list[str]:
    """Return lines for a report: how often textures followed a change."""
    if not followed["changes"]:
        return []
    return [f"{followed['textures']:>7} images of textures followed {followed['changes']} changes of pictures"]
