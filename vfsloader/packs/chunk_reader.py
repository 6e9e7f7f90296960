"""Reading what is to be packed: each content once, hashed, cut into chunks, and compressed where that saves."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, NamedTuple

from vfsloader.layers.protocol import Entry, Layer
from vfsloader.runtime.budget import MAX_RATIO, RATIO_FROM_BYTES
from vfsloader.store.pack.compression import compress, saves

#: Bytes that are read, and handed over, at a time.
BLOCK_BYTES = 512 << 10
#: The first of these bytes of a file say whether compressing it is tried at all.
_PROBE_BYTES = 64 << 10
#: Files that are handed over at a time, at most.
_BATCH = 64


class Part(NamedTuple):
    """Some chunks of a file, as they are to be stored."""

    path: str
    chunks: Sequence[bytes | memoryview]
    compressed: bool
    unpacked: int
    """Bytes of them before they were compressed."""
    digest: bytes | None
    """SHA-256 of the whole content, with its last part; None before that."""
    size: int
    """Bytes of the whole content, with its last part."""
    mtime_ns: int
    repeated: bool = False
    """Whether the content was given before: there are no chunks then."""


def read_parts(layer: Layer, files: Sequence[Entry], *, chunk_size: int, level: int | None) -> Iterator[Part]:
    """Read all files, in their order.

    Parameters
    ----------
    layer
        Where they are.
    files
        Their entries.
    chunk_size
        Bytes of a chunk, unpacked.
    level
        The level of zstd; None to compress nothing.
    """
    sizes = Counter(entry.size for entry in files)
    seen: set[bytes] = set()
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="vfsloader-zstd") as workers:
        reader = _Reader(layer, chunk_size, level, workers)
        for entry in files:
            if entry.size > BLOCK_BYTES and sizes[entry.size] > 1:
                with layer.open(entry) as file:  # only files of one size can be the same
                    known = hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
                if known in seen:
                    yield _again(entry, known, entry.size)
                    continue
            for part in reader.parts(entry):
                digest = part.digest
                if digest is None:
                    yield part
                else:
                    is_known = digest in seen and part.size <= BLOCK_BYTES
                    seen.add(digest)
                    yield _again(entry, digest, part.size) if is_known else part


def in_batches(parts: Iterator[Part]) -> Iterator[list[Part]]:
    """Gather small parts, so that threads that hand them over do so less often."""
    batch: list[Part] = []
    size = 0
    for part in parts:
        batch.append(part)
        size += part.unpacked
        if size >= BLOCK_BYTES or len(batch) >= _BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _again(entry: Entry, digest: bytes, size: int) -> Part:
    return Part(entry.path, (), False, 0, digest, size, entry.mtime_ns, repeated=True)


class _Reader:
    def __init__(self, layer: Layer, chunk_size: int, level: int | None, workers: ThreadPoolExecutor) -> None:
        self._layer = layer
        self._chunk_size = chunk_size
        self._level = level
        self._workers = workers

    def parts(self, entry: Entry) -> Iterator[Part]:
        if entry.size <= BLOCK_BYTES:
            data = self._layer.read(entry)
            yield self._part(entry, data, self._packed(data, entry), hashlib.sha256(data).digest(), len(data))
            return
        with self._layer.open(entry) as file:
            yield from self._streamed(entry, file)

    def _streamed(self, entry: Entry, file: BinaryIO) -> Iterator[Part]:
        hasher, size, compressed = hashlib.sha256(), 0, None
        block = _read_full(file)
        while True:
            following = _read_full(file) if len(block) == BLOCK_BYTES else b""
            hasher.update(block)
            size += len(block)
            packed = None
            if compressed is None:
                packed = self._packed(block, entry)
                compressed = packed is not None
            elif compressed:
                packed = self._compress(block)
            yield self._part(entry, block, packed, None if following else hasher.digest(), size)
            if not following:
                return
            block = following

    def _part(self, entry: Entry, data: bytes, packed: list[bytes] | None, digest: bytes | None, size: int) -> Part:
        chunks = self._cut(data) if packed is None else packed
        return Part(entry.path, chunks, packed is not None, len(data), digest, size, entry.mtime_ns)

    def _cut(self, data: bytes) -> list[memoryview]:
        view = memoryview(data)
        return [view[at : at + self._chunk_size] for at in range(0, len(view), self._chunk_size)]

    def _packed(self, block: bytes, entry: Entry) -> list[bytes] | None:
        """Compress the first block of a file; None where it is not worth it."""
        if self._level is None or not block or not saves(memoryview(block)[:_PROBE_BYTES]):
            return None
        packed = self._compress(block)
        size = sum(map(len, packed))
        if size > len(block) - len(block) // 64:
            return None
        if entry.size > RATIO_FROM_BYTES and size * MAX_RATIO // 2 < len(block):
            return None  # a reader would take it for a bomb
        return packed

    def _compress(self, block: bytes) -> list[bytes]:
        level = self._level
        assert level is not None
        return list(self._workers.map(lambda chunk: compress(chunk, level), self._cut(block)))


def _read_full(file: BinaryIO) -> bytes:
    """Read a whole block, or what is left."""
    block = file.read(BLOCK_BYTES)
    while block and len(block) < BLOCK_BYTES and (more := file.read(BLOCK_BYTES - len(block))):
        block += more
    return block
