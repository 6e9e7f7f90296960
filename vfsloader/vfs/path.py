"""A path and its file system in one object, with the names of ``pathlib``.

It is a ``Traversable`` too, so that whatever reads ``importlib.resources`` reads a game's tree. It is no
``os.PathLike``: the builtin ``open`` would look for it on the disk.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from vfsloader import paths
from vfsloader.errors import InvalidPathError, PathExistsError

if TYPE_CHECKING:
    from vfsloader.vfs.filesystem import VirtualFileSystem
    from vfsloader.vfs.readable import StatResult


class VFSPath(Traversable):
    """A path in a :class:`~vfsloader.VirtualFileSystem`; made by ``vfs / "sprites" / "p.png"``.

    Two are equal where path and file system are. The methods do what those of ``pathlib.Path`` do.

    Examples
    --------
    >>> from vfsloader import VirtualFileSystem
    >>> vfs = VirtualFileSystem()
    >>> picture = vfs / "sprites" / "p.png"
    >>> _ = picture.write_bytes(b"pixels")
    >>> picture.suffix, picture.parent.name, [str(path) for path in vfs.path("/").rglob("*.png")]
    ('.png', 'sprites', ['/sprites/p.png'])
    """

    __slots__ = ("_path", "vfs")

    def __init__(self, vfs: VirtualFileSystem, path: paths.PathLike) -> None:
        self.vfs = vfs
        self._path = paths.normalise(path)

    def __vfspath__(self) -> str:
        return self._path

    def __str__(self) -> str:
        return self._path

    def __repr__(self) -> str:
        return f"VFSPath({self._path!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VFSPath) and self.vfs is other.vfs and self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __lt__(self, other: VFSPath) -> bool:
        return self.parts < other.parts

    def __truediv__(self, name: str) -> VFSPath:  # type: ignore[override]
        return self.joinpath(name)

    # --- the path itself -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The last part; empty for the root."""
        return self._pure.name

    @property
    def stem(self) -> str:
        """The name without its last suffix."""
        return self._pure.stem

    @property
    def suffix(self) -> str:
        """The last suffix, with its dot."""
        return self._pure.suffix

    @property
    def suffixes(self) -> list[str]:
        """All suffixes."""
        return self._pure.suffixes

    @property
    def parts(self) -> tuple[str, ...]:
        """The root and the names."""
        return self._pure.parts

    @property
    def parent(self) -> VFSPath:
        """The folder; the root is its own."""
        return VFSPath(self.vfs, paths.parent(self._path))

    @property
    def parents(self) -> tuple[VFSPath, ...]:
        """The folders above, nearest first."""
        return tuple(VFSPath(self.vfs, str(above)) for above in self._pure.parents)

    def as_posix(self) -> str:
        """Give the path as text."""
        return self._path

    def joinpath(self, *descendants: str | os.PathLike[str]) -> VFSPath:
        """Go down; a part that starts with ``/`` starts at the root again."""
        return VFSPath(self.vfs, str(self._pure.joinpath(*descendants)))

    def with_name(self, name: str) -> VFSPath:
        """Give the path with another last part."""
        return VFSPath(self.vfs, str(self._pure.with_name(name)))

    def with_stem(self, stem: str) -> VFSPath:
        """Give the path with another name before the suffix."""
        return VFSPath(self.vfs, str(self._pure.with_stem(stem)))

    def with_suffix(self, suffix: str) -> VFSPath:
        """Give the path with another suffix."""
        return VFSPath(self.vfs, str(self._pure.with_suffix(suffix)))

    def relative_to(self, folder: VFSPath | str) -> PurePosixPath:
        """Give the way from `folder` to here."""
        return self._pure.relative_to(str(folder))

    def is_relative_to(self, folder: VFSPath | str) -> bool:
        """Tell whether this lies at or below `folder`."""
        return paths.is_inside(self._path, paths.normalise(str(folder)))

    def match(self, pattern: str) -> bool:
        """Match a glob, from the right where it does not start with ``/``."""
        if pattern.startswith("/"):
            return paths.glob_pattern(pattern).fullmatch(self._path) is not None
        return paths.glob_pattern("/**/" + pattern).fullmatch(self._path) is not None

    # --- what stands there ---------------------------------------------------------------------------

    def exists(self) -> bool:
        """Tell whether anything stands here."""
        return self.vfs.exists(self._path)

    def is_file(self) -> bool:
        """Tell whether a file stands here."""
        return self.vfs.isfile(self._path)

    def is_dir(self) -> bool:
        """Tell whether a folder stands here."""
        return self.vfs.isdir(self._path)

    def stat(self) -> StatResult:
        """Give what is known of it."""
        return self.vfs.stat(self._path)

    def iterdir(self) -> Iterator[VFSPath]:
        """Give what the folder holds."""
        return iter([self / name for name in self.vfs.listdir(self._path)])

    def glob(self, pattern: str) -> Iterator[VFSPath]:
        """Give the paths below that match a pattern."""
        if pattern.startswith("/"):
            raise InvalidPathError.at(pattern, f"{pattern} must be relative to {self._path}")
        below = paths.glob_escape(self._path).rstrip("/")
        return (VFSPath(self.vfs, path) for path in self.vfs.glob(f"{below}/{pattern}"))

    def rglob(self, pattern: str) -> Iterator[VFSPath]:
        """Give the paths at any depth below that match a pattern."""
        return self.glob(f"**/{pattern}")

    def walk(self) -> Iterator[tuple[VFSPath, list[str], list[str]]]:
        """Walk the folder, from the top down."""
        for folder, folders, files in self.vfs.walk(self._path):
            yield VFSPath(self.vfs, folder), folders, files

    # --- reading and writing -------------------------------------------------------------------------

    def open(
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open the file; see :meth:`VirtualFileSystem.open`."""
        return self.vfs.open(self._path, mode, buffering, encoding, errors, newline)

    def read_bytes(self) -> bytes:
        """Give the content."""
        return self.vfs.read_bytes(self._path)

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Give the text."""
        return self.vfs.read_text(self._path, encoding or "utf-8", errors or "strict")

    def write_bytes(self, data: bytes | bytearray | memoryview) -> int:
        """Put bytes; gives how many."""
        return self.vfs.write_bytes(self._path, data)

    def write_text(self, data: str, encoding: str | None = None) -> int:
        """Put text; gives how many characters."""
        return self.vfs.write_text(self._path, data, encoding or "utf-8")

    def touch(self, exist_ok: bool = True) -> None:
        """Make an empty file where there is none."""
        if self.exists():
            if not exist_ok:
                raise PathExistsError.at(self._path, f"{self._path} exists already")
            return
        self.vfs.write_bytes(self._path, b"")

    def mkdir(self, parents: bool = False, exist_ok: bool = False) -> None:
        """Make the folder."""
        self.vfs.mkdir(self._path, parents, exist_ok)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the file."""
        with contextlib.suppress(*([FileNotFoundError] if missing_ok else [])):
            self.vfs.remove(self._path)

    def rmdir(self) -> None:
        """Remove the empty folder."""
        self.vfs.rmdir(self._path)

    def rename(self, target: VFSPath | str) -> VFSPath:
        """Move it; gives the new path."""
        new = VFSPath(self.vfs, str(target))
        self.vfs.rename(self._path, new._path)
        return new

    def replace(self, target: VFSPath | str) -> VFSPath:
        """Move it over a file that may be there, in one step; gives the new path."""
        new = VFSPath(self.vfs, str(target))
        with self.vfs.atomic_batch():
            if new.is_file() and new != self:
                new.unlink()
            if new != self:
                self.vfs.rename(self._path, new._path)
        return new

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self._path)
