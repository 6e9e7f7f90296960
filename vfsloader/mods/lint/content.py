"""Whether a file is what its name says, and whether the paths that it names are there: for authors of mods.

Pure: bytes in, findings out. Nothing is decoded; the first bytes tell a picture from a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.formats import JSON, LINES, kind_of, parse_json
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.errors import InvalidPathError

#: By suffix, how such a file starts.
_STARTS: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".bmp": (b"BM",),
    ".webp": (b"RIFF",),
    ".wav": (b"RIFF", b"RIFX", b"RF64"),
    ".ogg": (b"OggS",),
    ".opus": (b"OggS",),
    ".flac": (b"fLaC", b"ID3"),
    ".mp3": (b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3"),
    ".ttf": (b"\x00\x01\x00\x00", b"true"),
    ".otf": (b"OTTO", b"\x00\x01\x00\x00"),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
_SCENES = (".tmx", ".tsx")
#: Data of more bytes than this is not looked into.
MAX_DATA_BYTES = 16 << 20
_SOURCE = re.compile(r"""\bsource\s*=\s*["']([^"']+)["']""")
_PATH = re.compile(r"/[^\s?#<>|*\\]*\.[A-Za-z0-9]{1,8}")


def wrong_type(path: str, start: bytes) -> str | None:
    """Tell what is wrong with a file that is not what its suffix says.

    Parameters
    ----------
    path
        Its path; only the suffix counts.
    start
        Its first 16 bytes or more.

    Examples
    --------
    >>> wrong_type("/sprites/p.png", b"hello")
    'this is no .png: it starts otherwise than any of them'
    """
    suffix = _suffix(path)
    starts = _STARTS.get(suffix)
    if starts is None or start.startswith(starts):
        return None
    if not start:
        return "it is empty"
    return f"this is no {suffix}: it starts otherwise than any of them"


def is_data(path: str) -> bool:
    """Tell whether a file holds data that can be looked into."""
    target = path.removesuffix(MERGE_SUFFIX)
    return _suffix(target) in (*_SCENES, ".json", PATCH_SUFFIX) or kind_of(target) not in (JSON, LINES)


def parse(path: str, data: bytes) -> Any:
    """Read a data file; None where there is nothing to look into.

    Raises
    ------
    ValueError
        It is not what its suffix says.
    """
    suffix = _suffix(path)
    if suffix in _SCENES:
        return data.decode()
    if suffix == PATCH_SUFFIX:
        return parse_json(data)
    kind = kind_of(path.removesuffix(MERGE_SUFFIX))
    return kind.parse(data) if suffix != MERGE_SUFFIX or kind.parse_merge is None else kind.parse_merge(data)


def named_paths(path: str, data: Any) -> Iterator[tuple[str, str]]:
    """Give the paths that a data file names, each with the key under which it stands.

    Texts that look like whole paths, such as ``"/sprites/p.png"``, and the sources of Tiled's maps, which are told
    from the map's own folder.

    Examples
    --------
    >>> list(named_paths("/items.json", {"sword": {"icon": "/sprites/sword.png"}}))
    [('/sword/icon', '/sprites/sword.png')]
    >>> list(named_paths("/maps/a.tmx", '<tileset firstgid="1" source="../tiles.tsx"/>'))
    [('source', '/tiles.tsx')]
    """
    if _suffix(path) in _SCENES:
        for source in _SOURCE.findall(data):
            try:
                yield "source", paths.normalise(paths.join(paths.parent(path), source))
            except InvalidPathError:
                yield "source", source
        return
    yield from _walk(data, "")


def _walk(data: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, str) and _PATH.fullmatch(data):
        yield at, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(value, f"{at}/{key}")
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _walk(value, f"{at}/{place}")


def _suffix(path: str) -> str:
    name = paths.split(path)[1]
    return name[name.rfind(".") :].lower() if "." in name[1:] else ""
