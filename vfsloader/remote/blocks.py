"""A remote file as blocks: fetched in runs, several at a time, kept in memory and on the disk.

Who reads on where the last read ended gets more than was asked for, twice as much each time: so a sweep takes few
requests, and a look here and there fetches little.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from vfsloader.remote.disk_cache import BlockCache

#: Bytes that are fetched at least, and at most, by one request.
LEAST_BYTES, MOST_BYTES = 128 << 10, 8 << 20
#: Bytes of blocks that are kept in memory.
MEMORY_BYTES = 32 << 20
#: Requests that run at one time.
THREADS = 32
#: Blocks that lie between two wanted ones and are fetched along with them, in bytes.
_GAP_BYTES = 32 << 10

Progress = Callable[[int, int], object]


class BlockSource(Protocol):
    """Where blocks come from."""

    size: int
    block_size: int

    def fetch(self, first: int, count: int) -> list[bytes]:
        """Fetch blocks that lie behind each other, whole and right, by as few requests as can be."""

    def key(self, block: int) -> bytes:
        """Give what the cache calls a block."""

    def close(self) -> None:
        """Let go of connections."""


class MemoryBlocks:
    """Blocks in memory, by what the cache calls them; those that were not used for the longest time go."""

    def __init__(self, max_bytes: int = MEMORY_BYTES) -> None:
        self._lock = threading.Lock()
        self._blocks: OrderedDict[bytes, bytes] = OrderedDict()
        self._left = max_bytes

    def get(self, key: bytes) -> bytes | None:
        """Give a block that is there."""
        with self._lock:
            data = self._blocks.get(key)
            if data is not None:
                self._blocks.move_to_end(key)
            return data

    def drop(self, keys: Iterable[bytes]) -> None:
        """Forget blocks."""
        with self._lock:
            for key in keys:
                self._left += len(self._blocks.pop(key, b""))

    def put(self, blocks: dict[bytes, bytes]) -> None:
        """Keep blocks."""
        with self._lock:
            for key, data in blocks.items():
                if key not in self._blocks:
                    self._blocks[key] = data
                    self._left -= len(data)
            while self._left < 0:
                self._left += len(self._blocks.popitem(last=False)[1])


class Blocks:
    """The blocks of one remote file.

    Parameters
    ----------
    source
        Fetches them.
    cache
        Keeps them on the disk; None for memory alone.
    memory
        Keeps them in memory, for several states of one file.
    """

    def __init__(
        self, source: BlockSource, cache: BlockCache | None = None, memory: MemoryBlocks | None = None
    ) -> None:
        self.source = source
        self.size = source.size
        self._cache = cache
        self._lock = threading.Lock()
        self._memory = memory or MemoryBlocks()
        self._pool: ThreadPoolExecutor | None = None
        self._next = -1
        self._window = LEAST_BYTES

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return -(-self.size // self.source.block_size)

    def read(self, offset: int, amount: int) -> bytes:
        """Give a range of bytes; fewer at the end."""
        amount = max(min(amount, self.size - offset), 0)
        if not amount:
            return b""
        step = self.source.block_size
        first, last = offset // step, (offset + amount - 1) // step
        blocks = self._need(range(first, last + 1))
        data = blocks[0] if len(blocks) == 1 else b"".join(blocks)
        return data[offset - first * step : offset - first * step + amount]

    def prefetch(self, blocks: Iterable[int], progress: Progress | None = None) -> None:
        """Fetch blocks that will be wanted, several requests at a time.

        Parameters
        ----------
        blocks
            Their numbers.
        progress
            Called with bytes fetched and bytes in all.
        """
        wanted = sorted({block for block in blocks if 0 <= block < self.count})
        missing = self._without_known(wanted)
        runs = self._runs(missing)
        total = sum(count for _, count in runs) * self.source.block_size
        done = 0
        waiting = [(self._pool_of().submit(self._fetch, first, count), count) for first, count in runs]
        for future, count in waiting:
            future.result()
            done += count * self.source.block_size
            if progress is not None:
                progress(done, total)

    def keep(self, blocks: dict[int, bytes]) -> None:
        """Take blocks that came another way."""
        self._take(blocks)

    def invalidate(self) -> None:
        """Forget everything that was fetched, in memory and on the disk."""
        keys = [self.source.key(block) for block in range(self.count)]
        self._memory.drop(keys)
        if self._cache is not None:
            self._cache.drop(keys)

    def lacks(self, wanted: Iterable[int]) -> bool:
        """Tell whether some blocks are neither in memory nor on the disk."""
        return bool(self._without_known(sorted(set(wanted))))

    def close(self) -> None:
        """Let go of everything."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self.source.close()

    # --- inside --------------------------------------------------------------------------------------

    def _need(self, wanted: range) -> list[bytes]:
        found = [self._memory.get(self.source.key(block)) for block in wanted]
        if None not in found:
            self._next = wanted.stop
            return found  # type: ignore[return-value]
        got = dict(zip(wanted, found, strict=True))
        missing = [block for block, data in got.items() if data is None]
        got |= self._from_disk(missing)
        missing = [block for block, data in got.items() if data is None]
        if missing:
            got |= self._fetch_ahead(missing[0], missing[-1] + 1)
        self._next = wanted.stop
        return [got[block] for block in wanted]  # type: ignore[misc]

    def _fetch_ahead(self, first: int, after: int) -> dict[int, bytes]:
        """Fetch blocks and some behind them, as many as the reader's way of reading deserves."""
        step = self.source.block_size
        goes_on = first <= self._next <= after
        self._window = min(self._window * 2, MOST_BYTES) if goes_on else LEAST_BYTES
        stop = min(max(after, first + self._window // step), self.count)
        ahead = self._from_disk(range(after, stop))
        while stop > after and stop - 1 in ahead:
            stop -= 1
        return {**ahead, **self._fetch(first, stop - first)}

    def _fetch(self, first: int, count: int) -> dict[int, bytes]:
        fetched = self.source.fetch(first, count)
        blocks = {first + place: data for place, data in enumerate(fetched)}
        self._take(blocks)
        return blocks

    def _take(self, blocks: dict[int, bytes]) -> None:
        keyed = {self.source.key(block): data for block, data in blocks.items()}
        self._memory.put(keyed)
        if self._cache is not None:
            self._cache.put(keyed)

    def _from_disk(self, wanted: Iterable[int]) -> dict[int, bytes]:
        if self._cache is None:
            return {}
        keys = {block: self.source.key(block) for block in wanted}  # blocks of one content have one key
        found = self._cache.get(set(keys.values()))
        self._memory.put(found)
        return {block: found[key] for block, key in keys.items() if key in found}

    def _without_known(self, wanted: list[int]) -> list[int]:
        missing = [block for block in wanted if self._memory.get(self.source.key(block)) is None]
        known = self._from_disk(missing)
        return [block for block in missing if block not in known]

    def _runs(self, blocks: list[int]) -> list[tuple[int, int]]:
        """Give first block and count of runs that one request each can fetch."""
        gap, most = _GAP_BYTES // self.source.block_size, MOST_BYTES // self.source.block_size
        runs: list[tuple[int, int]] = []
        for block in blocks:
            if runs:
                first, count = runs[-1]
                if block <= first + count + gap and block - first < most:
                    runs[-1] = first, block - first + 1
                    continue
            runs.append((block, 1))
        return runs

    def _pool_of(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, "vfsloader-remote")
            return self._pool


class RemoteSource:
    """A remote database, for a :class:`~vfsloader.store.Store`.

    Parameters
    ----------
    blocks
        Its bytes.
    extents
        Where each content of a pack lies, if that is known: first block and count.
    is_unchecked
        Whether nobody checks that blocks are right, so that a reader has to.
    """

    is_remote = True

    def __init__(
        self, blocks: Blocks, extents: dict[int, tuple[int, int]] | None = None, *, is_unchecked: bool = False
    ) -> None:
        self.is_unchecked = is_unchecked
        self.blocks = blocks
        self.size = blocks.size
        self._extents = extents or {}

    def read(self, offset: int, amount: int) -> bytes:
        """Give a range of bytes."""
        return self.blocks.read(offset, amount)

    def invalidate(self) -> None:
        """Forget what was fetched."""
        self.blocks.invalidate()

    def prefetch(self, contents: Iterable[int], progress: Progress | None = None) -> None:
        """Fetch what contents will be read, many at a time; nothing happens where their places are not known."""
        extents = [self._extents[content] for content in contents if content in self._extents]
        self.blocks.prefetch((block for first, count in extents for block in range(first, first + count)), progress)

    def close(self) -> None:
        """Let go of connections."""
        self.blocks.close()
