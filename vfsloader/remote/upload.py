"""The next version of a published file: its new blocks are uploaded, those of the old version are named again."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future

from vfsloader.remote.blocks import Progress
from vfsloader.remote.manifest import DIGEST_BYTES, SEGMENT_BYTES, Manifest, Run, block_digest, ranges_of
from vfsloader.remote.versions import DEFAULT_GRACE, Published
from vfsloader.runtime.threads import make_pool

#: Uploads that run at the same time.
_THREADS = 8


def upload_next(
    published: Published,
    old: Manifest | None,
    size: int,
    block_size: int,
    changed: Mapping[int, bytes],
    *,
    first: Iterable[int] = (),
    is_resumable: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Upload changed blocks, and return the manifest for :meth:`Published.commit`.

    Parameters
    ----------
    published
        Where the file is published.
    old
        The version that changes; None for the first.
    size
        Bytes of the new version.
    block_size
        That of `old`, if there is one.
    changed
        The blocks that differ from `old`, and all of those that are not in it.
    first
        The blocks that are needed as soon as the file is opened; those that changed are put into one segment.
    is_resumable
        Look which segments an interrupted upload has left, and do not upload them again.
    progress
        Called with the bytes uploaded so far, and 0.
    """
    count = -(-size // block_size)
    new, first = set(changed), set(first)
    per_segment = max(SEGMENT_BYTES // block_size, 1)
    groups = [
        blocks[start : start + per_segment]
        for blocks in (sorted(new & first), sorted(new - first))
        for start in range(0, len(blocks), per_segment)
    ]
    # Older ones may be deleted by a garbage collection before the manifest is there that names them.
    uploaded = published.segments_since(DEFAULT_GRACE / 2) if is_resumable and groups else set()
    names = _upload(published, ([changed[block] for block in group] for group in groups), uploaded, progress)
    numbers = {} if old is None else {name: number for number, name in enumerate(old.segments)}
    runs = [] if old is None else _remaining_runs(old, count, new)
    for group, name in zip(groups, names, strict=True):
        number = numbers.setdefault(name, len(numbers))
        runs += [Run(block, 1, number, index) for index, block in enumerate(group)]
    digests = bytearray(b"" if old is None else old.digests)[: count * DIGEST_BYTES].ljust(count * DIGEST_BYTES, b"\0")
    for block, data in changed.items():
        digests[block * DIGEST_BYTES : (block + 1) * DIGEST_BYTES] = block_digest(data)
    segments, joined = _renumbered(list(numbers), _joined(runs))
    number = 1 if old is None else old.number + 1
    return Manifest(number, size, block_size, segments, joined, bytes(digests), ranges_of(first))


def _upload(
    published: Published, groups: Iterable[list[bytes]], uploaded: set[str], progress: Progress | None
) -> list[str]:
    """Upload each group of blocks as a segment, except those that are there already; return the segments' names."""
    names: list[str] = []
    done = 0

    def finish(request: Future[None], size: int) -> None:
        nonlocal done
        request.result()
        done += size
        if progress is not None:
            progress(done, 0)

    with make_pool(_THREADS, "vfsloader-upload") as pool:
        requests: deque[tuple[Future[None], int]] = deque()
        for group in groups:
            data = b"".join(group)
            names.append(hashlib.sha256(data).hexdigest())
            if names[-1] not in uploaded:
                uploaded.add(names[-1])
                request = pool.submit(published.bucket.put, f"{published.prefix}/segment/{names[-1]}", data)
                requests.append((request, len(data)))
            if len(requests) >= 2 * _THREADS:  # each holds a segment in memory
                finish(*requests.popleft())
        for request, size in requests:
            finish(request, size)
    return names


def _remaining_runs(old: Manifest, count: int, changed: set[int]) -> list[Run]:
    """Return the runs of a version, cut to `count` blocks, without the blocks that changed."""
    remaining: list[Run] = []
    for run in old.runs:
        blocks = (block for block in range(run.block, min(run.block + run.length, count)) if block not in changed)
        remaining += [
            Run(first, length, run.segment, run.offset + first - run.block) for first, length in ranges_of(blocks)
        ]
    return remaining


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    """Return runs in order; two that follow each other in the file and in a segment become one."""
    joined: list[Run] = []
    for run in sorted(runs):
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.segment == run.segment
            and last.block + last.length == run.block
            and last.offset + last.length == run.offset
        ):
            joined[-1] = last._replace(length=last.length + run.length)
        else:
            joined.append(run)
    return tuple(joined)


def _renumbered(segments: list[str], runs: tuple[Run, ...]) -> tuple[tuple[str, ...], tuple[Run, ...]]:
    """Leave out the segments that no run needs."""
    used = sorted({run.segment for run in runs})
    numbers = {segment: number for number, segment in enumerate(used)}
    return (
        tuple([segments[segment] for segment in used]),
        tuple([run._replace(segment=numbers[run.segment]) for run in runs]),
    )
