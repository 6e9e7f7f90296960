"""Applying patches: making the new pack out of the old one, or changing nothing.

The new pack is written beside the old one, as :func:`build` would have written it, and compared with the digest of the
file that the patch was made from. Only then it replaces the old one, in one step.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError, PathError, PathNotFoundError, WrongPackError
from vfsloader.packs.patch.format import FACTS, LITERALS, RECIPE, TREE, PatchFacts, apply_tree_delta, read_lines
from vfsloader.packs.patch.stored_stream import StoredStream
from vfsloader.runtime.atomic import staged
from vfsloader.runtime.progress import Progress, ignore_progress
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.pack.writer import LAYOUT, PackWriter
from vfsloader.store.schema import PLAIN, ZSTD
from vfsloader.store.store import Store

#: Bytes that are copied at a time.
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """The result of applying a patch."""

    path: str
    digest: str
    """SHA-256 of the new tree, in hexadecimal."""
    changed: bool
    """False if the pack was already the new one."""


def apply(
    patch: paths.RealPath,
    pack: paths.RealPath,
    out: paths.RealPath | None = None,
    *,
    progress: Progress | None = None,
) -> ApplyReport:
    """Turn a pack into the pack that a patch was made for.

    If the call fails, `pack` is unchanged.

    Parameters
    ----------
    patch
        The patch that :func:`diff` made.
    pack
        The old pack.
    out
        The file for the new pack; by default it replaces the old one.
    progress
        Called with the bytes done, the total bytes and a path.

    Returns
    -------
    ApplyReport
        Whether anything changed: a patch may be applied twice.

    Raises
    ------
    PathNotFoundError
        One of the files is missing.
    WrongPackError
        The patch is for another pack.
    DamagedError
        The patch or the old pack is damaged, or was made by a version that writes packs differently.
    """
    with Store(patch, read_only=True) as patch_store, Store(pack, read_only=True) as old_store:
        facts = PatchFacts.parse(_open(patch_store, FACTS), str(patch))
        old = PackFile(old_store)
        digest = old.tree_digest().hex()
        if out is None and digest == facts.new:
            return ApplyReport(str(pack), digest, changed=False)
        stream = StoredStream(old)
        _refuse_mismatch(patch, pack, facts, digest, stream)
        target = Path(pack if out is None else out)
        _refuse_full_disk(target, facts.size)
        with staged(target, overwrite=True) as staged_path:
            _Applier(patch_store, facts, old, stream, progress or ignore_progress).write(staged_path)
            with open(staged_path, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if sha256 != facts.sha256:
                sentence = f"{patch} did not produce the expected pack: it or {pack} is damaged; nothing was changed"
                raise DamagedError.at(str(patch), sentence)
            old_store.close()  # Windows cannot replace an open file
    return ApplyReport(str(target), facts.new, changed=True)


def find_old(patch: paths.RealPath) -> Path:
    """Return the pack that a patch is for, found by its name beside the patch or in the current folder.

    Raises
    ------
    PathNotFoundError
        It is in neither.
    """
    with Store(patch, read_only=True) as store:
        name = PatchFacts.parse(_open(store, FACTS), str(patch)).name
    for pack in (Path(patch).parent / name, Path(name)):
        if pack.is_file():
            return pack
    raise PathNotFoundError.at(name, f"{patch} is for {name}, which is not beside it; pass the pack to apply it to")


def _refuse_mismatch(
    patch: paths.RealPath, pack: paths.RealPath, facts: PatchFacts, digest: str, stream: StoredStream
) -> None:
    if digest != facts.old:
        raise WrongPackError.at(
            str(pack), f"{patch} is for a pack with the digest {facts.old[:16]}…, but {pack} has {digest[:16]}…"
        )
    if stream.digest().hex() != facts.stream:
        raise WrongPackError.at(
            str(pack), f"{patch} is for a pack of the same files as {pack}, but with other build options"
        )
    if facts.layout != LAYOUT:
        sentence = f"{patch} makes packs of layout {facts.layout}, and this vfsloader of {LAYOUT}; update vfsloader"
        raise DamagedError.at(str(patch), sentence)


class _Applier:
    def __init__(
        self, patch: Store, facts: PatchFacts, old: PackFile, stream: StoredStream, progress: Progress
    ) -> None:
        self._patch = patch
        self._facts = facts
        self._old = old
        self._stream = stream
        self._progress = progress
        self._done = 0

    def write(self, path: str) -> None:
        writer = PackWriter(path, self._facts.pack_facts())
        try:
            self._write_contents(writer)
            lines = read_lines(_open(self._patch, TREE), self._patch.path, TREE)
            writer.finish(apply_tree_delta(self._old.nodes(), lines))
        except OSError:
            raise
        except (ValueError, KeyError, TypeError, OverflowError, IndexError) as error:
            raise DamagedError.at(self._patch.path, f"{self._patch.path} is damaged: {error}") from error
        finally:
            writer.close()

    def _write_contents(self, writer: PackWriter) -> None:
        lines = read_lines(_open(self._patch, RECIPE), self._patch.path, RECIPE)
        with _open(self._patch, LITERALS) as literals:
            for head in lines:
                if head[0] == "=":
                    self._copy_contents(writer, head[1], head[2])
                else:
                    self._make_content(writer, head, lines, literals)

    def _copy_contents(self, writer: PackWriter, first: int, count: int) -> None:
        if not 0 <= first < first + count <= len(self._stream.contents):
            raise ValueError(f"{RECIPE}: it copies contents that the old pack does not have")
        for stored in self._stream.contents[first : first + count]:
            content = writer.begin(stored.encoding)
            for block in self._old.blocks(stored.offset, stored.length):
                content.add(block)
            content.end(stored.digest)
            self._count(stored.length)

    def _make_content(self, writer: PackWriter, head: Any, lines: Iterator[Any], literals: BinaryIO) -> None:
        _, digest, encoding, size = head
        if type(size) is not int or not 0 < size <= self._facts.size or encoding not in (PLAIN, ZSTD):
            raise ValueError(f"{RECIPE}: the size of a content does not fit into the new pack")
        content = writer.begin(encoding)
        for block in self._blocks(size, lines, literals):
            content.add(block)
        content.end(bytes.fromhex(digest))
        self._count(size)

    def _blocks(self, size: int, lines: Iterator[Any], literals: BinaryIO) -> Iterator[bytes]:
        """Return the bytes that the steps of a content make: `size` bytes."""
        while size > 0:
            steps = next(lines, None)
            if not steps:
                raise ValueError(f"{RECIPE}: it ends in the middle of a content")
            for step in steps:
                size -= step[-1]
                if step[-1] <= 0 or size < 0:
                    raise ValueError(f"{RECIPE}: the steps of a content do not add up to its size")
                for start in range(0, step[-1], _BLOCK_BYTES):
                    count = min(_BLOCK_BYTES, step[-1] - start)
                    block = literals.read(count) if len(step) == 1 else self._stream.read(step[0] + start, count)
                    if len(block) != count:
                        raise ValueError(f"{RECIPE}: a step copies bytes that do not exist")
                    yield block

    def _count(self, size: int) -> None:
        self._done += size
        if self._done > self._facts.size:
            raise ValueError(f"{RECIPE}: it makes more than {self._facts.size:,} bytes")
        self._progress(self._done, self._facts.size, "")


def _open(patch: Store, path: str) -> BinaryIO:
    entry = patch.find(path)
    if entry is None or entry.is_folder:
        raise DamagedError.at(patch.path, f"{patch.path} is not a patch: it has no {path}")
    return patch.open(entry)


def _refuse_full_disk(target: Path, size: int) -> None:
    folder = target.absolute().parent
    free = shutil.disk_usage(folder).free
    if free < size:
        sentence = f"{folder} has {free:,} bytes free, but the new pack needs {size:,}"
        raise PathError(errno.ENOSPC, sentence, str(folder))
