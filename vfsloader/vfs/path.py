"""A path together with its file system, with the names of ``pathlib``.

It is also a ``Traversable``, so code that reads ``importlib.resources`` can read a game's tree. It is not an
``os.PathLike``: the builtin ``open`` would look for it on the disk.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Protocol, overload

from vfsloader import globs, paths
from vfsloader.errors import InvalidPathError, PathExistsError
from vfsloader.vfs.stat_result import StatResult

if TYPE_CHECKING:
    import io

    from _typeshed import OpenBinaryMode, OpenTextMode


class Tree(Protocol):
    """What a :class:`VFSPath` needs of its file system; see :class:`~vfsloader.VirtualFileSystem`."""

    def exists(self, path: str, /) -> bool: ...
    def isfile(self, path: str, /) -> bool: ...
    def isdir(self, path: str, /) -> bool: ...
    def stat(self, path: str, /) -> StatResult: ...
    def listdir(self, path: str, /) -> list[str]: ...
    def glob(self, pattern: str, /) -> list[str]: ...
    def walk(self, top: str, /) -> Iterator[tuple[str, list[str], list[str]]]: ...
    @property
    def open(self) -> Callable[..., IO[Any]]: ...
    def read_bytes(self, path: str, /) -> bytes: ...
    def read_text(self, path: str, encoding: str, errors: str, /) -> str: ...
    def write_bytes(self, path: str, content: bytes | bytearray | memoryview, /) -> int: ...
    def write_text(self, path: str, content: str, encoding: str, /) -> int: ...
    def mkdir(self, path: str, parents: bool, exist_ok: bool, /) -> None: ...
    def rmdir(self, path: str, /) -> None: ...
    def remove(self, path: str, /) -> None: ...
    def rename(self, src: str, dst: str, /) -> None: ...
    def atomic_batch(self) -> AbstractContextManager[None]: ...


class VFSPath(Traversable):
    """A path in a :class:`~vfsloader.VirtualFileSystem`; made by ``vfs / "sprites" / "p.png"``.

    Two are equal if their paths and their file systems are. The methods do what those of ``pathlib.Path`` do.

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

    def __init__(self, vfs: Tree, path: paths.PathLike) -> None:
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
        """The root and the names below it."""
        return self._pure.parts

    @property
    def parent(self) -> VFSPath:
        """The folder above; the root is its own parent."""
        return self._at(paths.parent(self._path))

    @property
    def parents(self) -> tuple[VFSPath, ...]:
        """The folders above, nearest first."""
        return tuple(map(self._at, self._pure.parents))

    def as_posix(self) -> str:
        """Return the path as text."""
        return self._path

    def joinpath(self, *descendants: str | os.PathLike[str]) -> VFSPath:
        """Append parts. One that starts with ``/`` starts at the root again."""
        return self._at(self._pure.joinpath(*descendants))

    def with_name(self, name: str) -> VFSPath:
        """Return the path with another last part."""
        return self._at(self._pure.with_name(name))

    def with_stem(self, stem: str) -> VFSPath:
        """Return the path with another name before the suffix."""
        return self._at(self._pure.with_stem(stem))

    def with_suffix(self, suffix: str) -> VFSPath:
        """Return the path with another suffix."""
        return self._at(self._pure.with_suffix(suffix))

    def relative_to(self, folder: VFSPath | str) -> PurePosixPath:
        """Return the path relative to `folder`."""
        return self._pure.relative_to(str(folder))

    def is_relative_to(self, folder: VFSPath | str) -> bool:
        """Return whether this is `folder` or a path below it."""
        return paths.is_inside(self._path, paths.normalise(str(folder)))

    def match(self, pattern: str) -> bool:
        """Return whether the path matches a glob; one that does not start with ``/`` is matched from the right."""
        absolute = pattern if pattern.startswith("/") else "/**/" + pattern
        return globs.glob_pattern(absolute).fullmatch(self._path)

    # --- reading the tree ----------------------------------------------------------------------------

    def exists(self) -> bool:
        """Return whether it is a file or a folder."""
        return self.vfs.exists(self._path)

    def is_file(self) -> bool:
        """Return whether it is a file."""
        return self.vfs.isfile(self._path)

    def is_dir(self) -> bool:
        """Return whether it is a folder."""
        return self.vfs.isdir(self._path)

    def stat(self) -> StatResult:
        """Return what is known of it."""
        return self.vfs.stat(self._path)

    def iterdir(self) -> Iterator[VFSPath]:
        """Iterate over the paths in the folder."""
        return iter([self / name for name in self.vfs.listdir(self._path)])

    def glob(self, pattern: str) -> Iterator[VFSPath]:
        """Iterate over the paths below that match a pattern."""
        if pattern.startswith("/"):
            raise InvalidPathError.at(
                pattern, f"the pattern {pattern} is absolute: it must be relative to {self._path}"
            )
        below = globs.glob_escape(self._path).rstrip("/")
        return map(self._at, self.vfs.glob(f"{below}/{pattern}"))

    def rglob(self, pattern: str) -> Iterator[VFSPath]:
        """Iterate over the paths at any depth below that match a pattern."""
        return self.glob(f"**/{pattern}")

    def walk(self) -> Iterator[tuple[VFSPath, list[str], list[str]]]:
        """Walk the folder from the top down."""
        for folder, folders, files in self.vfs.walk(self._path):
            yield self._at(folder), folders, files

    # --- files and folders ---------------------------------------------------------------------------

    @overload
    def open(
        self,
        mode: OpenTextMode = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.TextIOWrapper: ...
    @overload
    def open(self, mode: OpenBinaryMode, buffering: int = -1) -> BinaryIO: ...
    @overload
    def open(
        self,
        mode: str,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]: ...
    def open(  # pyright: ignore[reportIncompatibleMethodOverride] # with more parameters, as in `pathlib`
        self, mode: str = "r", *args: Any, **options: Any
    ) -> IO[Any]:
        """Open the file; see :meth:`VirtualFileSystem.open`."""
        return self.vfs.open(self._path, mode, *args, **options)

    def read_bytes(self) -> bytes:
        """Return the content."""
        return self.vfs.read_bytes(self._path)

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Return the text."""
        return self.vfs.read_text(self._path, encoding or "utf-8", errors or "strict")

    def write_bytes(self, data: bytes | bytearray | memoryview) -> int:
        """Write bytes, and return their number."""
        return self.vfs.write_bytes(self._path, data)

    def write_text(self, data: str, encoding: str | None = None) -> int:
        """Write text, and return the number of characters."""
        return self.vfs.write_text(self._path, data, encoding or "utf-8")

    def touch(self, exist_ok: bool = True) -> None:
        """Make an empty file if there is none."""
        if self.exists():
            if not exist_ok:
                raise PathExistsError.at(self._path, f"{self._path} already exists")
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
        """Move it, and return the new path."""
        new = self._at(target)
        self.vfs.rename(self._path, new._path)
        return new

    def replace(self, target: VFSPath | str) -> VFSPath:
        """Move it in one step, over a file if there is one, and return the new path."""
        new = self._at(target)
        with self.vfs.atomic_batch():
            if new != self:
                if new.is_file():
                    new.unlink()
                self.vfs.rename(self._path, new._path)
        return new

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self._path)

    def _at(self, path: VFSPath | PurePosixPath | str) -> VFSPath:
        return VFSPath(self.vfs, str(path))
