"""A published database in a bucket: its states, the blocks of one, and the writing of the next."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from vfsloader.errors import ConflictError, DamagedError, PathNotFoundError, RemoteError
from vfsloader.remote.blocks import MemoryBlocks
from vfsloader.remote.manifest import DIGEST_BYTES, SEGMENT_BYTES, Manifest, Run, decoded, digest_of, joined
from vfsloader.remote.s3 import Bucket, Listed, NoConditionsError, ObjectExistsError

#: Uploads and downloads that run at one time.
_THREADS = 8
#: Manifests that are left, besides the newest, for readers that have one of them open.
DEFAULT_GRACE = datetime.timedelta(hours=24)

Progress = Callable[[int, int], object]


class Published:
    """What lies under one prefix of a bucket.

    Parameters
    ----------
    bucket
        The bucket.
    prefix
        Where in it.
    single_writer
        The caller guarantees that nobody else writes: then servers will do that know no conditional writes.
    """

    def __init__(self, bucket: Bucket, prefix: str, *, single_writer: bool = False) -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self.name = f"s3://{bucket.name}/{self.prefix}"
        #: Blocks of all states that were looked at.
        self.memory = MemoryBlocks()
        self._single_writer = single_writer
        self._has_conditions: bool | None = None
        self._known: Manifest | None = None

    # --- states --------------------------------------------------------------------------------------

    def latest(self) -> Manifest | None:
        """Give the newest state; None where nothing was published."""
        known = self._known
        after = "" if known is None else self._key(known.number - 1)
        while listed := self.bucket.list(f"{self.prefix}/manifest/", after):
            newest = listed[-1].key
            number = _number_of(newest, self.name)
            if known is not None and known.number == number:
                return known
            try:
                self._known = decoded(self.bucket.get(newest), number, self.name)
                return self._known
            except PathNotFoundError:
                known, after = None, ""  # it was collected just now: then there is a newer one, or none
        return None

    def needed(self) -> Manifest:
        """Give the newest state.

        Raises
        ------
        PathNotFoundError
            Nothing was published.
        """
        found = self.latest()
        if found is None:
            raise PathNotFoundError.at(self.name, f"nothing is published at {self.name}")
        return found

    def source(self, manifest: Manifest) -> SegmentSource:
        """Give the blocks of a state."""
        return SegmentSource(self, manifest)

    # --- the next state ------------------------------------------------------------------------------

    def upload(self, groups: Iterable[list[bytes]], progress: Progress | None = None) -> list[str]:
        """Put blocks into segments, one for each group, if they are not there; give the segments' names."""
        names: list[str] = []
        there = self._young_segments() if progress is not None else set()
        done = 0
        with ThreadPoolExecutor(_THREADS, "vfsloader-upload") as pool:
            waiting = []
            for group in groups:
                data = b"".join(group)
                name = hashlib.sha256(data).hexdigest()
                names.append(name)
                if name not in there:
                    there.add(name)
                    waiting.append((pool.submit(self.bucket.put, f"{self.prefix}/segment/{name}", data), len(data)))
                if len(waiting) >= 2 * _THREADS:
                    future, size = waiting.pop(0)
                    future.result()
                    done += size
                    if progress is not None:
                        progress(done, 0)
            for future, size in waiting:
                future.result()
                done += size
                if progress is not None:
                    progress(done, 0)
        return names

    def commit(self, manifest: Manifest) -> None:
        """Make a manifest the newest state.

        Raises
        ------
        ConflictError
            Someone else has made one of its number meanwhile.
        RemoteError
            The server knows no conditional writes, and nobody said that there is one writer alone.
        """
        key = self._key(manifest.number)
        only_new = self._can_say_only_new()
        if not only_new and self.bucket.list(key):
            raise self._conflict()
        try:
            self.bucket.put(key, manifest.encoded(), only_new=only_new)
        except ObjectExistsError:
            if not self._is_ours(key, manifest):
                raise self._conflict() from None
        if self.bucket.list(f"{self.prefix}/manifest/", key):
            # We were so late that the state of this number had come and was collected: then ours is none.
            self.bucket.delete([key])
            raise self._conflict()
        self._known = manifest

    def next_of(
        self,
        old: Manifest | None,
        size: int,
        block_size: int,
        changed: Mapping[int, bytes],
        *,
        first: Iterable[int] = (),
        extents: dict[int, tuple[int, int]] | None = None,
        progress: Progress | None = None,
    ) -> Manifest:
        """Upload what changed, and give the manifest that a :meth:`commit` is to make the newest.

        Parameters
        ----------
        old
            The state that changes; None for the first.
        size
            Bytes of the new state.
        block_size
            Of `old`, if there is one.
        changed
            The blocks that differ from `old`, and all of those that are not in it.
        first
            Of these, the blocks that belong into one segment, as they are wanted first.
        extents
            Where contents lie, for the manifest.
        progress
            Called with the bytes uploaded so far; then what lies there already is not uploaded again.
        """
        count = -(-size // block_size)
        new = set(changed)
        early = sorted(new & set(first))
        late = sorted(new - set(early))
        per_segment = max(SEGMENT_BYTES // block_size, 1)
        parts = [early[at : at + per_segment] for at in range(0, len(early), per_segment)]
        parts += [late[at : at + per_segment] for at in range(0, len(late), per_segment)]
        names = self.upload(([changed[block] for block in part] for part in parts), progress) if parts else []
        segments = list(old.segments) if old is not None else []
        runs = _kept(old, count, new) if old is not None else []
        for part, name in zip(parts, names, strict=True):
            if name not in segments:
                segments.append(name)
            number = segments.index(name)
            runs += [Run(block, 1, number, place) for place, block in enumerate(part)]
        digests = bytearray(old.digests[: count * DIGEST_BYTES] if old is not None else b"")
        digests.extend(bytes(count * DIGEST_BYTES - len(digests)))
        for block, data in changed.items():
            digests[block * DIGEST_BYTES : (block + 1) * DIGEST_BYTES] = digest_of(data)
        kept, joined_runs = _renumbered(segments, joined(runs))
        number = 1 if old is None else old.number + 1
        return Manifest(number, size, block_size, kept, joined_runs, bytes(digests), _ranges(first), extents or {})

    def gc(self, grace: datetime.timedelta = DEFAULT_GRACE) -> int:
        """Remove states and segments that no reader can have open any more.

        Ages are told by the server's own clock, whatever this machine's says.

        Parameters
        ----------
        grace
            How long a reader may keep to a state that is not the newest, and an upload may take.

        Returns
        -------
        int
            The objects that were removed.
        """
        now = self._now()
        manifests = self.bucket.list(f"{self.prefix}/manifest/")
        old = {one.key for one in _superseded(manifests, now - grace)}
        named: set[str] = set()
        for one in manifests:
            if one.key not in old:
                try:
                    named |= set(decoded(self.bucket.get(one.key), 0, self.name).segments)
                except PathNotFoundError:
                    continue
        segments = self.bucket.list(f"{self.prefix}/segment/")
        gone = [one.key for one in segments if one.key.rsplit("/", 1)[1] not in named and one.changed < now - grace]
        self.bucket.delete(sorted(old))  # first, so that nobody opens a state whose segments go
        self.bucket.delete(gone)
        return len(old) + len(gone)

    def remove(self) -> None:
        """Remove everything under the prefix."""
        self.bucket.delete([one.key for one in self.bucket.list(f"{self.prefix}/manifest/")])
        self.bucket.delete([one.key for one in self.bucket.list(f"{self.prefix}/")])

    # --- inside --------------------------------------------------------------------------------------

    def _young_segments(self) -> set[str]:
        """Give the segments that lie there and that no collector takes for leftovers before we are done."""
        listed = self.bucket.list(f"{self.prefix}/segment/")
        if not listed:
            return set()
        young = self._now() - DEFAULT_GRACE / 2
        return {one.key.rsplit("/", 1)[1] for one in listed if one.changed > young}

    def _key(self, number: int) -> str:
        return f"{self.prefix}/manifest/{number:010d}"

    def _can_say_only_new(self) -> bool:
        """Find out, once, whether the server keeps its word on conditional writes."""
        if self._has_conditions is None:
            key = f"{self.prefix}/probe/{os.urandom(8).hex()}"
            try:
                for _ in range(2):  # the second time it is there
                    self.bucket.put(key, b"", only_new=True)
                self._has_conditions = False
            except ObjectExistsError:
                self._has_conditions = True
            except NoConditionsError:
                self._has_conditions = False
            self.bucket.delete([key])
        if not self._has_conditions and not self._single_writer:
            raise RemoteError.at(
                self.name,
                f"the server of {self.name} knows no conditional writes, so two writers could lose each other's work; "
                "single_writer=True says that there is but one",
            )
        return self._has_conditions

    def _is_ours(self, key: str, manifest: Manifest) -> bool:
        """Tell whether it was our own write that was there: its answer was lost and it was made again."""
        try:
            return self.bucket.get(key) == manifest.encoded()
        except PathNotFoundError:
            return False

    def _conflict(self) -> ConflictError:
        return ConflictError.at(self.name, f"{self.name} was published by someone else meanwhile; begin anew")

    def _now(self) -> datetime.datetime:
        key = f"{self.prefix}/probe/{os.urandom(8).hex()}"
        self.bucket.put(key, b"")
        (marker,) = self.bucket.list(key)
        self.bucket.delete([key])
        return marker.changed


class SegmentSource:
    """The blocks of one state, as a :class:`~vfsloader.remote.blocks.BlockSource`."""

    def __init__(self, published: Published, manifest: Manifest) -> None:
        self.manifest = manifest
        self.size = manifest.size
        self.block_size = manifest.block_size
        self._published = published

    def fetch(self, first: int, count: int) -> list[bytes]:
        """Fetch blocks, by one request where they lie together, and check each."""
        blocks: list[bytes] = []
        while len(blocks) < count:
            block = first + len(blocks)
            run = self.manifest.run_of(block)
            inside = block - run.block
            blocks += self._fetch_run(block, run, inside, min(run.length - inside, count - len(blocks)))
        return blocks

    def fetch_first(self) -> dict[int, bytes]:
        """Fetch the blocks that are wanted first, by one request."""
        if not self.manifest.first:
            return {}
        wanted = [block for first, count in self.manifest.first for block in range(first, first + count)]
        wanted = [block for block in wanted if block < self.manifest.blocks]
        places = {block: self.manifest.run_of(block) for block in wanted}
        segments = {run.segment for run in places.values()}
        if len(segments) != 1:  # they were published at different times
            return {}
        at = {block: run.place + block - run.block for block, run in places.items()}
        low, high = min(at.values()), max(at.values())
        if (high - low + 1) > 2 * len(wanted):
            return {}
        data = self._range(segments.pop(), low, high - low + 1, is_last=self.manifest.blocks - 1 in at)
        step = self.block_size
        found = {block: data[(place - low) * step : (place - low + 1) * step] for block, place in at.items()}
        for block, content in found.items():
            self._check(block, content)
        return found

    def key(self, block: int) -> bytes:
        """Give what a block depends on: its content."""
        return self.manifest.digest(block)

    def close(self) -> None:
        """Hold nothing that needs closing."""

    def _fetch_run(self, block: int, run: Run, inside: int, count: int) -> list[bytes]:
        step = self.block_size
        size = min((block + count) * step, self.size) - block * step
        for attempt in range(3):
            data = self._published.bucket.get(self._key(run.segment), (run.place + inside) * step, size)
            blocks = [data[at : at + step] for at in range(0, size, step)]
            if all(digest_of(one) == self.manifest.digest(block + place) for place, one in enumerate(blocks)):
                return blocks
            if attempt == 2:
                break
        raise DamagedError.at(self._published.name, f"what {self._published.name} gives is not what was published")

    def _range(self, segment: int, place: int, count: int, *, is_last: bool) -> bytes:
        step = self.block_size
        if is_last:  # the last block may be shorter, and nothing lies behind it
            return self._published.bucket.get(self._key(segment))[place * step :]
        return self._published.bucket.get(self._key(segment), place * step, count * step)

    def _check(self, block: int, data: bytes) -> None:
        if digest_of(data) != self.manifest.digest(block):
            name = self._published.name
            raise DamagedError.at(name, f"what {name} gives is not what was published")

    def _key(self, segment: int) -> str:
        return f"{self._published.prefix}/segment/{self.manifest.segments[segment]}"


def _number_of(key: str, name: str) -> int:
    number = key.rsplit("/", 1)[1]
    if not number.isdecimal():
        raise RemoteError.at(name, f"the server lists {key!r} among the states of {name}")
    return int(number)


def _kept(old: Manifest, count: int, changed: set[int]) -> list[Run]:
    """Give the runs of a state without the blocks that changed or are gone."""
    kept: list[Run] = []
    for run in old.runs:
        start = run.block
        stop = min(run.block + run.length, count)
        for block in range(run.block, stop):
            if block in changed:
                if block > start:
                    kept.append(Run(start, block - start, run.segment, run.place + start - run.block))
                start = block + 1
        if stop > start:
            kept.append(Run(start, stop - start, run.segment, run.place + start - run.block))
    return kept


def _renumbered(segments: list[str], runs: tuple[Run, ...]) -> tuple[tuple[str, ...], tuple[Run, ...]]:
    """Leave out the segments that no run needs."""
    used = sorted({run.segment for run in runs})
    places = {segment: place for place, segment in enumerate(used)}
    return (
        tuple([segments[segment] for segment in used]),
        tuple([run._replace(segment=places[run.segment]) for run in runs]),
    )


def _ranges(blocks: Iterable[int]) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    for block in sorted(set(blocks)):
        if ranges and sum(ranges[-1]) == block:
            ranges[-1] = ranges[-1][0], ranges[-1][1] + 1
        else:
            ranges.append((block, 1))
    return tuple(ranges)


def _superseded(manifests: list[Listed], before: datetime.datetime) -> list[Listed]:
    """Give the states that another one has replaced for longer than the grace time."""
    return [one for one, following in itertools.pairwise(manifests) if following.changed < before]
