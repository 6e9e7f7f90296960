"""Live pictures: every image, texture and sprite that shows a loaded picture follows when the picture changes.

pyglet copies the pixels of a loaded image into textures and atlases. Each of these copies is remembered as an `Upload`.
When the picture changes, its new pixels are copied to the same places, so that sprites, flipped textures, regions and
grids show them. Images that the program holds get the new pixels, too.

If the size changes, a texture of the picture alone takes the new size. A region of an atlas moves to its own texture,
because the atlas has no room for it. The old region shows the new picture in the old size. Regions that were cut
from a picture keep their rectangles. What the program set, such as anchors, stays.

Everything is staged first and shown at once, so no frame shows some of the old and some of the new.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyglet
from vfsloader.pyglet.pictures import scaled
from vfsloader.pyglet.rgba import rgba_pixels

Rect = tuple[int, int, int, int]

#: The attributes of pyglet's objects in which we keep what we know of them.
PART, UPLOADS, REGIONS = "_vfsloader_part", "_vfsloader_uploads", "_vfsloader_regions"

#: Textures by their OpenGL name, without regions of others.
textures: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
#: Sprites, which keep the coordinates of their texture.
sprites: weakref.WeakSet[Any] = weakref.WeakSet()
#: What cannot follow, by reason.
left: Counter[str] = Counter()
#: Whether textures are being brought up to date, which copies pixels into them.
_is_showing = False
#: How many ``changes`` were shown, and in how many ``textures``.
followed: Counter[str] = Counter()


class Source:
    """The pictures of a file: one, or the frames of an animation. It lives as long as anything that shows them."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.images: list[weakref.ref[Any]] = []
        self.uploads: weakref.WeakSet[Upload] = weakref.WeakSet()
        self.animation: weakref.ref[Any] | None = None
        self.first: list[tuple[Any, float | None]] | None = None
        """What was decoded, until the program takes it."""
        self.staged: list[tuple[Any, float | None]] | None = None

    def take(self) -> Any:
        """Return the image that the program gets."""
        ((image, _),) = self._take_all()
        return image

    def take_animation(self) -> Any:
        """Return the Animation that the program gets."""
        frames = [pyglet.image.AnimationFrame(image, seconds) for image, seconds in self._take_all()]
        animation = pyglet.image.Animation(frames)
        self.animation = weakref.ref(animation)
        setattr(animation, PART, self)
        return animation

    def _take_all(self) -> list[tuple[Any, float | None]]:
        first, self.first = self.first or [], None
        taken = [(_same(image), seconds) for image, seconds in first]  # what was decoded may be in a cache
        self.sizes = [(image.width, image.height) for image, _ in taken]
        for number, (image, _) in enumerate(taken):
            mark(image, Part(self, number, None))
        return taken


class Part(NamedTuple):
    """What an image shows: a picture of a file, or a rectangle of one."""

    source: Source
    number: int
    rect: Rect | None


class Upload:
    """A place in a texture that shows a part of a picture."""

    __slots__ = ("__weakref__", "has_mipmaps", "height", "level", "part", "place", "texture", "width")

    def __init__(
        self, part: Part, texture: Any, level: int, place: tuple[int, int, int], size: tuple[int, int]
    ) -> None:
        self.part = part
        self.texture = weakref.ref(texture)
        self.level = level
        self.place = place
        self.width, self.height = size
        self.has_mipmaps = False

    def is_covered_by(self, other: Upload) -> bool:
        """Return whether another upload leaves nothing of this one."""
        (x, y, z), (left, bottom, slice_) = self.place, other.place
        return (
            (z, self.level) == (slice_, other.level)
            and left <= x
            and bottom <= y
            and x + self.width <= left + other.width
            and y + self.height <= bottom + other.height
        )


def mark(image: Any, part: Part) -> None:
    """Let an image follow its picture."""
    setattr(image, PART, part)
    part.source.images.append(weakref.ref(image, part.source.images.remove))


def note_upload(image: Any, target: int, level: int, place: tuple[int, int, int], *, has_mipmaps: bool = False) -> None:
    """Note that an image has been copied into the texture that is bound."""
    texture = None if _is_showing else textures.get(_bound(target))
    if texture is None:
        return
    part: Part | None = getattr(image, PART, None)
    size = image.width, image.height
    uploads: list[Upload] | None = vars(texture).get(UPLOADS)
    if uploads is not None:
        probe = Upload(part, texture, level, place, size)  # type: ignore[arg-type]
        uploads[:] = [upload for upload in uploads if not upload.is_covered_by(probe)]
    if part is not None:
        upload = Upload(part, texture, level, place, size)
        upload.has_mipmaps = has_mipmaps
        _add_upload(upload)


def note_region(region: Any, owner: Any) -> None:
    """Note that a region has been made of a texture."""
    vars(owner).setdefault(REGIONS, weakref.WeakSet()).add(region)


def _add_upload(upload: Upload) -> None:
    texture = upload.texture()
    vars(texture).setdefault(UPLOADS, []).append(upload)
    upload.part.source.uploads.add(upload)


def _bound(target: int) -> int:
    from pyglet import gl

    names = {
        gl.GL_TEXTURE_2D: gl.GL_TEXTURE_BINDING_2D,
        gl.GL_TEXTURE_3D: gl.GL_TEXTURE_BINDING_3D,
        gl.GL_TEXTURE_2D_ARRAY: gl.GL_TEXTURE_BINDING_2D_ARRAY,
    }
    if target not in names:
        return 0
    bound = gl.GLint()
    gl.glGetIntegerv(names[target], bound)
    return int(bound.value)


# --- showing a change --------------------------------------------------------------------------------


def show(sources: Sequence[Source]) -> None:
    """Put the staged pictures of several files in place."""
    global _is_showing
    _is_showing = True
    try:
        moved = _show(sources)
    finally:
        _is_showing = False
    if moved:
        for sprite in list(sprites):
            if sprite._vertex_list is not None and id(sprite._texture) in moved:
                _refresh(sprite)


def _show(sources: Sequence[Source]) -> set[int]:
    moved: set[int] = set()
    for source in sources:
        frames, source.staged = source.staged or [], None
        if not frames:
            continue
        followed["changes"] += 1
        _follow_length(source, frames)
        pictures = [picture for picture, _ in frames]
        for image in [image for ref in source.images if (image := ref()) is not None]:
            part = getattr(image, PART, None)
            if part is not None and part.number < len(pictures):
                _fill(image, pictures[part.number], part.rect)
        for upload in list(source.uploads):
            texture = upload.texture()
            if texture is not None and upload.part.number < len(pictures) and upload in vars(texture).get(UPLOADS, ()):
                try:
                    moved |= _show_upload(upload, texture, pictures[upload.part.number])
                    followed["textures"] += 1
                except Exception as error:  # OpenGL has limits of its own, and the game goes on
                    left[f"their textures cannot take the new picture ({error})"] += 1
        source.sizes = [(picture.width, picture.height) for picture in pictures]
    return moved


def _follow_length(source: Source, frames: list[tuple[Any, float | None]]) -> None:
    """Let an animation have as many frames as the new file."""
    animation = None if source.animation is None else source.animation()
    if animation is None:
        return
    del animation.frames[len(frames) :]
    for number, (picture, seconds) in enumerate(frames):
        if number < len(animation.frames):
            animation.frames[number].duration = seconds
        else:
            image = _copy(picture)
            mark(image, Part(source, number, None))
            animation.frames.append(pyglet.image.AnimationFrame(image, seconds))


def _fill(image: Any, picture: Any, rect: Rect | None) -> None:
    """Put new pixels into an image that the program holds; its textures are brought up to date by themselves."""
    piece = picture if rect is None else cut(picture, rect)
    image._current_data = piece.get_data(piece.format, piece.width * len(piece.format))
    image._current_format = image._desired_format = piece.format
    image._current_pitch = image.pitch = piece.width * len(piece.format)
    if rect is None:
        image.width, image.height = piece.width, piece.height
    else:
        image.x = image.y = 0


def _show_upload(upload: Upload, texture: Any, picture: Any) -> set[int]:
    """Copy new pixels to a place in a texture; return the ids of textures and regions that take another place."""
    from pyglet import gl

    piece = picture if upload.part.rect is None else cut(picture, upload.part.rect)
    gl.glBindTexture(texture.target, texture.id)
    old, new = (upload.width, upload.height), (piece.width, piece.height)
    is_alone = (
        texture.target == gl.GL_TEXTURE_2D and upload.place == (0, 0, 0) and old == (texture.width, texture.height)
    )
    moved: set[int] = set()
    if is_alone:
        piece.blit_to_texture(texture.target, upload.level, 0, 0, 0, piece._get_internalformat(piece.format))
        if old != new and upload.level == 0:
            texture.width, texture.height = upload.width, upload.height = new
            moved.add(id(texture))
            for region in list(vars(texture).get(REGIONS, ())):
                _place_region(region, texture, region.x, region.y, old, new)
                moved.add(id(region))
    elif old == new:
        piece.blit_to_texture(texture.target, upload.level, *upload.place)
    else:
        scaled(piece, *old).blit_to_texture(texture.target, upload.level, *upload.place)
        if texture.target == gl.GL_TEXTURE_2D:
            moved |= _move_out(upload, texture, piece)
    if upload.has_mipmaps:
        gl.glBindTexture(texture.target, texture.id)
        gl.glGenerateMipmap(texture.target)
    return moved


def _move_out(upload: Upload, atlas: Any, piece: Any) -> set[int]:
    """Move the regions of a place in an atlas to a texture that is theirs alone."""
    left_, bottom, _ = upload.place
    old, new = (upload.width, upload.height), (piece.width, piece.height)
    inside = [
        region
        for region in list(vars(atlas).get(REGIONS, ()))
        if left_ <= region.x and region.x + region._width <= left_ + old[0]
        and bottom <= region.y and region.y + region._height <= bottom + old[1]
    ]  # fmt: skip
    if not inside:
        return set()
    alone = _copy(piece).get_texture()
    alone.min_filter, alone.mag_filter = atlas.min_filter, atlas.mag_filter
    _add_upload(Upload(upload.part, alone, 0, (0, 0, 0), new))
    for region in inside:
        vars(atlas)[REGIONS].discard(region)
        note_region(region, alone)
        _place_region(region, alone, region.x - left_, region.y - bottom, old, new)
    return {id(region) for region in inside}


def _place_region(region: Any, owner: Any, x: int, y: int, old: tuple[int, int], new: tuple[int, int]) -> None:
    """Let a region show its rectangle of a texture whose size has changed; a region of the whole stays the whole."""
    region.owner, region.id, region.target = owner, owner.id, owner.target
    region.x, region.y = x, y
    if (x, y, region._width, region._height) == (0, 0, *old):
        is_turned = region.tex_coords_order in _QUARTER_TURNS
        region._width, region._height = new
        region.width, region.height = new[::-1] if is_turned else new
    u1, v1 = x / owner.width, y / owner.height
    u2, v2 = (x + region._width) / owner.width, (y + region._height) / owner.height
    r = owner.tex_coords[2]
    corners = (u1, v1, r), (u2, v1, r), (u2, v2, r), (u1, v2, r)
    region.tex_coords = tuple(value for corner in region.tex_coords_order for value in corners[corner])


#: Orders of the corners of textures that are turned by 90 or 270 degrees, flipped or not.
_QUARTER_TURNS = ((1, 2, 3, 0), (3, 0, 1, 2), (0, 3, 2, 1), (2, 1, 0, 3))


def _refresh(sprite: Any) -> None:
    """Let a sprite take the new place and size of its texture."""
    sprite._vertex_list.delete()
    sprite._group = sprite.get_sprite_group()
    sprite._create_vertex_list()


def cut(picture: Any, rect: Rect) -> Any:
    """Return a rectangle of a picture; what is outside of the picture is transparent."""
    x, y, width, height = rect
    if x >= 0 and y >= 0 and x + width <= picture.width and y + height <= picture.height:
        return _copy(picture.get_region(x, y, width, height))
    data = rgba_pixels(picture)
    empty = bytes(4)
    rows = []
    for row in range(y, y + height):
        line = data[row * picture.width * 4 : (row + 1) * picture.width * 4] if 0 <= row < picture.height else b""
        pixels = line[max(x, 0) * 4 : max(x + width, 0) * 4]
        before = empty * min(max(-x, 0), width)
        rows.append((before + pixels).ljust(width * 4, b"\0")[: width * 4])
    return pyglet.image.ImageData(width, height, "RGBA", b"".join(rows))


def _same(picture: Any) -> Any:
    """Return an image with the same bytes."""
    if not isinstance(picture, pyglet.image.ImageData):  # compressed ones have no pixels to change
        return picture
    return pyglet.image.ImageData(
        picture.width, picture.height, picture.format, picture.get_data(picture.format, picture.pitch), picture.pitch
    )


def _copy(picture: Any) -> Any:
    data = picture.get_data(picture.format, picture.width * len(picture.format))
    return pyglet.image.ImageData(picture.width, picture.height, picture.format, data)


def report() -> list[str]:
    """Return lines for a report: how often textures followed a change, and what does not follow."""
    lines = []
    if followed["changes"]:
        lines.append(f"{followed['textures']:>7} textures followed {followed['changes']} changes of pictures")
    lines += [f"{count:>7} images do not follow changes: {reason}" for reason, count in sorted(left.items())]
    return lines
