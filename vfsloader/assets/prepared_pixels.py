"""Prepared pixels: a picture in the form that a pack keeps beside it, which is far quicker to unpack than a PNG.

Small pictures share frames with their neighbours; see ``vfsloader.assets.prepared_groups``. For large ones, and those
that are alone, the form is the pixels as displays have them, four bytes each (blue, green, red, alpha), rows from the
top without gaps, in one zstd frame. Of a large picture the frame leaves out the blocks of 1,024 bytes that are all
zero: a sheet of sprites is mostly transparent, and memory that nobody writes costs nothing.

In front of the frame are, in little-endian order: the magic ``vpx1``; the SHA-256 of the picture's file, so that the
pixels are never used for another one; width and height; 1 if some pixel is transparent, else 0; the number of runs; and
for each run of blocks that are not left out the first block and the number of blocks. There is one run or more.
"""

from __future__ import annotations

import contextlib
import functools
import mmap
import struct
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from vfsloader.runtime.zstd import zstd

#: Pixels are kept if they take at most this many times the bytes of the file.
LARGEST_RATIO = 1.15
#: The first that makes them small enough is used: they unpack at about the same speed.
LEVELS = (12, 19)
BLOCK = 1024
#: Pictures of fewer bytes of pixels are one run.
SPARSE_BYTES = 1 << 20
#: Large pages are used where at least this part of a picture is written: a whole page is provided for one byte of it.
DENSE_SHARE = 0.4
#: More pixels than these are unpacked in steps, which the module returns without joining them from parts.
_WHOLE_BYTES = 256 << 10
_STEP = 32 << 10
_HEAD = struct.Struct("<4s32sIIII")
_RUN = struct.Struct("<II")
_MAGIC = b"vpx1"
_MAX_SIDE = 1 << 16


class PreparedPixels(NamedTuple):
    """Pixels that are still packed."""

    size: tuple[int, int]
    is_transparent: bool
    runs: tuple[tuple[int, int], ...]
    """First block and number of blocks of each run."""
    frame: bytes | memoryview

    @classmethod
    def of(cls, data: bytes | memoryview, digest: bytes) -> PreparedPixels | None:
        """Read the head of what :func:`prepare` returned; None if it was not made of the file with this digest.

        Raises
        ------
        ValueError
            It is damaged. Nothing is unpacked yet.
        """
        if len(data) < _HEAD.size:
            raise ValueError("it is cut off")
        magic, made_of, width, height, is_transparent, count = _HEAD.unpack_from(data)
        if magic != _MAGIC or made_of != digest:
            return None
        end = _HEAD.size + count * _RUN.size
        if not (0 < width < _MAX_SIDE and 0 < height < _MAX_SIDE and is_transparent < 2 and count and end <= len(data)):
            raise ValueError("its header is wrong")
        runs: tuple[tuple[int, int], ...] = tuple(_RUN.iter_unpack(data[_HEAD.size : end]))
        total = width * height * 4
        if total >= SPARSE_BYTES:
            _check_runs(runs, total)
        elif runs != ((0, -(-total // BLOCK)),):
            raise ValueError("its runs are wrong")
        return cls((width, height), bool(is_transparent), runs, data[end:])

    def unpack(self) -> bytes | memoryview:
        """Return the pixels, which nobody else holds.

        Raises
        ------
        ValueError
            The frame is damaged, or does not have as many bytes as the header says.
        """
        module = zstd()
        total = self.size[0] * self.size[1] * 4
        unpacker = module.ZstdDecompressor(options=frame_options(total))
        try:
            if total <= _WHOLE_BYTES:
                pixels = unpacker.decompress(self.frame, max_length=total)
                if len(pixels) != total:
                    raise ValueError("its pixels are cut off")
            else:
                pixels = self._unpack_runs(unpacker, total)
            if not unpacker.eof and unpacker.decompress(b"", max_length=1):
                raise ValueError("it has more pixels than its header says")
        except (module.ZstdError, EOFError) as error:
            raise ValueError(f"it cannot be unpacked: {error}") from error
        return pixels  # type: ignore[no-any-return]

    def _unpack_runs(self, unpacker: Any, total: int) -> memoryview:
        is_dense = sum(blocks for _, blocks in self.runs) * BLOCK > total * DENSE_SHARE
        pixels = memoryview(_zeros(total, in_large_pages=is_dense))
        packed: bytes | memoryview = self.frame
        for first, blocks in self.runs:
            at, end = first * BLOCK, min((first + blocks) * BLOCK, total)
            while at < end:
                step = unpacker.decompress(packed, max_length=min(end - at, _STEP))
                packed = b""
                if not step:
                    raise ValueError("its pixels are cut off")
                pixels[at : at + len(step)] = step
                at += len(step)
        return pixels


@functools.lru_cache
def frame_options(total: int) -> dict[int, int]:
    """Return options of a decompressor by which a frame looks back no further than it is long: that takes memory."""
    return {int(zstd().DecompressionParameter.window_log_max): max((total - 1).bit_length(), 10)}


def _check_runs(runs: tuple[tuple[int, int], ...], total: int) -> None:
    least = 0
    for first, blocks in runs:
        if first < least or not blocks:
            raise ValueError("its runs are wrong")
        least = first + blocks
    if (least - 1) * BLOCK >= total:
        raise ValueError("its runs are wrong")


def _zeros(count: int, *, in_large_pages: bool) -> mmap.mmap | bytearray:
    """Return memory of zeros that the system provides when it is written; a bytearray would be written at once.

    Linux can provide pages of 2 MB, each in a tenth of the time that 512 small ones take.
    """
    try:
        if sys.platform != "linux":
            return mmap.mmap(-1, count)
        memory = mmap.mmap(-1, count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, ValueError):  # a browser
        return bytearray(count)
    if in_large_pages:
        with contextlib.suppress(OSError):  # a kernel without them
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def prepare(pixels: bytes, size: tuple[int, int], *, is_transparent: bool, digest: bytes, file_bytes: int) -> bytes:
    """Pack pixels; return no bytes if they would take more than :data:`LARGEST_RATIO` times the file's.

    Parameters
    ----------
    pixels
        Four bytes each: blue, green, red, alpha.
    size
        Width and height.
    is_transparent
        Whether the picture has an alpha channel or a transparent colour.
    digest
        SHA-256 of the picture's file.
    file_bytes
        The file's size.

    Examples
    --------
    >>> packed = prepare(bytes([1, 2, 3, 255]) * 64, (8, 8), is_transparent=False, digest=bytes(32), file_bytes=100)
    >>> PreparedPixels.of(packed, bytes(32)).unpack() == bytes([1, 2, 3, 255]) * 64
    True
    """
    runs = list(_runs(pixels))
    head = _HEAD.pack(_MAGIC, digest, *size, is_transparent, len(runs)) + b"".join(_RUN.pack(*run) for run in runs)
    view = memoryview(pixels)
    kept: bytes | memoryview = view
    if runs != [(0, -(-len(pixels) // BLOCK))]:
        kept = b"".join(view[first * BLOCK : (first + blocks) * BLOCK] for first, blocks in runs)
    for level in LEVELS:
        packed: bytes = head + zstd().compress(kept, level)
        if len(packed) <= LARGEST_RATIO * file_bytes:
            return packed
    return b""


def _runs(pixels: bytes) -> Iterator[tuple[int, int]]:
    """Yield the runs of blocks that are not all zero; the first block is never left out."""
    count = -(-len(pixels) // BLOCK)
    if len(pixels) < SPARSE_BYTES:
        yield 0, count
        return
    empty = bytes(BLOCK)
    start: int | None = 0
    for block in range(1, count):
        is_empty = pixels.startswith(empty[: len(pixels) - block * BLOCK], block * BLOCK)
        if is_empty and start is not None:
            yield start, block - start
            start = None
        elif not is_empty and start is None:
            start = block
    if start is not None:
        yield start, count - start
