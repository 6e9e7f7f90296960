"""Packs into a bucket and out of it again: only what is new is sent, and readers see the old pack or the new one.

What every reader needs first, the index of a pack, is put into one segment, so that one request fetches it. The index
says where each content is, so that a level is fetched by many requests at once.
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
from vfsloader.store.pack.seal import read_seal
from vfsloader.store.schema import is_pack

#: Small blocks, so that a change of a few bytes uploads little.
BLOCK_SIZE = 4096
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
        Where to publish it; see ``docs/remote.md``.
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
        first = _first_blocks(opened, step)
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


def _first_blocks(file: RandomAccessFile, step: int) -> set[int]:
    """Return the blocks of a pack that are read when it is opened and its files are looked up: its index."""
    if not is_pack(file.read(0, 100)):
        return set()
    return set(range(-(-read_seal(file, "pack").heap_start // step)))
