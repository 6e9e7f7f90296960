"""What a layer is: the few methods that every source of files has.

``find`` and ``list`` say what is there. ``read`` and ``open`` return the bytes of an entry that ``find`` returned.
``subscribe`` and ``version`` say whether earlier answers still hold: a layer calls its subscribers after each change,
or, where changes can come unnoticed, is asked for its version. A layer that can hide what is below it (whiteouts)
says so by ``may_hide`` and is then asked ``hides``.

All paths that a layer receives are normalised (`vfsloader.paths`). A layer never raises for a path that it does not
have: ``find`` returns None.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager
from io import RawIOBase
from typing import Any, BinaryIO, NamedTuple, Protocol, Self, runtime_checkable

from vfsloader import globs, paths
from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.mapped_files import MappedFiles
from vfsloader.runtime.hashes import sha256


class EntryType(enum.IntEnum):
    """What an entry is."""

    FILE = 0
    FOLDER = 1


#: A folder with more names is not indexed by archives and packs: that would take longer than asking them.
MAX_INDEXED = 5_000


class Entry(NamedTuple):
    """One file or folder of a layer.

    This is a named tuple and not a dataclass because one is made for each path that is looked up, and a frozen
    dataclass takes longer to make.
    """

    path: str
    kind: EntryType
    size: int = 0
    """Bytes of content; 0 for a folder."""
    mtime_ns: int = 0
    """Last change of the content, nanoseconds since 1970; 0 where the source keeps no time."""
    ctime_ns: int = 0
    """Creation, nanoseconds since 1970; 0 where the source keeps no time."""
    locator: Any = None
    """How the layer that made the entry finds its bytes again; nobody else looks at it."""
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
    """One tree of files with a name. Inherit :class:`BaseLayer` for the methods that most layers share."""

    name: str
    may_hide: bool
    """Whether :meth:`hides` may ever return True."""

    @property
    def reports_changes(self) -> bool:
        """Whether subscribers are called after every change.

        False where the tree can change without notice, as a folder of the disk can; then :meth:`version` has to be
        asked each time.
        """

    @property
    def is_remote(self) -> bool:
        """Whether the files are on another machine, where many requests at once are quicker than one by one."""

    def find(self, path: str) -> Entry | None:
        """Return the entry at `path`, or None."""

    def list(self, path: str) -> Iterable[Entry]:
        """Return the entries of the folder `path`, in any order; nothing where it is not a folder."""

    def glob(self, pattern: str) -> Iterable[str]:
        """Return the layer's own paths that match a glob; see ``vfsloader.globs``."""

    def hides(self, path: str) -> bool:
        """Return whether this layer hides what lower layers have at and below `path`."""

    def read(self, entry: Entry) -> bytes:
        """Return the whole content of a file. Raises FileNotFoundError if it has gone since it was found."""

    def view(self, entry: Entry) -> memoryview:
        """Return the whole content of a file, without copying it if it is in memory; raises as :meth:`read` does."""

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file as a buffered, seekable stream for reading; raises as :meth:`read` does."""

    def disk_path(self, entry: Entry) -> str | None:
        """Return the file of the disk that holds just this entry's bytes; None where there is none."""

    def prefetch(self, entries: Iterable[Entry]) -> None:
        """Fetch files that will be read soon, if they are on another machine."""

    def version(self) -> Hashable | None:
        """Return a value that changes with the tree; None where only looking again can tell."""

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener`, a bound method that is held weakly, once after each change that the layer knows of.

        `uncommitted` is called after each step inside a transaction; see ``Listeners.add``.
        """

    def close(self) -> None:
        """Close files and connections; a second call does nothing."""


class WritableLayer(Layer, Protocol):
    """A layer that can be changed: a store, or a folder of loose files.

    Each change happens completely or not at all.
    """

    writable: bool

    @property
    def path(self) -> paths.RealPath:
        """Where it is; ``":memory:"`` for one that ends with the object."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make the changes inside the ``with`` all or nothing; may be nested."""

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Write a whole file, and make the folders above it."""

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> RawIOBase:
        """Open a file for writing; the file changes when the stream is closed."""

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; `opaque` hides what lower layers have there."""

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with everything in it; `hide` hides what lower layers have there."""

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with everything in it; `new` must be free, or hidden."""

    def sync(self) -> None:
        """Wait until everything is on the disk."""

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` where nothing can be written."""


class BaseLayer:
    """What most layers share: they hide nothing, never change, are on this machine, and close by ``with``."""

    name: str = ""
    may_hide: bool = False
    #: Whether :meth:`hides` may return True of paths in folders that this layer does not have.
    hides_by_pattern: bool = False
    reports_changes: bool = True
    is_remote: bool = False
    #: Whether :meth:`prepared` may return something.
    has_prepared: bool = False
    #: Reads the entries whose locators are slices without another call; None where only the layer itself reads.
    mapped: MappedFiles | None = None
    #: Whether ``open`` reads a file bit by bit, so that a large one costs no memory.
    is_streamed: bool = True

    def list(self, path: str) -> Iterable[Entry]:
        """Hold nothing."""
        return ()

    def glob(self, pattern: str) -> Iterator[str]:
        """Walk the folders in which something can match."""
        matches = globs.glob_pattern(pattern).fullmatch
        deepest = None if "**" in pattern.split("/") else pattern.count("/")
        folders = [globs.glob_root(pattern)]
        while folders:
            for entry in self.list(folders.pop()):
                if matches(entry.path):
                    yield entry.path
                if entry.is_folder and (deepest is None or entry.path.count("/") < deepest):
                    folders.append(entry.path)

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return what a folder may contain, as long as the layer reports no change; None where it cannot say.

        Names are returned as ``vfsloader.layers.remembered_names.fold`` returns them, and may be more than there
        are. A folder that does not exist has none.
        """
        return None

    def hides(self, path: str) -> bool:
        """Hide nothing."""
        return False

    def read(self, entry: Entry) -> bytes:
        """Read a file; subclasses do."""
        raise NotImplementedError

    def view(self, entry: Entry) -> memoryview:
        """Return what :meth:`read` returns, as a view."""
        return memoryview(self.read(entry))

    def disk_path(self, entry: Entry) -> str | None:
        """Return None: the bytes are not a file of their own."""
        return None

    def prepared(self, entry: Entry) -> memoryview | None:
        """Return a file in the form that :meth:`Loader.prepare` made of it; None: the layer keeps no such forms.

        Layers may lack this method: ask ``prepared_of``.
        """
        return None

    def prefetch(self, entries: Iterable[Entry]) -> None:
        """Do nothing: the files are on this machine."""

    def version(self) -> Hashable | None:
        """Never change."""
        return 0

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Do nothing: there are no changes to report."""
        return _nothing

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _nothing() -> None:
    """Unsubscribe from a layer that never changes."""


def prepared_of(layer: Layer, entry: Entry) -> memoryview | None:
    """Return a file in a form that its layer keeps ready for a loader, or None; see :meth:`BaseLayer.prepared`."""
    return layer.prepared(entry) if isinstance(layer, BaseLayer) else None


def digest_of(layer: Layer, entry: Entry) -> bytes:
    """Return the SHA-256 of a file's content, reading it where the layer does not keep it.

    Parameters
    ----------
    layer
        The layer that returned `entry`.
    entry
        A file's entry.

    Returns
    -------
    bytes
        32 bytes. Two files with the same digest have the same content.
    """
    if entry.digest is not None:
        return entry.digest
    if entry.size <= 1 << 20:
        return sha256(layer.read(entry)).digest()
    import hashlib  # which is the fastest for large files, see `hashes`

    with layer.open(entry) as file:
        return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
