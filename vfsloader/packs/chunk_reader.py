"""Reading files to pack: each content once, hashed, split into chunks, and compressed where that saves space."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import BinaryIO, NamedTuple

from vfsloader.layers.protocol import Entry, Layer
from vfsloader.runtime.budget import MAX_RATIO, RATIO_FROM_BYTES
from vfsloader.runtime.threads import make_pool
from vfsloader.store.pack.compression import FRAME_BYTES, compress, saves, seek_table

#: Bytes that are read and passed on at a time.
BLOCK_BYTES = 512 << 10
#: Bytes at the start of a file that decide whether to try compressing it.
_PROBE_BYTES = 64 << 10
#: The most parts in a batch.
_BATCH = 64


class Part(NamedTuple):
    """Some bytes of a file, as stored."""

    path: str
    chunks: Sequence[bytes | memoryview]
    compressed: bool
    unpacked: int
    """Bytes before compression."""
    digest: bytes | None
    """SHA-256 of the whole content, in its last part; else None."""
    size: int
    """Bytes of the content up to and including this part."""
    mtime_ns: int
    repeated: bool = False
    """Whether an earlier file has the same content; there are no chunks then."""


def read_parts(layer: Layer, files: Sequence[Entry], *, level: int | None) -> Iterator[Part]:
    """Read all files in order.

    Parameters
    ----------
    layer
        The layer that has the files.
    files
        Their entries, in order.
    level
        The zstd level; None to store everything uncompressed.
    """
    sizes = Counter(entry.size for entry in files)
    seen: set[bytes] = set()
    with make_pool(os.cpu_count(), "vfsloader-zstd") as workers:
        reader = _Reader(layer, level, workers)
        for entry in files:
            if entry.size > BLOCK_BYTES and sizes[entry.size] > 1:
                with layer.open(entry) as file:  # hashed first: only files of one size can be the same
                    known = hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
                if known in seen:
                    yield _repeat(entry, known, entry.size)
                    continue
            for part in reader.parts(entry):
                digest = part.digest
                if digest is None:
                    yield part
                else:
                    is_known = digest in seen and part.size <= BLOCK_BYTES
                    seen.add(digest)
                    yield _repeat(entry, digest, part.size) if is_known else part


def in_batches(parts: Iterator[Part]) -> Iterator[list[Part]]:
    """Group small parts, so that threads pass on fewer objects."""
    batch: list[Part] = []
    size = 0
    for part in parts:
        batch.append(part)
        size += part.unpacked
        if size >= BLOCK_BYTES or len(batch) >= _BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _repeat(entry: Entry, digest: bytes, size: int) -> Part:
    return Part(entry.path, (), False, 0, digest, size, entry.mtime_ns, repeated=True)


class _Reader:
    def __init__(self, layer: Layer, level: int | None, workers: Executor) -> None:
        self._layer = layer
        self._level = level
        self._workers = workers

    def parts(self, entry: Entry) -> Iterator[Part]:
        hasher, size, compressed = hashlib.sha256(), 0, None
        lengths: list[int] = []
        for block, is_last in self._blocks(entry):
            hasher.update(block)
            size += len(block)
            packed = None
            if compressed is None:
                packed = self._packed(block, entry)
                compressed = packed is not None
            elif compressed:
                packed = self._compress(block)
            chunks: Sequence[bytes] = [block] if packed is None else packed
            if packed is not None:
                lengths += map(len, packed)
                if is_last and len(lengths) > 1:
                    chunks = [*packed, seek_table(lengths, size)]
            digest = hasher.digest() if is_last else None
            yield Part(entry.path, chunks, packed is not None, len(block), digest, size, entry.mtime_ns)

    def _blocks(self, entry: Entry) -> Iterator[tuple[bytes, bool]]:
        """Return the blocks of a file, each with whether it is the last."""
        if entry.size <= BLOCK_BYTES:
            yield self._layer.read(entry), True
            return
        with self._layer.open(entry) as file:
            block = _read_full(file)
            while len(block) == BLOCK_BYTES and (next_block := _read_full(file)):
                yield block, False
                block = next_block
            yield block, True

    def _split(self, data: bytes) -> list[memoryview]:
        view = memoryview(data)
        return [view[at : at + FRAME_BYTES] for at in range(0, len(view), FRAME_BYTES)]

    def _packed(self, block: bytes, entry: Entry) -> list[bytes] | None:
        """Compress the first block of a file; return None if that saves too little."""
        if self._level is None or not block or not saves(memoryview(block)[:_PROBE_BYTES]):
            return None
        packed = self._compress(block)
        size = sum(map(len, packed))
        if size > len(block) - len(block) // 64:
            return None
        if entry.size > RATIO_FROM_BYTES and size * MAX_RATIO // 2 < len(block):
            return None  # readers would refuse it as a bomb
        return packed

    def _compress(self, block: bytes) -> list[bytes]:
        level = self._level
        assert level is not None
        return list(self._workers.map(lambda chunk: compress(chunk, level), self._split(block)))


def _read_full(file: BinaryIO) -> bytes:
    """Read a whole block, or the rest of the file."""
    block = file.read(BLOCK_BYTES)
    while block and len(block) < BLOCK_BYTES and (more := file.read(BLOCK_BYTES - len(block))):
        block += more
    return block
