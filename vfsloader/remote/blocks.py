"""A remote file as blocks: fetched in runs, several at a time, kept in memory and on the disk.

Sequential reads prefetch: the window doubles each time. So reading a whole file takes few requests, and random reads
fetch little.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from typing import Protocol

from vfsloader.runtime.disk_cache import DiskCache
from vfsloader.runtime.forking import renew_in_child
from vfsloader.runtime.lru import ByteLRU
from vfsloader.runtime.threads import make_pool

#: The fewest and the most bytes that one request fetches.
MIN_FETCH_BYTES, MAX_FETCH_BYTES = 128 << 10, 8 << 20
#: Bytes of blocks that are kept in memory.
MEMORY_BYTES = 32 << 20
#: Requests that run at the same time.
THREADS = 32
#: Two wanted blocks with fewer bytes between them are fetched by one request.
_GAP_BYTES = 32 << 10

#: Called with the bytes done and the total bytes.
Progress = Callable[[int, int], object]


class BlockSource(Protocol):
    """Where blocks come from."""

    size: int
    block_size: int

    def fetch(self, first: int, count: int) -> list[bytes]:
        """Fetch consecutive blocks, complete and verified, with as few requests as possible."""

    def key(self, block: int) -> bytes:
        """Return the key of a block in caches: it names all that the bytes depend on."""

    def close(self) -> None:
        """Close connections."""


class Blocks:
    """The blocks of one remote file.

    Parameters
    ----------
    source
        Fetches them.
    cache
        Keeps them on the disk; None for memory only.
    memory
        Keeps them in memory; shared by several versions of one file.
    """

    def __init__(self, source: BlockSource, cache: DiskCache | None = None, memory: ByteLRU | None = None) -> None:
        self.source = source
        self.size = source.size
        self._cache = cache
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self._memory = ByteLRU(MEMORY_BYTES) if memory is None else memory
        self._pool: Executor | None = None
        #: The blocks that were used, and so may have to be forgotten. The size is what a server says: it may be huge.
        self._used: set[int] = set()
        self._next = -1
        self._window = MIN_FETCH_BYTES

    @property
    def count(self) -> int:
        """The number of blocks."""
        return -(-self.size // self.source.block_size)

    def read(self, offset: int, amount: int) -> bytes:
        """Return a range of bytes; fewer at the end."""
        amount = max(min(amount, self.size - offset), 0)
        if not amount:
            return b""
        step = self.source.block_size
        first, last = offset // step, (offset + amount - 1) // step
        blocks = self._load(range(first, last + 1))
        data = blocks[0] if len(blocks) == 1 else b"".join(blocks)
        return data[offset - first * step : offset - first * step + amount]

    def prefetch(self, blocks: Iterable[int], progress: Progress | None = None) -> None:
        """Fetch blocks that will be read soon, with several requests at a time.

        Parameters
        ----------
        blocks
            Their numbers.
        progress
            Called with the bytes fetched and the total bytes.
        """
        runs = self._runs(self.missing(block for block in blocks if 0 <= block < self.count))
        total = sum(count for _, count in runs) * self.source.block_size
        done = 0
        requests = [(self._started_pool().submit(self._fetch, first, count), count) for first, count in runs]
        for future, count in requests:
            future.result()
            done += count * self.source.block_size
            if progress is not None:
                progress(done, total)

    def keep(self, blocks: Mapping[int, bytes]) -> None:
        """Keep blocks that were fetched, in memory and on the disk."""
        self._used.update(blocks)
        keyed = {self.source.key(block): data for block, data in blocks.items()}
        self._keep_in_memory(keyed)
        if self._cache is not None:
            self._cache.put(keyed)

    def invalidate(self) -> None:
        """Forget everything that was fetched, in memory and on the disk."""
        keys = [self.source.key(block) for block in list(self._used)]
        for key in keys:
            self._memory.pop(key)
        if self._cache is not None:
            self._cache.drop(keys)

    def missing(self, blocks: Iterable[int]) -> list[int]:
        """Return, in order, those blocks that are neither in memory nor on the disk."""
        wanted = [block for block in sorted(set(blocks)) if self._memory.get(self.source.key(block), None) is None]
        cached = self._from_disk(wanted)
        return [block for block in wanted if block not in cached]

    def close(self) -> None:
        """Cancel requests and close connections."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self.source.close()

    # --- inside --------------------------------------------------------------------------------------

    def _load(self, wanted: range) -> list[bytes]:
        in_memory = [self._memory.get(self.source.key(block), None) for block in wanted]
        if None not in in_memory:  # the usual case, without a dict
            if wanted.stop > self._next:  # else it is the index of a pack, which is read in between
                self._next = wanted.stop
            return in_memory
        loaded = {block: data for block, data in zip(wanted, in_memory, strict=True) if data is not None}
        loaded |= self._from_disk(block for block in wanted if block not in loaded)
        missing = [block for block in wanted if block not in loaded]
        if missing:
            loaded |= self._fetch_ahead(wanted.start, missing[0], missing[-1] + 1)
        self._next = wanted.stop
        return [loaded[block] for block in wanted]

    def _fetch_ahead(self, start: int, first: int, stop: int) -> dict[int, bytes]:
        """Fetch blocks, and more of the following ones the longer the reader has been reading sequentially.

        It reads from `start` on, and the blocks before `first` are there already.
        """
        is_sequential = start <= self._next <= stop
        self._window = min(self._window * 2, MAX_FETCH_BYTES) if is_sequential else MIN_FETCH_BYTES
        end = min(max(stop, first + self._window // self.source.block_size), self.count)
        cached = self._from_disk(range(stop, end))
        while end > stop and end - 1 in cached:
            end -= 1
        return {**cached, **self._fetch(first, end - first)}

    def _fetch(self, first: int, count: int) -> dict[int, bytes]:
        blocks = dict(enumerate(self.source.fetch(first, count), first))
        self.keep(blocks)
        return blocks

    def _from_disk(self, wanted: Iterable[int]) -> dict[int, bytes]:
        if self._cache is None:
            return {}
        keys = {block: self.source.key(block) for block in wanted}  # blocks with equal contents have equal keys
        cached = self._cache.get(set(keys.values()))
        self._keep_in_memory(cached)
        found = {block: cached[key] for block, key in keys.items() if key in cached}
        self._used.update(found)
        return found

    def _keep_in_memory(self, keyed: dict[bytes, bytes]) -> None:
        for key, data in keyed.items():
            self._memory.put(key, data, len(data))

    def _runs(self, blocks: list[int]) -> list[tuple[int, int]]:
        """Return the first block and the count of runs that one request each can fetch."""
        gap, most = _GAP_BYTES // self.source.block_size, MAX_FETCH_BYTES // self.source.block_size
        runs: list[tuple[int, int]] = []
        for block in blocks:
            if runs:
                first, count = runs[-1]
                if block <= first + count + gap and block - first < most:
                    runs[-1] = first, block - first + 1
                    continue
            runs.append((block, 1))
        return runs

    def _started_pool(self) -> Executor:
        with self._lock:
            if self._pool is None:
                self._pool = make_pool(THREADS, "vfsloader-remote")
            return self._pool


class RemoteSource:
    """A remote database, as the byte source of a store.

    Parameters
    ----------
    blocks
        Its bytes.
    is_unchecked
        Whether nobody verifies the blocks, so that a reader has to.
    """

    is_remote = True

    def __init__(self, blocks: Blocks, *, is_unchecked: bool = False) -> None:
        self.is_unchecked = is_unchecked
        self.blocks = blocks
        self.size = blocks.size

    def read(self, offset: int, amount: int) -> bytes:
        """Return a range of bytes."""
        return self.blocks.read(offset, amount)

    def invalidate(self) -> None:
        """Forget what was fetched, so that it is fetched again."""
        self.blocks.invalidate()

    def prefetch(self, ranges: Iterable[tuple[int, int]], progress: Progress | None = None) -> None:
        """Fetch ranges, each a start and an end, that will be read soon: many at a time, neighbours together."""
        self.blocks.prefetch(_blocks_of(ranges, self.blocks.source.block_size), progress)

    def close(self) -> None:
        """Close connections."""
        self.blocks.close()


def _blocks_of(ranges: Iterable[tuple[int, int]], step: int) -> Iterator[int]:
    """Yield the blocks of ranges, each once, however often they overlap."""
    stop = 0
    for start, end in sorted(ranges):
        last = -(-end // step)
        yield from range(max(start // step, stop), last)
        stop = max(stop, last)
