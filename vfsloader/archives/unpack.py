"""Expanding an archive into a file system: all of it or nothing, or file by file."""

from __future__ import annotations

import contextlib
import io
import os
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Literal, Protocol, get_args

from vfsloader import paths
from vfsloader.archives.formats import ArchiveAdapter, ArchiveSource, adapter_for
from vfsloader.errors import IsAFolderError, PathExistsError, PathNotFoundError, UnsafeArchiveError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Limits, check_member_count

OnConflict = Literal["raise", "skip", "overwrite", "rename"]
_CHOICES = get_args(OnConflict)


class TargetTree(Protocol):
    """A file system to expand into, such as :class:`~vfsloader.VirtualFileSystem`."""

    def isfile(self, path: str, /) -> bool:
        """Return whether the path is a file."""

    def isdir(self, path: str, /) -> bool:
        """Return whether the path is a folder."""

    def write_bytes(self, path: str, content: bytes, /) -> Any:
        """Write a file."""

    def atomic_batch(self) -> AbstractContextManager[None]:
        """Make all changes inside the ``with`` block, or none."""


def expand_archive(
    vfs: TargetTree,
    source: ArchiveSource | bytes,
    dest: str = "/",
    *,
    on_conflict: OnConflict = "raise",
    adapter: ArchiveAdapter | None = None,
    adapters: list[type[ArchiveAdapter]] | None = None,
    budget: Limits | Mapping[str, float] | None = None,
) -> None:
    """Expand an archive: all of it, or nothing changes.

    Parameters
    ----------
    vfs
        The file system.
    source
        A path of the disk, the archive's bytes, or a seekable binary stream.
    dest
        The folder to expand into.
    on_conflict
        What to do if a file already exists, or appears twice in the archive: ``"raise"`` an error, ``"skip"`` the new
        file, ``"overwrite"`` the old one (with a UserWarning), or ``"rename"`` the new one to ``name (2).txt``.
    adapter
        Reads the archive, whatever its format; you close it.
    adapters
        The adapters to try; by default all that are registered.
    budget
        How much the archive may hold, where the defaults do not fit, such as ``{"members": 200_000}``;
        ``docs/budget.md`` has the limits.

    Raises
    ------
    ValueError
        No adapter can read the source, or `on_conflict` is not one of the four.
    PathExistsError
        A file already exists, and `on_conflict` is ``"raise"``.
    IsAFolderError, NotAFolderError
        A file of the archive has the path of a folder, or a folder the path of a file.
    QuotaExceededError
        The files do not fit.
    DamagedError, UnsafeArchiveError
        The archive is damaged, or is a bomb.

    Warns
    -----
    UserWarning
        Links, devices, and names that lead out of the archive were left out.

    Examples
    --------
    >>> import zipfile
    >>> from vfsloader import VirtualFileSystem
    >>> packed = io.BytesIO()
    >>> with zipfile.ZipFile(packed, "w") as archive:
    ...     archive.writestr("sprites/p.png", b"pixels")
    >>> vfs = VirtualFileSystem()
    >>> expand_archive(vfs, packed, "/mods/hat")
    >>> vfs.glob("/**/*.png")
    ['/mods/hat/sprites/p.png']
    """
    with vfs.atomic_batch():
        _expand(vfs, source, dest, on_conflict, adapter, adapters, Limits.of(budget))


def expand_archive_streaming(
    vfs: TargetTree,
    source: ArchiveSource | bytes,
    dest: str = "/",
    *,
    on_conflict: OnConflict = "raise",
    adapter: ArchiveAdapter | None = None,
    adapters: list[type[ArchiveAdapter]] | None = None,
    budget: Limits | Mapping[str, float] | None = None,
) -> int:
    """Expand an archive file by file: files written before an error stay.

    The parameters and errors are those of :func:`expand_archive`.

    Returns
    -------
    int
        How many files were written; a file that is overwritten counts each time.
    """
    return _expand(vfs, source, dest, on_conflict, adapter, adapters, Limits.of(budget))


def _expand(
    vfs: TargetTree,
    source: ArchiveSource | bytes,
    dest: str,
    on_conflict: OnConflict,
    adapter: ArchiveAdapter | None,
    adapters: list[type[ArchiveAdapter]] | None,
    limits: Limits,
) -> int:
    if on_conflict not in _CHOICES:
        raise ValueError(f"on_conflict must be one of {', '.join(_CHOICES)}, not {on_conflict!r}")
    folder, written = paths.normalise(dest), 0
    with _opened(source, adapter, adapters, limits) as opened:
        _report_left_out(opened.left_out)
        for number, (name, data) in enumerate(opened.members(), 1):
            check_member_count(number, "the archive", limits)
            path = paths.normalise(paths.join(folder, _inside(name)))
            if vfs.isdir(path):
                raise IsAFolderError.at(path, f"cannot write {path} from the archive: it is a folder")
            if vfs.isfile(path):
                if on_conflict == "skip":
                    continue
                if on_conflict == "raise":
                    raise PathExistsError.at(path, f"{path} already exists, or appears twice in the archive")
                if on_conflict == "rename":
                    path = _free_name(vfs, path)
                else:
                    warnings.warn(f"{plain(path)} was overwritten by a file of the archive", UserWarning, stacklevel=3)
            vfs.write_bytes(path, data)
            written += 1
    return written


def _report_left_out(left_out: Sequence[tuple[str, str]]) -> None:
    if left_out:
        shown = "; ".join(f"{plain(name)}: {reason}" for name, reason in left_out[:3])
        more = f"; and {len(left_out) - 3:,} more" if len(left_out) > 3 else ""
        warnings.warn(f"left out of the archive: {shown}{more}", UserWarning, stacklevel=4)


@contextlib.contextmanager
def _opened(
    source: ArchiveSource | bytes,
    adapter: ArchiveAdapter | None,
    adapters: list[type[ArchiveAdapter]] | None,
    limits: Limits,
) -> Iterator[ArchiveAdapter]:
    if adapter is not None:  # the caller closes it
        yield adapter
        return
    stream: paths.RealPath | BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    if isinstance(stream, (str, os.PathLike)) and not os.path.exists(stream):
        raise PathNotFoundError.at(str(stream), f"there is no archive {stream}")
    with adapter_for(stream, adapters, limits) as opened:
        yield opened


def _inside(name: str) -> str:
    """Return a member's path relative to the target folder; ``..`` and leading slashes do not leave it."""
    parts: list[str] = []
    for part in unicodedata.normalize("NFC", name.replace("\\", "/")).split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    if not parts:
        raise UnsafeArchiveError.at(name, f"the archive has a file without a name: {name!r:.60}")
    return "/".join(parts)


def _free_name(vfs: TargetTree, path: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    if not dot or "/" in suffix or not stem.rpartition("/")[2]:
        stem, dot, suffix = path, "", ""
    stem = re.sub(r" \(\d+\)$", "", stem)
    number = 2
    while vfs.isfile(free := f"{stem} ({number}){dot}{suffix}") or vfs.isdir(free):
        number += 1
    return free
