"""Files that appear whole or not at all: the only place that writes one.

A staged file is written under a hidden name in the folder of its target, then renamed over the target once the disk
has its bytes. It is locked while it is written. An unlocked staged file was left by a process that was killed, and
:func:`clean_up` deletes it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from vfsloader.errors import PathError, PathExistsError, PathNotFoundError, VFSError
from vfsloader.runtime.disk_names import replace

try:
    import fcntl
except ImportError:  # Windows cannot delete a file that is open, so no lock is needed there
    fcntl = None  # type: ignore[assignment]

_SUFFIX = ".part"
_STAGED = re.compile(r"\.(.+)\.[a-z0-9_]{8}\.part")
#: Windows would otherwise translate line ends in what is written.
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def staged(
    target: str | os.PathLike[str],
    *,
    overwrite: bool,
    durable: bool = True,
    tidy_folder: bool = True,
    mode: int = 0o666,
) -> Iterator[str]:
    """Make a new, empty file to fill; it becomes `target` if the ``with`` block succeeds.

    Parameters
    ----------
    target
        The file to make.
    overwrite
        Whether to replace an existing file.
    durable
        Wait until the disk has the bytes. False for files that can be made again, such as a cache.
    tidy_folder
        Delete leftovers in the folder first, and afterwards wait until the disk has the new name. Pass False if you do
        both yourself, once for many files.
    mode
        Permissions of the new file; the umask of the process applies.

    Yields
    ------
    str
        The path of the staged file.

    Raises
    ------
    PathExistsError
        `target` exists, and `overwrite` is False.
    PathNotFoundError
        The folder of `target` does not exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged(f"{folder}/a.txt", overwrite=False) as path:
    ...         _ = Path(path).write_text("hello")
    ...     Path(folder, "a.txt").read_text()
    'hello'
    """
    file = Path(target).absolute()
    if not overwrite:
        refuse_existing(file)
    if not file.parent.is_dir():
        raise PathNotFoundError.at(str(file.parent), f"cannot write {file.name}: there is no folder {file.parent}")
    if tidy_folder:
        clean_up(file.parent)
    with _locked_file(file, mode) as path:
        try:
            yield path
            if not overwrite:
                refuse_existing(file)
            if durable:
                sync_file(path)
            replace(path, file)
        except BaseException as error:
            for leftover in (path, f"{path}-journal", f"{path}-wal", f"{path}-shm"):
                with contextlib.suppress(OSError):  # another program has it open: `clean_up` deletes it
                    Path(leftover).unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC and not isinstance(error, VFSError):
                sentence = f"cannot write {file}: the disk is full; nothing was changed"
                raise PathError(errno.ENOSPC, sentence, str(file)) from error
            raise
    if durable and tidy_folder:
        sync_folder(file.parent)


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file, replacing an existing one; after a crash it has the old bytes or the new ones.

    Raises
    ------
    PathNotFoundError
        The folder of the file does not exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/state.json", b"{}")
    ...     os.listdir(folder)
    ['state.json']
    """
    with staged(path, overwrite=True) as staged_path, open(staged_path, "wb") as file:
        file.write(data)


def new_locked_file(folder: str | os.PathLike[str], prefix: str, mode: int = 0o666) -> tuple[int | None, str]:
    """Create a staged file with an unused name that :func:`clean_up` deletes once this process has ended.

    The kernel applies the umask of the process to `mode`, which ``tempfile.mkstemp`` ignores.

    Returns
    -------
    tuple
        The descriptor that locks it while it is open, and its path. There is no descriptor on Windows, which could not
        rename the file.
    """
    while True:
        path = f"{os.fspath(folder)}/{prefix}{os.urandom(4).hex()}{_SUFFIX}"
        try:
            handle = os.open(path, _CREATE, mode)
        except FileExistsError:
            continue
        if fcntl is None:
            os.close(handle)
            return None, path
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.access(path, os.F_OK):  # else `clean_up` deleted it before it was locked
            return handle, path
        os.close(handle)


def clean_up(folder: str | os.PathLike[str], prefix: str = "") -> list[str]:
    """Delete the staged files that killed processes left in a folder, and return their names.

    Parameters
    ----------
    folder
        The folder.
    prefix
        What their names begin with; by default all.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, ".base.pack.a1b2c3d4.part").write_bytes(b"half a pack")
    >>> clean_up(folder.name)
    ['.base.pack.a1b2c3d4.part']
    >>> folder.cleanup()
    """
    deleted = []
    for name in sorted(os.listdir(folder)):
        if name.startswith(prefix) and _STAGED.fullmatch(name):
            with contextlib.suppress(OSError):  # in use, or another process was quicker
                _delete_unlocked(os.path.join(folder, name))
                deleted.append(name)
    return deleted


def is_staged(name: str) -> bool:
    """Return whether a name is that of a staged file."""
    return _STAGED.fullmatch(name) is not None


def staged_for(name: str) -> str | None:
    """Return the name of the file that a staged file becomes; None if a name is not that of a staged file."""
    found = _STAGED.fullmatch(name)
    return None if found is None else found[1]


def sync_file(path: str | os.PathLike[str]) -> None:
    """Wait until the disk has the bytes of a file."""
    _sync(path, os.O_RDWR)  # Windows syncs only what is open for writing


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Wait until the disk has the names in a folder."""
    if os.name != "nt":  # Windows cannot open a folder, and its file system journals names
        _sync(folder, os.O_RDONLY)


def sync_tree(folder: str | os.PathLike[str]) -> None:
    """Wait until the disk has all files in a folder, one by one: for systems that cannot do so for a whole disk."""
    for top, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # gone since, or read-only and thus not changed
                sync_file(os.path.join(top, name))
        sync_folder(top)


def refuse_existing(file: str | os.PathLike[str]) -> None:
    """Raise :class:`~vfsloader.errors.PathExistsError` if a file exists."""
    if os.path.exists(file):
        raise PathExistsError.at(str(file), f"{file} already exists; pass overwrite (-f) to replace it")


def _sync(path: str | os.PathLike[str], flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked_file(target: Path, mode: int) -> Iterator[str]:
    """Create a staged file for `target`, locked until the ``with`` block ends."""
    handle, path = new_locked_file(target.parent, f".{target.name}.", mode)
    try:
        yield path
    finally:
        if handle is not None:
            os.close(handle)


def _delete_unlocked(path: str) -> None:
    if fcntl is None:
        os.unlink(path)
        return
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(handle)
