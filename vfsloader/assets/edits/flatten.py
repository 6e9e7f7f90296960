"""The pictures of a tree that is packed, with their edits.

A still picture holds them; beside an animation or a drawing there is one file with the edits of all layers. A packed
tree has one file at each path, so without this only the edits of the highest layer would be in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from vfsloader.assets.decoder import Decoder
from vfsloader.assets.edit_reports import edited_asset
from vfsloader.assets.edits.gather import EditFile, edit_files
from vfsloader.assets.edits.parse import MAX_BYTES, MAX_EDITS, Edit, Rgba
from vfsloader.assets.edits.plain_pictures import PLAIN_PICTURES, encode_png
from vfsloader.assets.media_formats import picture_format
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import Snapshots
from vfsloader.errors import ResourceError, VFSError
from vfsloader.layers.union import Mount, Union
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

#: Formats of still pictures, in the place of which loaders accept a PNG.
_STILL = ("png", "jpeg", "bmp")


class FlatPictures:
    """Pictures of layers that become one layer.

    Parameters
    ----------
    is_trusted
        Says of a layer's name whether it is the game's own.
    limits
        What a picture of another layer may cost.
    """

    def __init__(self, is_trusted: Callable[[str], bool], limits: Limits = DEFAULT_LIMITS) -> None:
        self._is_trusted = is_trusted
        self._limits = limits

    def draw(self, union: Union, path: str) -> bytes | None:
        """Return a picture with all of its edits as a PNG file; None if one cannot hold them."""
        found = union.find(path)
        if found is None or found.entry.is_folder or not edit_files(union, path):
            return None
        data = union.read(path)
        if picture_format(data, path) not in _STILL or b"acTL" in data[:4096]:  # which a PNG with frames has
            return None
        snapshots = Snapshots(_Tree(union.mounts))
        files = RealFiles(None)
        try:
            decoder = Decoder(snapshots, 0, files, None, self._is_trusted, self._limits)
            return encode_png(PLAIN_PICTURES.decode(edited_asset(decoder, path)[0]))
        except VFSError:
            return None  # it is damaged, or nothing here decodes it: the game may
        finally:
            files.close()

    def combine(self, union: Union, path: str) -> bytes | None:
        """Return the edits of a picture that count now, of all layers, as one file; None if there are none.

        Raises
        ------
        ResourceError
            They are more than one file may have.
        """
        edits = edit_files(union, path)
        if not edits:
            return None
        text = edits_text(edits).encode()
        count = sum(isinstance(edit, Edit) for file in edits for edit in file.edits)
        if len(text) > MAX_BYTES or count > MAX_EDITS:
            raise ResourceError.at(path, f"{plain(path)} has {count:,} edits: more than one file may have")
        return text


class _Tree:
    def __init__(self, mounts: Sequence[Mount]) -> None:
        self.union = Union(mounts)


def edits_text(files: Iterable[EditFile]) -> str:
    r"""Return edits as a file that does the same; wrong ones are left out.

    Examples
    --------
    >>> from vfsloader.assets.edits.parse import parse_edits
    >>> print(edits_text([EditFile("mod", "/p.png.edit", tuple(parse_edits(b'frames = { hat = "h.png" }', None)))]))
    [[edit]]
    mode = "replace"
    from = "h.png"
    frame = "hat"
    opacity = 1.0
    """
    return "\n".join(_text(edit) for file in files for edit in file.edits if isinstance(edit, Edit))


def _text(edit: Edit) -> str:
    lines = ["[[edit]]", f'mode = "{edit.mode}"']
    if edit.source is not None:
        lines.append(f"from = {_quoted(edit.source)}")
    if edit.area is not None:
        lines.append(f"area = {list(edit.area)}")
    if edit.to is not None:
        lines.append(f"to = {list(edit.to)}")
    if edit.frame is not None:
        lines.append(f"frame = {edit.frame if isinstance(edit.frame, int) else _quoted(edit.frame)}")
    if edit.grid is not None:
        width, height, margin, spacing = edit.grid
        lines.append(f"grid = {{ tile = [{width}, {height}], margin = {margin}, spacing = {spacing} }}")
    if edit.color is not None:
        lines.append(f'color = "{_hex(edit.color)}"')
    if edit.colors:
        pairs = ", ".join(f'"{_hex(old)}" = "{_hex(new)}"' for old, new in edit.colors)
        lines.append(f"colors = {{ {pairs} }}")
    lines.append(f"opacity = {edit.opacity / 255!r}")
    if edit.grow:
        lines.append("grow = true")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _hex(color: Rgba) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in color if channel is not None)
