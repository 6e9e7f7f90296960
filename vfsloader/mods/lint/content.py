"""Whether a file has the type that its name says, and which paths a data file names.

Pure: bytes in, sentences and paths out. Pictures and sounds are not decoded: their first bytes show their type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.formats import JSON, LINES, kind_of
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.datamerge.maps.edited import is_xml
from vfsloader.datamerge.parsing import parse_json, parse_limited
from vfsloader.errors import InvalidPathError
from vfsloader.mods import messages
from vfsloader.runtime.budget import Budget

#: By suffix, the first bytes of such a file.
_SIGNATURES: dict[str, tuple[bytes, ...]] = {
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
#: Larger data files are not parsed.
MAX_DATA_BYTES = 16 << 20
_MAX_POINTER = 500
_SOURCE = re.compile(r"""\bsource\s*=\s*["']([^"']+)["']""")
_PATH = re.compile(r"/[^\s?#<>|*\\]*\.[A-Za-z0-9]{1,8}")


def wrong_type(path: str, start: bytes) -> str | None:
    """Return what is wrong with a file whose content does not match its suffix, or None.

    Parameters
    ----------
    path
        Its path. Only the suffix matters.
    start
        Its first 16 bytes or more.

    Examples
    --------
    >>> wrong_type("/sprites/p.png", b"hello")
    'this is not a .png file: its first bytes are not a .png signature'
    """
    suffix = _suffix(path)
    signatures = _SIGNATURES.get(suffix)
    if signatures is None or start.startswith(signatures):
        return None
    return messages.fill(messages.WRONG_SIGNATURE, suffix=suffix) if start else messages.EMPTY_FILE


def is_data(path: str) -> bool:
    """Return whether a file is data that can be parsed; patches of XML are checked where they are applied."""
    if path.endswith(PATCH_SUFFIX) and is_xml(path.removesuffix(PATCH_SUFFIX)):
        return False
    target = path.removesuffix(MERGE_SUFFIX)
    return _suffix(target) in (*_SCENES, ".json", PATCH_SUFFIX) or kind_of(target) not in (JSON, LINES)


def is_json(path: str) -> bool:
    """Return whether a data file is JSON."""
    target = path.removesuffix(MERGE_SUFFIX)
    return path.endswith(PATCH_SUFFIX) or (_suffix(path) not in _SCENES and kind_of(target).parse is parse_json)


def parse(path: str, data: bytes) -> Any:
    """Parse a data file.

    Raises
    ------
    ValueError
        The content does not match the suffix.
    BudgetError
        It has too many values.
    """
    suffix = _suffix(path)
    if suffix in _SCENES:
        return data.decode()
    if suffix == PATCH_SUFFIX:
        return parse_json(data, Budget(path))
    kind = kind_of(path.removesuffix(MERGE_SUFFIX))
    parse = kind.parse if suffix != MERGE_SUFFIX or kind.parse_merge is None else kind.parse_merge
    return parse_limited(parse, data, Budget(path))


def named_paths(path: str, data: Any) -> Iterator[tuple[str, str]]:
    """Yield the paths that a data file names, each with its key.

    These are texts that look like absolute paths, such as ``"/sprites/p.png"``, and the sources in Tiled's maps, which
    are relative to the map's folder.

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
    yield from _walk(data)


def _walk(data: object) -> Iterator[tuple[str, str]]:
    waiting = [("", data)]  # not a recursion: a mod's data may be nested more deeply than the stack allows
    while waiting:
        pointer, node = waiting.pop()
        if isinstance(node, str) and _PATH.fullmatch(node):
            yield pointer, node
        elif isinstance(node, dict):
            waiting += [(_extended(pointer, key), node[key]) for key in reversed(node)]
        elif isinstance(node, list):
            waiting += [(_extended(pointer, index), node[index]) for index in reversed(range(len(node)))]


def _extended(pointer: str, key: object) -> str:
    """Return the pointer to a member. Long keys are cut: each member would have a copy of them."""
    longer = f"{pointer}/{key}"
    return longer if len(longer) <= _MAX_POINTER else f"{longer[:_MAX_POINTER]}…"


def _suffix(path: str) -> str:
    name = paths.split(path)[1]
    return name[name.rfind(".") :].lower() if "." in name[1:] else ""
