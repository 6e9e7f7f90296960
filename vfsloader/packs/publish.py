"""Packs into a bucket and out of it again: only what is new is sent, and readers see the old pack or the new one.

What every reader needs first, the tree and the pages that lead to the contents, is put into one segment, so that one
request fetches it; and the manifest says where each content lies, so that a level is fetched by many requests at once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.remote.blocks import Blocks
from vfsloader.remote.manifest import digest_of
from vfsloader.remote.versions import Published
from vfsloader.store.schema import COUNT_MASK, base_of, is_store
from vfsloader.store.sqlite.byte_source import LocalSource
from vfsloader.store.store import Store

#: Small blocks, so that a change of a few bytes uploads little.
BLOCK_SIZE = 4096

#: The first byte of an interior page of an index and of a table.
_INTERIOR = (b"\2", b"\5")

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class PublishReport:
    """What was published."""

    name: str
    number: int
    """Of the state that it is now."""
    size: int
    uploaded: int
    """Bytes of blocks that were not there yet."""


def publish(
    file: paths.RealPath, published: Published, *, block_size: int = BLOCK_SIZE, progress: Progress | None = None
) -> PublishReport:
    """Make a pack, or any other file, the newest state of a place in a bucket.

    An upload that was broken off goes on where it was, if it is begun again.

    Parameters
    ----------
    file
        The pack.
    published
        The place.
    block_size
        Bytes that are compared and stored together, where nothing was published yet.
    progress
        Called with the bytes that were looked at or sent, and all of them.

    Raises
    ------
    PathNotFoundError
        There is no such file.
    ConflictError
        Someone else published meanwhile.
    PermissionError, RemoteError
        The server refuses, or cannot be reached.
    """
    old = published.latest()
    step = block_size if old is None else old.block_size
    image = _Watched(file, step)
    try:
        first, extents = _places(image)
        changed = _Changed(image, step)
        for block in range(-(-image.size // step)):
            if old is None or block >= old.blocks or digest_of(image.raw(block * step, step)) != old.digest(block):
                changed.blocks.append(block)
        uploaded = sum(min(step, image.size - block * step) for block in changed.blocks)
        told = None if progress is None else (lambda done, _: progress(done, uploaded))
        made = published.next_of(
            old, image.size, step, changed, first=first, extents=extents, progress=told or (lambda done, total: None)
        )
        if old is None or changed or made.size != old.size:
            published.commit(made)
        else:
            made = old
    finally:
        image.close()
    return PublishReport(published.name, made.number, image.size, uploaded)


def pull(published: Published, out: paths.RealPath, *, progress: Progress | None = None) -> int:
    """Download the newest state as a file, in one step: the old file or the new one.

    Returns
    -------
    int
        Its bytes.

    Raises
    ------
    PathNotFoundError
        Nothing is published there.
    """
    manifest = published.needed()
    blocks = Blocks(published.source(manifest))
    target = Path(out)
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.absolute().parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for start in range(0, manifest.size, 1 << 20):
                file.write(blocks.read(start, 1 << 20))
                if progress is not None:
                    progress(min(start + (1 << 20), manifest.size), manifest.size)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException:
        os.unlink(draft)
        raise
    finally:
        blocks.close()
    return manifest.size


class _Watched:
    """A file as an image that notes what is read of it."""

    def __init__(self, file: paths.RealPath, step: int) -> None:
        self._file = open(file, "rb")  # noqa: SIM115 - closed by close
        self._step = step
        self.size = os.fstat(self._file.fileno()).st_size
        self.seen: set[int] = set()

    def read(self, offset: int, amount: int) -> bytes:
        self.seen |= set(range(offset // self._step, -(-(offset + amount) // self._step)))
        return self.raw(offset, amount)

    def raw(self, offset: int, amount: int) -> bytes:
        return os.pread(self._file.fileno(), amount, offset)

    def leading_pages(self, page: int) -> set[int]:
        """Give the blocks of those pages of the database that only lead to others."""
        leading = [at for at in range(page, self.size, page) if self.raw(at, 1) in _INTERIOR]
        return {block for at in leading for block in range(at // self._step, -(-(at + page) // self._step))}

    def close(self) -> None:
        self._file.close()


class _Changed(Mapping[int, bytes]):
    """The blocks of a file that are new; read when they are sent, so that a pack of any size needs little memory."""

    def __init__(self, image: _Watched, step: int) -> None:
        self.blocks: list[int] = []
        self._image = image
        self._step = step

    def __getitem__(self, block: int) -> bytes:
        return self._image.raw(block * self._step, self._step)

    def __iter__(self) -> Iterator[int]:
        return iter(self.blocks)

    def __len__(self) -> int:
        return len(self.blocks)


def _places(image: _Watched) -> tuple[set[int], dict[int, tuple[int, int]]]:
    """Find out what is read of a pack when it is opened and its files are looked up, and where each content lies."""
    if not is_store(image.raw(0, 100)):
        return set(), {}
    image.seen = {0}
    extents: dict[int, tuple[int, int]] = {}
    with Store("pack", source=_Lent(image)) as store:
        contents = [
            content for (content,) in store.database.rows("SELECT DISTINCT content FROM node WHERE content > 0")
        ]
        with store.database.reading() as connection:
            connection.execute("SELECT path FROM node WHERE path GLOB '*'").fetchall()
            connection.execute("SELECT id FROM node ORDER BY parent").fetchall()
        # Besides what is read when files are looked up: the pages that lead to their contents.
        first = image.seen | image.leading_pages(store.database.connection().pragma("page_size"))
        for content in contents:
            image.seen = set()
            with store.database.reading() as connection:
                connection.release_memory()  # so that every page it needs is read once more
                for chunk in range(content & COUNT_MASK):
                    connection.execute("SELECT data FROM chunk WHERE id = ?", (base_of(content) + chunk,)).fetchall()
            if read := image.seen - first:
                extents[content] = min(read), max(read) - min(read) + 1
    return first, extents


class _Lent(LocalSource):
    """An image whose owner closes it."""

    def __init__(self, image: _Watched) -> None:
        self._image = image
        self.size = image.size

    def read(self, offset: int, amount: int) -> bytes:
        return self._image.read(offset, amount)

    def close(self) -> None:
        """Leave it open."""
