"""Files of mods as answers: what a browser may show as a picture or play as a sound, and everything else as plain text.

A type is decided by the first bytes, never by what a name says, and the browser is told not to guess. A document that
a mod brings, an SVG or a web page, is served in a sandbox: it can be looked at in a picture element, where scripts
do not run, and does nothing if it is opened by itself.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from vfsloader.assets.media_formats import picture_format, sound_format
from vfsloader.assets.picture_size import picture_size
from vfsloader.errors import BudgetError
from vfsloader.page.guard import SANDBOX
from vfsloader.quoting import plain

#: By the format that the first bytes say: what browsers can show.
_PICTURES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "svg": "image/svg+xml",
}
_SOUNDS = {"wav": "audio/wav", "ogg": "audio/ogg", "opus": "audio/ogg", "mp3": "audio/mpeg", "flac": "audio/flac"}
#: A larger file is only downloaded.
MOST_SHOWN_BYTES = 64 << 20


def media_type(data: bytes, name: str) -> str:
    """Return the type as which a file is sent.

    Examples
    --------
    >>> media_type(b"<script>alert(1)</script>", "/hero.png")
    'text/plain; charset=utf-8'
    """
    shown = _PICTURES.get((picture_format(data, name) or "").lower())
    if shown is None:
        shown = _SOUNDS.get((sound_format(data) or "").lower())
    return shown or "text/plain; charset=utf-8"


def file_answer(data: bytes, name: str, most_pixels: int, *, download: bool = False) -> Response:
    """Return a file as an answer.

    Parameters
    ----------
    data
        The file.
    name
        Its path or name.
    most_pixels
        A picture of more pixels is not sent as a picture.
    download
        Whether the browser is to save it.

    Raises
    ------
    BudgetError
        It is a picture of more pixels.
    """
    kind = "application/octet-stream" if download else media_type(data, name)
    if kind.startswith("image/"):
        _check_pixels(data, name, most_pixels)
    headers = {"content-security-policy": SANDBOX}
    if download:
        headers["content-disposition"] = attachment(name)
    return Response(data, media_type=kind, headers=headers)


def picture_answer(data: bytes, name: str, most_pixels: int) -> Response:
    """Return a picture as an answer.

    Raises
    ------
    BudgetError
        It has more pixels.
    ValueError
        It is not a picture that browsers show.
    """
    if not media_type(data, name).startswith("image/"):
        raise ValueError(f"{plain(name)} is not a picture that a browser can show")
    return file_answer(data, name, most_pixels)


def attachment(name: str) -> str:
    """Return the header that lets a browser save an answer under a name.

    Examples
    --------
    >>> attachment("/sprites/hero.png")
    "attachment; filename*=UTF-8''hero.png"
    """
    last = plain(name.rpartition("/")[2] or "files", 120)
    return f"attachment; filename*=UTF-8''{quote(last, safe='')}"


def _check_pixels(data: bytes, name: str, most: int) -> None:
    size = picture_size(data, name)
    if size is not None and size[0] * size[1] > most:
        raise BudgetError.at(name, f"{plain(name)} has {size[0]:,} x {size[1]:,} pixels; at most {most:,} are shown")
