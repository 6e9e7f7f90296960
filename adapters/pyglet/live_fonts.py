"""Live fonts: text that is shown follows when the file of an added font changes.

A program asks for a font by its family name, which is in the file. A mod's file may have another name inside. So its
letters are also known by the name that the game's own file has.
"""

from __future__ import annotations

import weakref
from typing import Any

import pyglet
from vfsloader.pyglet import live_images

from vfsloader.assets.loader import Asset, Loader
from vfsloader.errors import ResourceError

#: Layouts of text, labels among them, which keep the letters that they show.
layouts: weakref.WeakSet[Any] = weakref.WeakSet()
_MAGIC = (b"\0\1\0\0", b"true", b"OTTO", b"ttcf", b"wOFF")


class AddedFont:
    """A font that the program has added."""

    def __init__(self, own: bytes | None) -> None:
        self.own = own
        """The game's own file; None if only a mod has it."""
        self.names: dict[tuple[str, Any, Any], str] | None = None
        """How programs may ask for it, by family name, weight and whether it is italic; with its name as written."""


class AddedFontLoader(Loader[AddedFont]):
    """Adds a font again when its file has changed, and lets text show it."""

    def __init__(self) -> None:
        self._is_stale = False

    def decode(self, asset: Asset, **options: Any) -> bytes:
        """Return the bytes of the file, if it is a font."""
        if not asset.is_trusted and not asset.data.startswith(_MAGIC):
            sentence = f"{asset.path} in {asset.layer} is not a font: its first bytes are not those of any font format"
            raise ResourceError.at(asset.path, sentence)
        return asset.data

    def replace(self, resource: AddedFont, decoded: bytes, **options: Any) -> AddedFont:
        """Add the font."""
        store = getattr(pyglet.font._system_font_class, "_memory_faces", None)
        is_first = resource.names is None
        if store is None:  # the systems of Windows and macOS know fonts by their own names only
            resource.names = {}
            pyglet.font.add_file(decoded)
        else:
            if resource.names is None:
                own = _faces(store, resource.own if resource.own is not None else decoded)
                resource.names = {key: face.family_name for key, face in own.items()}
            faces = _faces(store, decoded)
            for face in faces.values():
                store.add(face)
            _add_by_other_names(store, resource.names, faces)
        if not is_first:
            live_images.followed["changes"] += 1
            self._is_stale = True
        return resource

    @property
    def has_work(self) -> bool:
        """Whether text shows letters of earlier files."""
        return self._is_stale

    def advance(self) -> None:
        """Let all text show the present letters."""
        self._is_stale = False
        show_again()


def _faces(store: Any, data: bytes) -> dict[tuple[str, Any, Any], Any]:
    """Return the faces of a font file, by name and style, without a change of what programs find."""
    kept, store._dict = store._dict, {}
    try:
        pyglet.font._system_font_class.add_font_data(data)
        return dict(store._dict)
    finally:
        store._dict = kept


def _add_by_other_names(
    store: Any, names: dict[tuple[str, Any, Any], str], faces: dict[tuple[str, Any, Any], Any]
) -> None:
    if not faces:
        return
    first = next(iter(faces.values()))
    styles = {(weight, italic): face for (_, weight, italic), face in faces.items()}
    for key, name in names.items():
        if key not in faces:
            store._dict[key] = face = styles.get(key[1:], first)
            # A program may ask a font for its name and pass it on, as arcade does.
            face.__class__ = type(type(face).__name__, (type(face),), {"family_name": name})


def show_again() -> None:
    """Let fonts that are in use, and text that shows them, take the present faces."""
    space = getattr(pyglet.gl.current_context, "object_space", None)
    for font in list(getattr(space, "pyglet_font_font_cache", {}).values()):
        if hasattr(font, "_load_font_face"):
            font._load_font_face()
            font.metrics = font.face.get_font_metrics(font.size, font.dpi)
            if font.hb_resource is not None:
                from pyglet.font.harfbuzz import get_resource_from_ft_font

                font.hb_resource = get_resource_from_ft_font(font)
        font.glyphs = {}
        font._glyph_renderer = font.texture_bin = None
    for layout in list(layouts):
        if layout.document is not None and getattr(layout, "_vertex_lists", None) is not None:
            layout._init_document()


ADDED_FONTS = AddedFontLoader()
