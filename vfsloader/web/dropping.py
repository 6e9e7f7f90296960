"""Mods that a player drops on the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.errors import InvalidPathError, UnknownFormatError, UnsafeArchiveError
from vfsloader.runtime.atomic import write_whole

SUFFIXES = (".zip", ".pack", ".tar.gz", ".tar")
#: Bytes of a mod that is dropped: it is held in memory.
MAX_BYTES = 256 << 20


def add_mod(folder: paths.RealPath, name: str, data: bytes) -> Path:
    """Put an archive into a mods folder; an older one of this name is replaced in one step.

    Parameters
    ----------
    folder
        The mods folder.
    name
        The name of the file.
    data
        Its bytes. Whether they are a mod is found out by the mod manager, which reports what is wrong.

    Raises
    ------
    UnknownFormatError, UnsafeArchiveError
        The name is not that of an archive or not one that every system can store, or there is too much.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     add_mod(folder, "winter.zip", b"PK").name
    'winter.zip'
    """
    if not name.lower().endswith(SUFFIXES):
        raise UnknownFormatError.at(name, f"{name} is not a mod: it has to be one of {', '.join(SUFFIXES)}")
    fault = paths.name_fault(f"/{name}")
    if fault is not None or "/" in name:
        raise InvalidPathError.at(name, f"{name} cannot be stored: {fault or 'it is not a name'}; rename the file")
    if len(data) > MAX_BYTES:
        raise UnsafeArchiveError.at(name, f"{name} has {len(data):,} bytes; a page takes {MAX_BYTES:,} at most")
    target = Path(folder, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, data)
    return target


def accept_mods(
    folder: paths.RealPath,
    on_added: Callable[[Path], object],
    on_error: Callable[[Exception], object],
    element: Any = None,
) -> None:
    """Let players drop archives on the page; works in a browser only.

    Parameters
    ----------
    folder
        Where they are put: a mods folder, in a folder that is kept by :func:`~vfsloader.web.persist`.
    on_added
        Called with each new file; a game calls ``game.mods.rescan()``.
    on_error
        Called with what is wrong with a file.
    element
        The part of the page that takes them; all of it if left out.
    """
    import js
    from pyodide.ffi import create_proxy

    async def drop(event: Any) -> None:
        event.preventDefault()
        files = event.dataTransfer.files
        for number in range(files.length):
            file = files.item(number)
            try:
                if file.size > MAX_BYTES:
                    raise UnsafeArchiveError.at(str(file.name), f"{file.name} is larger than {MAX_BYTES:,} bytes")
                on_added(add_mod(folder, str(file.name), (await file.arrayBuffer()).to_bytes()))
            except Exception as error:  # the page goes on
                on_error(error)

    target = js.document.body if element is None else element
    target.addEventListener("dragover", create_proxy(lambda event: event.preventDefault()))
    target.addEventListener("drop", create_proxy(drop))
