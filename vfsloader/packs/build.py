"""Building a pack: the same tree gives the same bytes on any machine."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.opening import Source
from vfsloader.packs.chunk_reader import Part, in_batches, read_parts
from vfsloader.packs.file_list import FileList, list_files, read_order
from vfsloader.packs.prepared_forms import is_form, with_prepared_forms
from vfsloader.packs.sources import opened
from vfsloader.runtime.atomic import staged
from vfsloader.runtime.progress import Progress, ignore_progress
from vfsloader.runtime.threads import ahead
from vfsloader.store import schema
from vfsloader.store.pack.compression import DEFAULT_LEVEL, LEVELS
from vfsloader.store.pack.writer import ContentWriter, PackNode, PackWriter, plan_layout

#: Batches of `chunk_reader.BLOCK_BYTES` that are read ahead of writing.
_READ_AHEAD = 8
#: A folder with one of these is a mod.
_MANIFESTS = frozenset({"mod.toml", "mod.json", "mod.conf", "modpack.conf"})


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The contents of a new pack."""

    path: str
    files: int
    size: int
    """Bytes of content, counting each file."""
    stored: int
    """Size of the pack in bytes."""
    repeated: int
    """Files with the same content as an earlier file; it is stored once."""
    compressed: int
    """Files that are stored compressed."""
    digest: str
    """SHA-256 of the tree, in hexadecimal: names, types, sizes, times and contents."""
    prepared: int = 0
    """Files of which the pack keeps a form that loads faster."""


def build(
    source: Source,
    out: paths.RealPath,
    *,
    overwrite: bool = False,
    order: paths.RealPath | Iterable[str] | None = None,
    compress: bool | int = False,
    ignore: bool = True,
    keep_times: bool = False,
    prepare: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a pack.

    The same tree gives the same bytes. The pack appears under its name when it is finished and the disk has it. If the
    build fails or is killed, the old file stays.

    Parameters
    ----------
    source
        A folder, archive, pack or layer; a :class:`~vfsloader.VirtualFileSystem` for its merged tree. Links in a folder
        are followed wherever they lead, unless it is or has a mod: a mod may be somebody else's, and a link in it must
        not bring your own files into a pack.
    out
        The file to make.
    overwrite
        Whether to replace an existing file.
    order
        The order of the contents in the pack, so that files loaded first come first: paths, or the trace file that a
        game wrote when it was run with ``VFSLOADER_TRACE=FILE``. All other files follow, sorted by path.
    compress
        Whether to make the pack small: each file that zstd makes smaller is stored compressed. True, or a level from 1
        to 22. Such a pack takes longer to build and somewhat longer to read.
    ignore
        Whether to leave out the files that ``.vfsignore`` files name, by the rules of ``.gitignore``, and the files
        that version control and file managers leave behind (``.git``, ``Thumbs.db``).
    keep_times
        Whether to keep the files' times of change. The same bytes then need the same times.
    prepare
        Whether to keep the pixels of each picture too, so that it loads many times as fast, where they take at most
        1.15 times the bytes of its file. The loaders of an imported engine do it: ``import vfsloader.pygame``.
    progress
        Called every few megabytes with the bytes done, the total bytes and the path.

    Returns
    -------
    BuildReport
        How many files and bytes, and the digest of the tree.

    Raises
    ------
    PathExistsError
        `out` exists, and `overwrite` is False.
    PathNotFoundError
        The source, the order file or the folder of `out` does not exist.
    ConfigError
        A ``.vfsignore`` cannot be parsed.
    VFSError
        The source cannot be read.
    ValueError
        `compress` is not a level, or nothing that is imported can prepare files.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, open_layer
    >>> store = Store(":memory:")
    >>> store.write("/sprites/p.png", b"pixels")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = build(store, f"{folder}/base.pack")
    ...     with open_layer(f"{folder}/base.pack") as pack:
    ...         report.files, pack.read(pack.find("/sprites/p.png"))
    (1, b'pixels')
    """
    level = DEFAULT_LEVEL if compress is True else compress or None
    if level is not None and level not in LEVELS:
        raise ValueError(f"compress must be True or a level from {LEVELS[0]} to {LEVELS[-1]}, not {level}")
    first = read_order(order) if isinstance(order, (str, os.PathLike)) else map(paths.normalise, order or ())
    with contextlib.ExitStack() as stack:
        layer = stack.enter_context(opened(source, "source", trusted=_is_own_folder(source)))
        file_list = list_files(layer, ignore=ignore, order=first)
        files, forms_bytes, prepared = len(file_list.files), 0, 0
        if prepare:
            forms = with_prepared_forms(layer, file_list, progress or ignore_progress)
            layer, file_list = stack.enter_context(forms)
            forms_bytes = sum(entry.size for entry in file_list.files if is_form(entry.path))
            prepared = len(file_list.files) - files
        with staged(out, overwrite=overwrite) as staged_path:
            builder = _Builder(layer, file_list, level, keep_times=keep_times, progress=progress or ignore_progress)
            digest = builder.write(staged_path)
            stored = os.path.getsize(staged_path)
    return BuildReport(
        path=str(Path(out)),
        files=files,
        size=builder.done - forms_bytes,
        stored=stored,
        repeated=builder.repeated,
        compressed=builder.compressed,
        digest=digest.hex(),
        prepared=prepared,
    )


def _is_own_folder(source: Source) -> bool:
    """Return whether a source is a folder of a game's own files, without a mod anywhere in it."""
    if not isinstance(source, (str, os.PathLike)) or not os.path.isdir(source):
        return False
    return all(_MANIFESTS.isdisjoint(files) for _, _, files in os.walk(source))


class _Builder:
    def __init__(
        self, layer: Layer, file_list: FileList, level: int | None, *, keep_times: bool, progress: Progress
    ) -> None:
        self.done = self.repeated = self.compressed = 0
        self._layer = layer
        self._list = file_list
        self._level = level
        self._keep_times = keep_times
        self._progress = progress
        self._total = sum(entry.size for entry in file_list.files)

    def write(self, path: str) -> bytes:
        """Write the pack and return its digest."""
        parts = read_parts(self._layer, self._list.files, level=self._level)
        read_ahead = itertools.chain.from_iterable(ahead(in_batches(parts), _READ_AHEAD))
        first = list(itertools.islice(read_ahead, 1))  # reading and hashing go on while the layout is planned
        expected = [
            PackNode(entry.path, schema.FILE, entry.size, self._mtime(entry.mtime_ns)) for entry in self._list.files
        ]
        facts = plan_layout(sorted([*expected, *self._other_nodes()]), compressed=self._level is not None)
        writer = PackWriter(path, facts)
        try:
            nodes = [self._file_node(part) for part in self._last_parts(writer, itertools.chain(first, read_ahead))]
            return writer.finish(sorted([*nodes, *self._other_nodes()]))
        finally:
            writer.close()

    def _last_parts(self, writer: PackWriter, parts: Iterator[Part]) -> Iterator[Part]:
        """Write all contents, and return the last part of each file."""
        content: ContentWriter | None = None
        for part in parts:
            if part.repeated:
                self.repeated += not is_form(part.path)  # pictures that share a form are not the same files
                self.done += part.size
            else:
                if content is None:
                    content = writer.begin(schema.ZSTD if part.compressed else schema.PLAIN)
                for chunk in part.chunks:
                    content.add(chunk)
                self.done += part.unpacked
                if part.digest is not None:
                    content.end(part.digest)
                    content = None
                    self.compressed += part.compressed
            self._progress(self.done, max(self._total, self.done), part.path)
            if part.digest is not None:
                yield part

    def _file_node(self, part: Part) -> PackNode:
        return PackNode(part.path, schema.FILE, part.size, self._mtime(part.mtime_ns), part.digest)

    def _mtime(self, mtime_ns: int) -> int:
        return mtime_ns if self._keep_times else 0

    def _other_nodes(self) -> Iterator[PackNode]:
        """Return the rows of folders and whiteouts."""
        for folder in (paths.ROOT, *self._list.folders):
            yield PackNode(folder, schema.OPAQUE_FOLDER if folder in self._list.opaque else schema.FOLDER)
        for path in self._list.whiteouts:
            yield PackNode(path, schema.WHITEOUT)
