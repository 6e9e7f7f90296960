"""The reading side of a tree: the names of ``os`` and ``pathlib`` over a writable layer and the layers below it.

Changing the list of layers makes another union and swaps one reference, so that a concurrent reader sees the old list
or the new one. Files that are open keep the layer they were opened from.
"""

from __future__ import annotations

import contextlib
import io
import math
import stat as stat_bits
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, BinaryIO, overload

from vfsloader import paths
from vfsloader.errors import InvalidPathError, PathError
from vfsloader.layers.listeners import Listener, Listeners, Unsubscribe
from vfsloader.layers.protocol import Layer, WritableLayer, digest_of
from vfsloader.layers.union import Found, Mount, Union

if TYPE_CHECKING:
    from _typeshed import OpenBinaryMode, OpenTextMode

    from vfsloader.layers.case_insensitive import CaseInsensitiveLayer
    from vfsloader.layers.settled_paths import SettledPaths
    from vfsloader.vfs import open_modes
    from vfsloader.vfs.stat_result import StatResult as StatResult


class ReadableTree:
    """A writable layer and the layers below it, seen as one tree for reading.

    Parameters
    ----------
    writable_layer
        The layer on top.
    case_insensitive
        Find names in any case; see :class:`~vfsloader.VirtualFileSystem`.

    Attributes
    ----------
    union
        The layers as they are mounted now.
    """

    def __init__(self, writable_layer: WritableLayer, *, case_insensitive: bool = False) -> None:
        self._local = writable_layer
        self._case_insensitive = case_insensitive
        self._top = Mount(writable_layer.name, _in_any_case(writable_layer) if case_insensitive else writable_layer)
        self._underlays: tuple[tuple[float, Mount], ...] = ()
        self._unnamed = 0
        self._listeners = Listeners()
        self.union = Union([self._top], case_insensitive=case_insensitive, listeners=self._listeners)
        self._settled = _settled_paths(self.union)

    # --- reading -------------------------------------------------------------------------------------

    @overload
    def open(
        self,
        path: paths.PathLike,
        mode: OpenTextMode = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        preallocate: int = 0,
    ) -> io.TextIOWrapper: ...
    @overload
    def open(
        self,
        path: paths.PathLike,
        mode: OpenBinaryMode,
        buffering: int = -1,
        encoding: None = None,
        errors: None = None,
        newline: None = None,
        *,
        preallocate: int = 0,
    ) -> BinaryIO: ...
    @overload
    def open(
        self,
        path: paths.PathLike,
        mode: str,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        preallocate: int = 0,
    ) -> IO[Any]: ...
    def open(
        self,
        path: paths.PathLike,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        preallocate: int = 0,
    ) -> IO[Any]:
        """Open a file as the builtin ``open`` does; text is UTF-8 on every platform unless `encoding` says otherwise.

        Parameters
        ----------
        path
            The file.
        mode
            ``r``, ``w``, ``a`` or ``x``, with ``+`` and ``b``.
        buffering
            0 for none, 1 for lines, else bytes; -1 for the default.
        encoding, errors, newline
            As for the builtin, in text mode only.
        preallocate
            Extend a file that is opened for writing with zeros to at least so many bytes. A quota has reserved them
            when this returns.

        Returns
        -------
        IO
            A binary or a text file. A file that was opened for writing changes in one step, when it is closed; an
            exception inside its ``with`` leaves it as it was. With ``a`` and ``r+``, ``flush()`` publishes what was
            written so far, so that others can follow a log file; inside :meth:`atomic_batch` that waits for the end of
            the batch. With ``w`` and ``x``, ``flush()`` publishes nothing: others never see half of a new file.

        Raises
        ------
        PathNotFoundError, IsAFolderError, NotAFolderError, PathExistsError, ReadOnlyError
            The builtin ``open`` raises the same kinds.
        ValueError
            The mode is invalid, or an option does not fit it.
        QuotaExceededError
            There is no room for `preallocate` bytes. The file is unchanged.

        Examples
        --------
        >>> from vfsloader import VirtualFileSystem
        >>> vfs = VirtualFileSystem()
        >>> with vfs.open("/notes.txt", "w") as file:
        ...     _ = file.write("first line")
        >>> vfs.open("/notes.txt").read()
        'first line'
        """
        from vfsloader.vfs import open_modes

        wanted = open_modes.parse_mode(mode)
        open_modes.refuse_options(wanted, buffering, encoding, errors, newline)
        if wanted.writing:
            raw = self._open_for_writing(paths.normalise(path), wanted)
            open_modes.preallocate(raw, preallocate)
            file = open_modes.for_writing(raw, wanted, buffering)
        else:
            if preallocate:
                raise ValueError("preallocate is only for files that are opened for writing")
            file = self._open_for_reading(path)
            if buffering == 0:
                file = open_modes.unbuffered(file)
        return file if wanted.binary else open_modes.as_text(file, wanted, buffering, encoding, errors, newline)

    def _open_for_reading(self, path: paths.PathLike) -> BinaryIO:
        if self._settled is not None:
            found = self._settled.find(path)
            if found is not None:
                with contextlib.suppress(OSError):  # as in `read_bytes`
                    return found.layer.open(found.entry)
        return self.union.open(path)

    def _open_for_writing(self, path: str, mode: open_modes.OpenMode) -> io.RawIOBase:
        raise NotImplementedError

    def read_bytes(self, path: paths.PathLike) -> bytes:
        """Return the content of a file.

        Raises
        ------
        PathNotFoundError, IsAFolderError, NotAFolderError
            There is no such file.
        """
        # A path that was resolved before is one look into a dictionary: this is what games call most.
        part = self.union.answers.slices.get(path)  # type: ignore[arg-type] # others are normalised below
        if part is not None:
            files, place = part
            return files.mapping[place]
        found = self.union.answers.trusted.get(path)  # type: ignore[arg-type]
        if found is None and self._settled is not None:
            found = self._settled.find(path)
        if found is not None:
            _, layer, entry = found
            try:
                return layer.read(entry)
            except FileNotFoundError:  # it has gone since
                pass
            except OSError:
                if self._settled is None:
                    raise  # else it is a file of the disk, and the error has to name the virtual path
        return self.union.read(path)

    def view(self, path: paths.PathLike) -> memoryview:
        """Return the content of a file as a read-only view.

        Where the file is in a pack that the game itself opened, and is not compressed, nothing is copied: the view is
        a part of the mapped pack, and stays valid after the pack is closed. Elsewhere the file is read.

        Raises
        ------
        PathNotFoundError, IsAFolderError, NotAFolderError
            There is no such file.

        Examples
        --------
        >>> from vfsloader import VirtualFileSystem
        >>> vfs = VirtualFileSystem()
        >>> _ = vfs.write_bytes("/map.bin", b"0123456789")
        >>> bytes(vfs.view("/map.bin")[2:5])
        b'234'
        """
        part = self.union.answers.slices.get(path)  # type: ignore[arg-type] # others are normalised below
        if part is not None:
            files, place = part
            return files.view(place)
        found = self.union.answers.trusted.get(path)  # type: ignore[arg-type]
        if found is None and self._settled is not None:
            found = self._settled.find(path)
        if found is not None:
            _, layer, entry = found
            try:
                return layer.view(entry)
            except FileNotFoundError:  # it has gone since
                pass
            except OSError:
                if self._settled is None:  # see `read_bytes`
                    raise
        return self.union.view(path)

    def read_text(self, path: paths.PathLike, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the text of a file; line ends become newline characters."""
        data = self.read_bytes(path)
        with io.TextIOWrapper(io.BytesIO(data), encoding, errors) as text:
            return text.read()

    def prefetch(self, wanted: Iterable[paths.PathLike]) -> None:
        """Fetch files that will be read soon, many at once, if their layers are on other machines.

        Raises
        ------
        RemoteError, PermissionError
            A server cannot be reached, or denies access.
        """
        self.union.prefetch([paths.normalise(path) for path in wanted])

    def exists(self, path: paths.PathLike) -> bool:
        """Return whether there is a file or folder at `path`."""
        return self._find(path) is not None

    def isfile(self, path: paths.PathLike) -> bool:
        """Return whether there is a file at `path`."""
        found = self._find(path)
        return found is not None and not found.entry.is_folder

    def isdir(self, path: paths.PathLike) -> bool:
        """Return whether there is a folder at `path`."""
        found = self._find(path)
        return found is not None and found.entry.is_folder

    def stat(self, path: paths.PathLike) -> StatResult:
        """Return the facts about a file or folder.

        Raises
        ------
        PathNotFoundError
            No layer has it.

        Examples
        --------
        >>> from vfsloader import VirtualFileSystem
        >>> vfs = VirtualFileSystem()
        >>> _ = vfs.write_text("/a.txt", "hello")
        >>> result = vfs.stat("/a.txt")
        >>> result.st_size, result.source_layer
        (5, 'local')
        """
        from vfsloader.vfs.stat_result import StatResult as StatResult

        found = self._need(path)
        entry = found.entry
        return StatResult(
            entry.size,
            stat_bits.S_IFDIR | 0o755 if entry.is_folder else stat_bits.S_IFREG | 0o644,
            entry.mtime_ns,
            entry.ctime_ns,
            found.name,
            entry.generation,
            entry.digest,
        )

    def getsize(self, path: paths.PathLike) -> int:
        """Return the size of a file in bytes."""
        return self.stat(path).st_size

    def digest(self, path: paths.PathLike) -> bytes:
        """Return the SHA-256 of a file's content, 32 bytes; the file is only read if its layer does not keep it."""
        return self.union.fetch(paths.normalise(path), digest_of)[1]

    def listdir(self, path: paths.PathLike = "/") -> list[str]:
        """Return the names in a folder, merged over all layers, sorted.

        Raises
        ------
        PathNotFoundError, NotAFolderError
            There is no such folder.
        """
        clean = paths.normalise(path)
        names = self.union.names(clean)
        if not names:
            self.union.need_folder(clean)
        return names

    def walk(
        self, top: paths.PathLike = "/", onerror: Callable[[OSError], None] | None = None
    ) -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder as ``os.walk`` does: (folder, folders in it, files in it), from the top down.

        Parameters
        ----------
        top
            Where to start. A missing folder yields nothing.
        onerror
            Called with the error if `top` is not a folder.
        """
        try:
            clean = paths.normalise(top)
            self.union.need_folder(clean)
        except PathError as error:
            if onerror is not None:
                onerror(error)
            return
        yield from self.union.walk(clean)

    def glob(self, pattern: str) -> list[str]:
        """Return the paths that match a pattern, sorted.

        Parameters
        ----------
        pattern
            ``*`` and ``?`` within a name, ``[...]`` a class, ``**`` any number of folders.

        Examples
        --------
        >>> from vfsloader import VirtualFileSystem
        >>> vfs = VirtualFileSystem()
        >>> for path in ("/p.png", "/sprites/enemy.png", "/sprites/notes.txt"):
        ...     _ = vfs.write_bytes(path, b"")
        >>> vfs.glob("/**/*.png")
        ['/p.png', '/sprites/enemy.png']
        """
        return self.union.glob(pattern if pattern.startswith("/") else "/" + pattern)

    def which_layer(self, path: paths.PathLike) -> str | None:
        """Return the name of the layer that provides `path`, or None."""
        found = self._find(path)
        return None if found is None else found.name

    def which_layer_detailed(self, path: paths.PathLike) -> dict[str, Any]:
        """Return what every layer has at a path.

        Returns
        -------
        dict
            ``path``; ``resolved_from``, the winner's name or None; ``layers``, the highest first, each with ``name``,
            ``has_file`` and ``hides`` (it hides what lower layers have there).
        """
        clean = paths.normalise(path)
        return {
            "path": clean,
            "resolved_from": self.which_layer(clean),
            "layers": [
                {
                    "name": name,
                    "has_file": layer.find(clean) is not None,
                    "hides": layer.may_hide and layer.hides(clean),
                }
                for name, layer in self.union.mounts
            ],
        }

    # --- layers --------------------------------------------------------------------------------------

    def add_underlay(self, layer: Layer | ReadableTree, priority: float = 0, name: str | None = None) -> str:
        """Mount a layer below the writable one.

        Parameters
        ----------
        layer
            Any layer, or another file system. It stays the caller's to close.
        priority
            The higher one wins a path; of two equal ones, the one added later.
        name
            What messages and :meth:`which_layer` call it; ``underlay_1`` and so on if left out.

        Returns
        -------
        str
            The name.

        Raises
        ------
        ValueError
            The name is taken.

        Examples
        --------
        >>> from vfsloader import VirtualFileSystem, open_layer
        >>> vfs = VirtualFileSystem()
        >>> vfs.add_underlay(open_layer("memory:"), priority=10, name="winter")
        'winter'
        """
        if name is None:
            self._unnamed += 1
            name = f"underlay_{self._unnamed}"
        if name == self._local.name or any(mount.name == name for _, mount in self._underlays):
            raise ValueError(f"there is already a layer named {name!r}")
        if isinstance(layer, ReadableTree):
            layer = layer.as_layer(name)
        mount = Mount(name, _in_any_case(layer) if self._case_insensitive else layer)
        self.set_underlays([*self._underlays, (priority, mount)])
        return name

    def remove_underlay(self, name: str) -> bool:
        """Unmount a layer; return False if no layer has this name."""
        left = [(priority, mount) for priority, mount in self._underlays if mount.name != name]
        if len(left) == len(self._underlays):
            return False
        self.set_underlays(left)
        return True

    def set_underlays(self, underlays: Sequence[tuple[float, Mount]]) -> None:
        """Mount these layers, each with its priority, instead of the present ones, in one step."""
        from vfsloader.layers.union_diff import take_over

        # Sorted from the lowest: of two with one priority the one added later is higher.
        self._underlays = tuple(sorted(underlays, key=lambda underlay: underlay[0]))
        lower = [mount for _, mount in reversed(self._underlays)]
        previous = self.union
        union = Union(
            [self._top, *lower],
            case_insensitive=self._case_insensitive,
            listeners=self._listeners,
            after=previous,
        )
        take_over(union, previous)
        settled, self._settled = self._settled, _settled_paths(union)
        self.union = union
        previous.detach()
        if settled is not None:
            settled.close()
        self._listeners.notify()

    def list_layers(self) -> list[dict[str, Any]]:
        """Return the layers, the highest first: ``name``, ``priority``, ``db_path``, ``writable``."""
        local = self._local
        rows: list[dict[str, Any]] = [
            {"name": local.name, "priority": math.inf, "db_path": str(local.path), "writable": local.writable}
        ]
        for priority, (name, layer) in reversed(self._underlays):
            source = getattr(getattr(layer, "layer", layer), "path", None)
            rows.append(
                {
                    "name": name,
                    "priority": priority,
                    "db_path": None if source is None else str(source),
                    "writable": False,
                }
            )
        return rows

    @property
    def reports_changes(self) -> bool:
        """Whether every layer reports its changes; see :class:`~vfsloader.layers.Layer`."""
        return self.union.reports_changes

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener`, a bound method, after each change of the merged tree; see :meth:`Layer.subscribe`."""
        return self._listeners.add(listener, uncommitted)

    def as_layer(self, name: str = "vfs") -> Layer:
        """Return the merged tree as a layer of another file system."""
        from vfsloader.layers.union_layer import UnionLayer

        return UnionLayer(lambda: self.union, name, str(self._local.path), self.subscribe)

    # --- inside --------------------------------------------------------------------------------------

    def _find(self, path: paths.PathLike) -> Found | None:
        try:
            return self.union.find(paths.normalise(path))
        except InvalidPathError:  # as os.path.exists: an invalid path does not exist
            return None

    def _need(self, path: paths.PathLike) -> Found:
        clean = paths.normalise(path)
        found = self.union.find(clean)
        if found is None:
            raise self.union.not_found(clean)
        return found


def _in_any_case(layer: Layer) -> CaseInsensitiveLayer:
    from vfsloader.layers.case_insensitive import CaseInsensitiveLayer

    return CaseInsensitiveLayer(layer)


def _settled_paths(union: Union) -> SettledPaths | None:
    if union.reports_changes:  # as in most games: then it remembers its paths itself
        return None
    from vfsloader.layers.settled_paths import settled_paths

    return settled_paths(union)
