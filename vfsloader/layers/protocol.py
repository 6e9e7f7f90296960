"""What a layer is: the five questions that every source of files answers.

``find`` and ``list`` tell what is there, ``read`` and ``open`` give the bytes of what ``find`` found,
``notify`` and ``version`` say whether answers given before still hold: a layer tells its listeners of each
change, or, where changes can come unseen, is asked for its version. A layer that can hide what lies below
it (whiteouts) says so by ``may_hide`` and is then asked ``hides``. All paths that a layer gets are normalised
(`vfsloader.paths`); a layer never raises for a path that it does not have.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Hashable, Iterable, Iterator
from contextlib import AbstractContextManager
from io import RawIOBase
from typing import Any, BinaryIO, NamedTuple, Protocol, Self, runtime_checkable

from vfsloader import paths
from vfsloader.layers.listeners import Listener


class EntryType(enum.IntEnum):
    """What stands at a path of a layer."""

    FILE = 0
    FOLDER = 1


class Entry(NamedTuple):
    """One file or folder of a layer.

    A named tuple and no dataclass: one is made for each path that is looked up, and a frozen dataclass
    takes longer to make.
    """

    path: str
    kind: EntryType
    size: int = 0
    """Bytes of content; 0 for a folder."""
    mtime_ns: int = 0
    """Last change of the content, nanoseconds since 1970; 0 where the source keeps no time."""
    ctime_ns: int = 0
    """Creation, nanoseconds since 1970; 0 where the source keeps no time."""
    key: Any = None
    """What the layer's own `read` and `open` take to find the bytes again."""
    digest: bytes | None = None
    """SHA-256 of the content where the source knows it without reading."""
    generation: int = 0
    """Rises with each change of a store; 0 in sources that do not count."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return paths.split(self.path)[1]

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder."""
        return self.kind == EntryType.FOLDER


#: The root of every layer that keeps no times.
ROOT_ENTRY = Entry(paths.ROOT, EntryType.FOLDER)


@runtime_checkable
class Layer(Protocol):
    """One tree of files with a name."""

    name: str
    may_hide: bool
    """Whether :meth:`hides` may ever answer True."""

    def find(self, path: str) -> Entry | None:
        """Give what stands at `path`, or None."""

    def list(self, path: str) -> Iterable[Entry]:
        """Give the entries of the folder `path`, in any order; nothing where it is no folder."""

    def glob(self, pattern: str) -> Iterable[str]:
        """Give the layer's own paths that match a glob; see :func:`vfsloader.paths.glob_pattern`."""

    def hides(self, path: str) -> bool:
        """Tell whether this layer hides what lower layers have at and below `path`."""

    def read(self, key: Any) -> bytes:
        """Give the whole content of the file whose entry bore `key`."""

    def open(self, key: Any) -> BinaryIO:
        """Open the file whose entry bore `key`: a buffered, seekable stream for reading."""

    def version(self) -> Hashable | None:
        """Give a value that changes with the tree; None where only looking again can tell."""

    def notify(self, listener: Listener) -> bool:
        """Call `listener`, a bound method, at each change of the tree, and hold it weakly.

        False where the tree can change unseen, so that :meth:`version` has to be asked each time.
        """

    def close(self) -> None:
        """Let go of files and connections; a second call does nothing."""


@runtime_checkable
class Remote(Protocol):
    """A layer that may lie on another machine, where many requests at once are quicker than one by one."""

    @property
    def is_remote(self) -> bool:
        """Whether it does."""

    def prefetch(self, keys: Iterable[Any]) -> None:
        """Fetch the files whose entries bore these keys, as they will be read soon."""


class WritableLayer(Layer, Protocol):
    """A layer that can be changed: a store, or a folder of loose files.

    Each change is whole or not made at all.
    """

    writable: bool

    @property
    def path(self) -> paths.RealPath:
        """Where it lies; ``":memory:"`` for one that ends with the object."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make the changes inside the ``with`` all or nothing; may be nested."""

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Put a file, with the folders above it, in place of the one that is there."""

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> RawIOBase:
        """Open a file for writing; it changes when the draft is closed."""

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; `opaque` hides what lower layers have there."""

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; `hide` hides what lower layers have there."""

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with all that it holds; `new` must be free, or hidden."""

    def sync(self) -> None:
        """Wait until the disk has everything."""

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` where nothing can be written."""


class BaseLayer:
    """What most layers share: they hide nothing, never change, and close by ``with``."""

    name: str = ""
    may_hide: bool = False

    def list(self, path: str) -> Iterable[Entry]:
        """Hold nothing."""
        return ()

    def glob(self, pattern: str) -> Iterator[str]:
        """Walk the folders in which something can match."""
        matches = paths.glob_pattern(pattern).fullmatch
        deepest = None if "**" in pattern.split("/") else pattern.count("/")
        folders = [paths.glob_root(pattern)]
        while folders:
            for entry in self.list(folders.pop()):
                if matches(entry.path):
                    yield entry.path
                if entry.is_folder and (deepest is None or entry.path.count("/") < deepest):
                    folders.append(entry.path)

    def hides(self, path: str) -> bool:
        """Hide nothing."""
        return False

    def version(self) -> Hashable | None:
        """Never change."""
        return 0

    def notify(self, listener: Listener) -> bool:
        """Never call."""
        return True

    def close(self) -> None:
        """Hold nothing that needs closing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def digest_of(layer: Layer, entry: Entry) -> bytes:
    """Give the SHA-256 of a file's content, reading it where the layer does not keep it.

    Parameters
    ----------
    layer
        The layer that gave `entry`.
    entry
        A file's entry.

    Returns
    -------
    bytes
        32 bytes; two files with one digest have the same content.
    """
    if entry.digest is not None:
        return entry.digest
    if entry.size <= 1 << 20:
        return hashlib.sha256(layer.read(entry.key)).digest()
    with layer.open(entry.key) as file:
        return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
