"""The pixels of pyglet's pictures as RGBA.

pyglet's own ``get_data("RGBA", …)`` takes the red of a picture without alpha for its alpha.
"""

from __future__ import annotations

from typing import Any


def rgba_pixels(picture: Any, *, from_top: bool = False) -> bytes:
    """Return the pixels of an ``ImageData``, four bytes each; where its format has no alpha, they are opaque.

    Parameters
    ----------
    picture
        The picture.
    from_top
        Whether the first row is the top one; else it is the lowest, as in OpenGL.
    """
    fmt = picture.format
    pitch = picture.width * len(fmt)
    data = bytes(picture.get_data(fmt, -pitch if from_top else pitch))
    if fmt == "RGBA":
        return data
    pixels = bytearray(b"\xff") * (picture.width * picture.height * 4)
    for at, channel in enumerate("RGBA"):
        is_gray = channel != "A" and "L" in fmt
        source = fmt.find("L" if is_gray else channel)
        if source >= 0:
            pixels[at::4] = data[source :: len(fmt)]
        elif channel != "A":
            pixels[at::4] = bytes(picture.width * picture.height)
    return bytes(pixels)
