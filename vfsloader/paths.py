"""Every rule about virtual paths, natural order and names that some systems refuse.

A path is absolute and POSIX: ``/sprites/p.png``. The leading ``/`` is optional in input. Case matters, text is
Unicode NFC, and no path leaves the root: ``..`` above the root is an error, because silently reading a different
file than the one asked for hides a bug or an attack. Backslashes are refused, so that a game written on Windows
works everywhere or fails at once.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from vfsloader.errors import InvalidPathError
from vfsloader.globs import (
    GlobPattern as GlobPattern,
)
from vfsloader.globs import (
    glob_escape as glob_escape,
)
from vfsloader.globs import (
    glob_pattern as glob_pattern,
)
from vfsloader.globs import (
    glob_root as glob_root,
)
from vfsloader.globs import (
    has_magic as has_magic,
)
from vfsloader.globs import (
    sqlite_glob as sqlite_glob,
)
from vfsloader.quoting import plain
from vfsloader.runtime.composed import nfc

ROOT = "/"
#: Longest path and longest name, in bytes of UTF-8. Every common file system can store these when a pack is unpacked.
MAX_PATH_BYTES = 4096
MAX_NAME_BYTES = 255
#: Names that Windows reserves for devices, with any suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)
_FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*\x00-\x1f]')


class VirtualPath(Protocol):
    """An object that represents a virtual path, such as :class:`~vfsloader.VFSPath`."""

    def __vfspath__(self) -> str:
        """Return the path as text."""


#: What callers may pass as a virtual path.
PathLike = str | os.PathLike[str] | VirtualPath
#: A path on the disk.
RealPath = str | os.PathLike[str]


def normalise(path: PathLike) -> str:
    """Return the canonical spelling of a path.

    Parameters
    ----------
    path
        Text, a :class:`~vfsloader.VFSPath` or a ``pathlib`` path, with or without the leading ``/``.

    Returns
    -------
    str
        An absolute path in Unicode NFC without empty parts, ``.``, ``..`` or a trailing ``/``.

    Raises
    ------
    InvalidPathError
        The text is empty, contains a NUL, a backslash or a lone surrogate, is too long, or leaves the root.

    Examples
    --------
    >>> normalise("sprites//./enemies/../p.png")
    '/sprites/p.png'
    """
    text = path if isinstance(path, str) else _text(path)
    # Nearly all paths are canonical already: this tells them without another call.
    if (
        text.isascii()
        and 1 < len(text) <= MAX_NAME_BYTES
        and text[0] == "/"
        and text[-1] != "/"
        and "//" not in text
        and "/." not in text
        and "\\" not in text
        and "\0" not in text
    ):
        return text
    if not text:
        raise InvalidPathError.at(text, "a path cannot be empty; the root is /")
    if not text.isascii():
        text = _composed(text)
    _refuse_bad_characters(text)
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                raise InvalidPathError.at(text, f"{_short(text)} leaves the root of the tree")
            parts.pop()
        elif part and part != ".":
            parts.append(part)
    clean = ROOT + "/".join(parts)
    _refuse_too_long(clean, parts)
    return clean


def _text(path: object) -> str:
    virtual = getattr(path, "__vfspath__", None)
    text = virtual() if virtual is not None else os.fspath(path)  # type: ignore[call-overload]
    if not isinstance(text, str):
        raise InvalidPathError.at(repr(text), f"a path must be text, not {type(text).__name__}: {text!r}")
    return text


def _composed(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidPathError.at(
            text.encode("utf-8", "backslashreplace").decode(),
            f"{_short(text)} contains a lone surrogate, which no file name can have",
        ) from None
    return nfc(text)


def _refuse_bad_characters(text: str) -> None:
    if "\0" in text:
        raise InvalidPathError.at(text, f"{_short(text)} contains a NUL character")
    if "\\" in text:
        raise InvalidPathError.at(text, f"{_short(text)} contains a backslash; write / between folders")


def _refuse_too_long(clean: str, parts: list[str]) -> None:
    if len(clean) * 4 <= MAX_NAME_BYTES:  # a character has at most 4 bytes: most paths return here
        return
    if len(clean.encode()) > MAX_PATH_BYTES:
        raise InvalidPathError(errno.ENAMETOOLONG, f"{_short(clean)} is longer than {MAX_PATH_BYTES} bytes", clean)
    for part in parts:
        if len(part.encode()) > MAX_NAME_BYTES:
            raise InvalidPathError(
                errno.ENAMETOOLONG, f"the name {_short(part)} is longer than {MAX_NAME_BYTES} bytes", clean
            )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def is_valid_name(name: str) -> bool:
    """Return whether `name` can be one part of a path without being changed.

    >>> is_valid_name("p.png"), is_valid_name("a/b"), is_valid_name("..")
    (True, False, False)
    """
    if not name or "/" in name:
        return False
    try:
        return normalise(name) == ROOT + name
    except InvalidPathError:
        return False


def join(folder: str, name: str) -> str:
    """Return the path of `name` in a normalised `folder`.

    >>> join("/", "a"), join("/a", "b")
    ('/a', '/a/b')
    """
    return folder + name if folder == ROOT else f"{folder}/{name}"


def split(path: str) -> tuple[str, str]:
    """Split a normalised path into its folder and its name.

    >>> split("/a/b"), split("/a"), split("/")
    (('/a', 'b'), ('/', 'a'), ('/', ''))
    """
    folder, _, name = path.rpartition("/")
    return folder or ROOT, name


def parent(path: str) -> str:
    """Return the folder of a normalised path. The root is its own parent."""
    return path.rpartition("/")[0] or ROOT


def is_inside(path: str, folder: str) -> bool:
    """Return whether `path` is `folder` or is below it. Both must be normalised.

    >>> is_inside("/a/b", "/a"), is_inside("/ab", "/a")
    (True, False)
    """
    return folder == ROOT or path == folder or path.startswith(folder + "/")


def rebase(path: str, old: str, new: str) -> str:
    """Return where `path`, which is inside folder `old`, would be if `old` were `new`.

    >>> rebase("/assets/sprites/p.png", "/assets", "/")
    '/sprites/p.png'
    """
    rest = path if old == ROOT else path[len(old) :]
    return (new if new != ROOT else "") + rest if rest not in ("", ROOT) else new


def natural_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a sort key that compares the numbers in a text by value.

    >>> sorted(["p10.png", "p2.png"], key=natural_key)
    ['p2.png', 'p10.png']
    """
    parts = re.split(r"(\d+)", text)
    # Python refuses to read numbers of thousands of digits.
    return tuple((0, int(part)) if part.isdecimal() and len(part) < 1000 else (1, part) for part in parts if part)


def shown(path: str) -> str:
    r"""Return a path as messages show it: on one line, with control characters escaped.

    >>> shown("/winter\x1b[31m.png")
    '/winter\\x1b[31m.png'
    """
    return plain(path, MAX_PATH_BYTES)


def name_fault(path: str) -> str | None:
    """Return why Windows cannot store a path, or None if it can.

    Examples
    --------
    >>> name_fault("/data/aux.json")
    '/data/aux.json: Windows reserves the name aux.json for a device'
    >>> name_fault("/data/auxiliary.json")

    References
    ----------
    Microsoft, Naming Files, Paths, and Namespaces.
    """
    for name in path.split("/"):
        if _DEVICE.fullmatch(name.rstrip(" .")):
            return f"{shown(path)}: Windows reserves the name {shown(name)} for a device"
        if forbidden := _FORBIDDEN_ON_WINDOWS.search(name):
            return f"{shown(path)}: Windows does not allow {forbidden[0]!r} in a name"
        if name != name.rstrip(" ."):
            return f"{shown(path)}: Windows drops the dot or space at the end of {name!r}"
    return None


def name_faults(names: Iterable[str]) -> Iterator[str]:
    """Yield why paths cannot be stored on other systems: on Windows, and where case does not matter.

    Examples
    --------
    >>> list(name_faults(["/A.png", "/a.png"]))
    ['/A.png and /a.png are the same file where case does not matter']
    """
    spellings: dict[str, str] = {}
    for path in names:
        if (fault := name_fault(path)) is not None:
            yield fault
        first = spellings.setdefault(path.casefold(), path)
        if first != path:
            yield f"{shown(first)} and {shown(path)} are the same file where case does not matter"
