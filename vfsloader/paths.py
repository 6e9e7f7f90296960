"""The only place that knows the rules of virtual paths.

A path is absolute and POSIX: ``/sprites/p.png``. A leading ``/`` may be left out. Case matters,
text is Unicode NFC, and no path leaves the root: ``..`` above it is an error and not the root again,
because a loader that quietly reads another file than the one asked for hides a bug or an attack.
Backslashes are refused, so that a game written on Windows works everywhere or fails at once.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import unicodedata
from typing import Protocol

from vfsloader.errors import InvalidPathError

ROOT = "/"
#: Longest path and longest name, in bytes of UTF-8: what every disk that a pack is unpacked to can hold.
MAX_PATH_BYTES = 4096
MAX_NAME_BYTES = 255


class VirtualPath(Protocol):
    """An object that stands for a virtual path, as :class:`~vfsloader.VFSPath` does."""

    def __vfspath__(self) -> str:
        """Give the path as text."""


#: A virtual path as callers may give it.
PathLike = str | os.PathLike[str] | VirtualPath
#: A path of the disk.
RealPath = str | os.PathLike[str]


def normalise(path: PathLike) -> str:
    """Give the one spelling of a path.

    Parameters
    ----------
    path
        Text, a :class:`~vfsloader.VFSPath` or a ``pathlib`` path; with or without the leading ``/``.

    Returns
    -------
    str
        Absolute, no empty parts, no ``.`` or ``..``, Unicode NFC, no trailing ``/``.

    Raises
    ------
    InvalidPathError
        The text is empty, holds a NUL, a backslash or a lone surrogate, is too long, or leaves the root.

    Examples
    --------
    >>> normalise("sprites//./enemies/../p.png")
    '/sprites/p.png'
    """
    text = path if isinstance(path, str) else _text(path)
    if _is_plain(text):
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


def _is_plain(text: str) -> bool:
    """Tell at once of most paths that they are spelled right already."""
    return (
        text.isascii()
        and 1 < len(text) <= MAX_NAME_BYTES
        and text[0] == "/"
        and text[-1] != "/"
        and "//" not in text
        and "/." not in text
        and "\\" not in text
        and "\0" not in text
    )


def _text(path: object) -> str:
    virtual = getattr(path, "__vfspath__", None)
    text = virtual() if virtual is not None else os.fspath(path)  # type: ignore[call-overload]
    if not isinstance(text, str):
        raise InvalidPathError.at(repr(text), f"a path is text, and {text!r} is {type(text).__name__}")
    return text


def _composed(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidPathError.at(
            text.encode("utf-8", "backslashreplace").decode(),
            f"{_short(text)} holds a character that no file name can have (a lone surrogate)",
        ) from None
    return unicodedata.normalize("NFC", text)


def _refuse_bad_characters(text: str) -> None:
    if "\0" in text:
        raise InvalidPathError.at(text, f"{_short(text)} holds a NUL character")
    if "\\" in text:
        raise InvalidPathError.at(text, f"{_short(text)} holds a backslash; write / between folders")


def _refuse_too_long(clean: str, parts: list[str]) -> None:
    if len(clean) * 4 <= MAX_NAME_BYTES:  # a character is at most 4 bytes: most paths are settled here
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
    """Tell whether `name` can be one part of a path, as it stands.

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
    """Give the path of `name` in a normalised `folder`.

    >>> join("/", "a"), join("/a", "b")
    ('/a', '/a/b')
    """
    return folder + name if folder == ROOT else f"{folder}/{name}"


def split(path: str) -> tuple[str, str]:
    """Part a normalised path into its folder and its name.

    >>> split("/a/b"), split("/a"), split("/")
    (('/a', 'b'), ('/', 'a'), ('/', ''))
    """
    folder, _, name = path.rpartition("/")
    return folder or ROOT, name


def parent(path: str) -> str:
    """Give the folder of a normalised path; the root is its own."""
    return path.rpartition("/")[0] or ROOT


def is_inside(path: str, folder: str) -> bool:
    """Tell whether `path` is `folder` or lies below it; both normalised.

    >>> is_inside("/a/b", "/a"), is_inside("/ab", "/a")
    (True, False)
    """
    return folder == ROOT or path == folder or path.startswith(folder + "/")


def rebase(path: str, old: str, new: str) -> str:
    """Move `path`, which lies inside folder `old`, to the same place inside `new`.

    >>> rebase("/assets/sprites/p.png", "/assets", "/")
    '/sprites/p.png'
    """
    rest = path if old == ROOT else path[len(old) :]
    return (new if new != ROOT else "") + rest if rest not in ("", ROOT) else new


@functools.lru_cache(maxsize=512)
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """Translate a glob into a regular expression on whole normalised paths.

    ``*`` and ``?`` stay within one part, ``[...]`` is a class (``[!...]`` its complement), ``**`` as a
    whole part spans any number of parts, none included.

    Examples
    --------
    >>> bool(glob_pattern("/**/*.png").fullmatch("/p.png"))
    True
    >>> bool(glob_pattern("/*.png").fullmatch("/sprites/p.png"))
    False
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if not parts:
        return re.compile("/")
    out = []
    for place, part in enumerate(parts):
        if part == "**":
            out.append("(?:/[^/]+)+" if place == len(parts) - 1 else "(?:/[^/]+)*")
        else:
            out.append("/" + _glob_part(part))
    return re.compile("".join(out), re.DOTALL)


def _glob_part(part: str) -> str:
    out, at = [], 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[" and (end := _class_end(part, at)) is not None:
            out.append(_glob_class(part[at:end]))
            at = end + 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _class_end(part: str, start: int) -> int | None:
    # A "]" that stands first in the class is a member of it, as in the shell.
    first = start + 1 if part[start : start + 1] == "!" else start
    end = part.find("]", first + 1)
    return None if end < 0 else end


def _glob_class(body: str) -> str:
    negated, body = (True, body[1:]) if body.startswith("!") else (False, body)
    # A range whose ends are the wrong way round matches nothing in the shell; `re` would refuse it.
    body = re.sub(r"(.)-(.)", lambda m: m[0] if m[1] <= m[2] else "", body, flags=re.DOTALL)
    if not body:
        return "[^/]" if negated else "(?!)"
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", body)
    return f"(?!/)[{'^' if negated else ''}{escaped}]"


def sqlite_glob(pattern: str) -> str:
    """Give a SQLite GLOB that matches all that `pattern` matches, and perhaps more: a first sieve.

    >>> sqlite_glob("/**/*.[pj]ng")
    '/**.?ng'
    """
    return re.sub(r"\[!?.[^\]]*\]", "?", pattern).replace("**/", "*")


def has_magic(pattern: str) -> bool:
    """Tell whether a glob holds any of ``* ? [``.

    >>> has_magic("/a/*.png"), has_magic("/a/b.png")
    (True, False)
    """
    return any(char in pattern for char in "*?[")


def glob_escape(path: str) -> str:
    """Give a glob that matches just `path`.

    >>> glob_escape("/a[1]/*")
    '/a[[]1]/[*]'
    """
    return re.sub(r"([*?[])", r"[\1]", path)


def glob_root(pattern: str) -> str:
    """Give the deepest folder that surely holds every match: where a search can start.

    >>> glob_root("/sprites/enemies/*.png"), glob_root("/**/*.png")
    ('/sprites/enemies', '/')
    """
    fixed: list[str] = []
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    for part in parts[:-1]:
        if has_magic(part):
            break
        fixed.append(part)
    return ROOT + "/".join(fixed)
