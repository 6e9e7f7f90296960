"""Packs into a bucket and out of it again: only what is new is sent, and readers see the old pack or the new one.

What every reader needs first, the tree and the pages that lead to the contents, is put into one segment, so that one
request fetches it. The manifest says where each content is, so that a level is fetched by many requests at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.remote.blocks import Blocks, Progress
from vfsloader.remote.upload import upload_next
from vfsloader.remote.versions import Published
from vfsloader.runtime.atomic import staged
from vfsloader.runtime.random_access import RandomAccessFile
from vfsloader.store.schema import COUNT_MASK, base_of, is_store
from vfsloader.store.sqlite.byte_source import LocalSource
from vfsloader.store.store import Store

#: Small blocks, so that a change of a few bytes uploads little.
BLOCK_SIZE = 4096

#: The first byte of an interior page of an index and of a table.
_INTERIOR = (b"\2", b"\5")
#: Bytes that :func:`pull` reads and writes at a time.
_PULL_BYTES = 1 << 20


@dataclass(frozen=True)
class PublishReport:
    """What was published."""

    name: str
    number: int
    """The number of the version that is the newest now."""
    size: int
    uploaded: int
    """Bytes of the blocks that were new."""


def publish(
    file: paths.RealPath, published: Published, *, block_size: int = BLOCK_SIZE, progress: Progress | None = None
) -> PublishReport:
    """Make a pack, or any other file, the newest version at an address.

    An interrupted upload continues where it was if it is started again.

    Parameters
    ----------
    file
        The pack.
    published
        Where to publish it; see :func:`~vfsloader.remote.published_at`.
    block_size
        Bytes that are compared and stored together, if nothing is published there yet.
    progress
        Called with the bytes uploaded and the total bytes to upload.

    Raises
    ------
    FileNotFoundError
        No such file.
    ConflictError
        Someone else published a version concurrently.
    PermissionError, RemoteError
        Access denied, or server unreachable.
    """
    old = published.latest()
    step = block_size if old is None else old.block_size
    with contextlib.closing(RandomAccessFile(file)) as opened:
        size = opened.size
        first, extents = _layout(opened, step)
        blocks = range(-(-size // step))
        changed = _Blocks(
            opened, step, [b for b in blocks if old is None or old.differs(b, opened.read(b * step, step))]
        )
        uploaded = sum(min(step, size - block * step) for block in changed)
        manifest = upload_next(
            published,
            old,
            size,
            step,
            changed,
            first=first,
            extents=extents,
            is_resumable=True,
            progress=_with_total(progress, uploaded),
        )
        if old is not None and not changed and size == old.size:
            manifest = old
        else:
            published.commit(manifest)
    return PublishReport(published.name, manifest.number, size, uploaded)


def pull(published: Published, out: paths.RealPath, *, progress: Progress | None = None) -> int:
    """Download the newest version as a file, whole or not at all.

    Parameters
    ----------
    published
        Where it is published.
    out
        The file to write; one that exists is replaced.
    progress
        Called with the bytes written and the total bytes.

    Returns
    -------
    int
        Bytes of the file.

    Raises
    ------
    PathNotFoundError
        Nothing is published there.
    """
    manifest = published.require_latest()
    with (
        contextlib.closing(Blocks(published.source(manifest))) as blocks,
        staged(out, overwrite=True) as path,
        open(path, "wb") as file,
    ):
        for start in range(0, manifest.size, _PULL_BYTES):
            written = start + file.write(blocks.read(start, _PULL_BYTES))
            if progress is not None:
                progress(written, manifest.size)
    return manifest.size


def _with_total(progress: Progress | None, total: int) -> Callable[[int, int], object] | None:
    return None if progress is None else (lambda done, _: progress(done, total))


class _Blocks(Mapping[int, bytes]):
    """Some blocks of a file, read when they are sent, so that a pack of any size needs little memory."""

    def __init__(self, file: RandomAccessFile, step: int, numbers: list[int]) -> None:
        self._file = file
        self._step = step
        self._numbers = numbers

    def __getitem__(self, block: int) -> bytes:
        return self._file.read(block * self._step, self._step)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class _TracedSource(LocalSource):
    """A file as the source of a store, which notes the blocks that are read. The file belongs to the caller."""

    def __init__(self, file: RandomAccessFile, step: int) -> None:
        self._file = file
        self._step = step
        self.size = file.size
        self.blocks: set[int] = set()

    def read(self, offset: int, amount: int) -> bytes:
        self.blocks |= self.blocks_of(offset, amount)
        return self._file.read(offset, amount)

    def blocks_of(self, offset: int, amount: int) -> set[int]:
        return set(range(offset // self._step, -(-(offset + amount) // self._step)))

    def interior_blocks(self, page: int) -> set[int]:
        """Return the blocks of the pages of the database that only lead to others."""
        interior = [start for start in range(page, self.size, page) if self._file.read(start, 1) in _INTERIOR]
        return {block for start in interior for block in self.blocks_of(start, page)}

    def close(self) -> None:
        """Do nothing."""


def _layout(file: RandomAccessFile, step: int) -> tuple[set[int], dict[int, tuple[int, int]]]:
    """Return the blocks of a pack that are read when it is opened and its files are looked up, and those of contents.

    Of a content, these are the first block and the count of blocks.
    """
    if not is_store(file.read(0, 100)):
        return set(), {}
    source = _TracedSource(file, step)
    extents: dict[int, tuple[int, int]] = {}
    with Store("pack", source=source) as store:
        contents = [
            content for (content,) in store.database.rows("SELECT DISTINCT content FROM node WHERE content > 0")
        ]
        with store.database.reading() as connection:
            connection.execute("SELECT path FROM node WHERE path GLOB '*'").fetchall()
            connection.execute("SELECT id FROM node ORDER BY parent").fetchall()
        # Besides what is read when files are looked up: the pages that lead to their contents.
        first = {0} | source.blocks | source.interior_blocks(store.database.connection().pragma("page_size"))
        for content in contents:
            source.blocks = set()
            with store.database.reading() as connection:
                connection.release_memory()  # so that every page it needs is read again
                for chunk in range(content & COUNT_MASK):
                    connection.execute("SELECT data FROM chunk WHERE id = ?", (base_of(content) + chunk,)).fetchall()
            if own := source.blocks - first:
                extents[content] = min(own), max(own) - min(own) + 1
    return first, extents
