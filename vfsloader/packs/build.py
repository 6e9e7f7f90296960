"""Building a pack: the same tree gives the same bytes, on any machine."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.opening import Source, open_layer
from vfsloader.packs.chunk_reader import Part, in_batches, read_parts
from vfsloader.packs.file_list import Gathered, gather, read_order
from vfsloader.runtime.atomic import draft
from vfsloader.runtime.threads import ahead
from vfsloader.store import schema
from vfsloader.store.pack.compression import DEFAULT_LEVEL, LEVELS
from vfsloader.store.pack.writer import ContentWriter, PackFacts, PackNode, PackWriter

#: For packs that are to be read as quickly as can be.
QUICK = PackFacts()
#: For packs that are to be as small as can be: small pages waste little, large chunks compress well.
SMALL = PackFacts(chunk_size=256 << 10, page_size=1024)
#: Parts of `contents.BLOCK_BYTES` that are read before they are written.
_READ_AHEAD = 8

#: Called with the bytes done, the bytes in all, and the path just done.
Progress = Callable[[int, int, str], object]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What went into a pack."""

    path: str
    files: int
    size: int
    """Bytes of content, each file counted."""
    stored: int
    """Bytes of the pack."""
    repeated: int
    """Files whose content another file has too; it is stored once."""
    compressed: int
    """Files that are stored compressed."""
    digest: str
    """SHA-256 of the tree, in hexadecimal: names, kinds, sizes, times and contents."""


def build(
    source: Source,
    out: paths.RealPath,
    *,
    overwrite: bool = False,
    order: paths.RealPath | Iterable[str] | None = None,
    compress: bool | int = False,
    ignore: bool = True,
    keep_times: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a pack.

    The same tree gives the same bytes. The pack appears whole, under its name, when it is finished and the disk has
    it; a build that fails or is killed leaves what was there before.

    Parameters
    ----------
    source
        A folder, archive, pack or layer; a :class:`~vfsloader.VirtualFileSystem` for its merged tree.
    out
        The file to make.
    overwrite
        Replace one that is there.
    order
        What is loaded first lies first: paths, or the file that a game wrote which was run with
        ``VFSLOADER_TRACE=FILE``. Files that are not named follow by path.
    compress
        Make the pack small: each file that gets smaller by zstd is stored so. True, or a level from 1 to 22. Such a
        pack takes longer to build and somewhat longer to read.
    ignore
        Leave out what ``.vfsignore`` files name, by the rules of ``.gitignore``, and what version control and file
        managers leave behind (``.git``, ``Thumbs.db``).
    keep_times
        Keep the files' times of change. A pack is then only the same where they are.
    progress
        Called after each few megabytes with the bytes done, the bytes in all and the path.

    Returns
    -------
    BuildReport
        How many files, how many bytes, and the digest of the whole.

    Raises
    ------
    PathExistsError
        `out` is there, and `overwrite` is not given.
    PathNotFoundError
        There is no source, no order file, or no folder for `out`.
    ConfigError
        A ``.vfsignore`` cannot be understood.
    VFSError
        The source cannot be read.

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
        raise ValueError(f"compress is True or a level from {LEVELS[0]} to {LEVELS[-1]}, not {level}")
    wanted = read_order(order) if isinstance(order, (str, os.PathLike)) else map(paths.normalise, order or ())
    layer = open_layer(source, name="source")
    try:
        gathered = gather(layer, ignore=ignore, order=wanted)
        with draft(out, overwrite=overwrite) as made:
            builder = _Builder(layer, gathered, level, keep_times=keep_times, progress=progress)
            digest = builder.fill(made)
            stored = Path(made).stat().st_size
    finally:
        if layer is not source:
            layer.close()
    return BuildReport(
        str(Path(out)), len(gathered.files), builder.done, stored, builder.repeated, builder.compressed, digest.hex()
    )


class _Builder:
    def __init__(
        self, layer: Layer, gathered: Gathered, level: int | None, *, keep_times: bool, progress: Progress | None
    ) -> None:
        self.done = self.repeated = self.compressed = 0
        self._layer = layer
        self._gathered = gathered
        self._level = level
        self._facts = QUICK if level is None else SMALL
        self._keep_times = keep_times
        self._progress = progress
        self._total = sum(entry.size for entry in gathered.files)

    def fill(self, path: str) -> bytes:
        """Write the pack; give its digest."""
        files = self._gathered.files
        parts = read_parts(self._layer, files, chunk_size=self._facts.chunk_size, level=self._level)
        read = itertools.chain.from_iterable(ahead(in_batches(parts), _READ_AHEAD))
        writer = PackWriter(path, self._facts)
        try:
            nodes = [self._node(part) for part in self._written(writer, read)]
            return writer.finish(sorted([*nodes, *self._rest()]), compressed=self.compressed > 0)
        finally:
            writer.close()

    def _written(self, writer: PackWriter, parts: Iterator[Part]) -> Iterator[Part]:
        """Write all contents; give the last part of each."""
        content: ContentWriter | None = None
        for part in parts:
            if part.repeated:
                self.repeated += 1
                self.done += part.size
            else:
                if content is None:
                    content = writer.begin(compressed=part.compressed)
                for chunk in part.chunks:
                    content.add(chunk)
                self.done += part.unpacked
                if part.digest is not None:
                    content.end(part.digest)
                    content = None
                    self.compressed += part.compressed
            if self._progress is not None:
                self._progress(self.done, max(self._total, self.done), part.path)
            if part.digest is not None:
                yield part

    def _node(self, part: Part) -> PackNode:
        return PackNode(part.path, schema.FILE, part.size, part.mtime_ns if self._keep_times else 0, part.digest)

    def _rest(self) -> Iterator[PackNode]:
        """Give the rows that are no files."""
        opaque = {path for path, is_folder in self._gathered.hidden if is_folder}
        for folder in (paths.ROOT, *self._gathered.folders):
            yield PackNode(folder, schema.OPAQUE_FOLDER if folder in opaque else schema.FOLDER)
        for path, is_folder in self._gathered.hidden:
            if not is_folder:
                yield PackNode(path, schema.WHITEOUT)
