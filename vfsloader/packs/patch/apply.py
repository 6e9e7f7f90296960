"""Applying patches: the new pack out of the old one, or nothing at all.

The new pack is written beside the old one, as :func:`build` would have written it, and compared with the digest of
the file that the patch was made from. Only then it takes the old one's place, in one step.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError, PathError, PathNotFoundError, WrongPackError
from vfsloader.packs.patch.format import FACTS, LITERALS, RECIPE, TREE, PatchFacts, apply_tree_delta, read_lines
from vfsloader.packs.patch.old_stream import OldStream
from vfsloader.runtime.atomic import draft
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.pack.writer import LAYOUT, PackWriter
from vfsloader.store.store import Store

#: Bytes that are moved at a time.
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What applying a patch did."""

    path: str
    digest: str
    """SHA-256 of the new tree, in hexadecimal."""
    changed: bool
    """False where the pack was the new one already."""


def apply(
    patch: paths.RealPath,
    pack: paths.RealPath,
    out: paths.RealPath | None = None,
    *,
    progress: Callable[[int, int, str], object] | None = None,
) -> ApplyReport:
    """Turn a pack into the one that a patch leads to.

    Whatever happens, `pack` is the old one, whole, or the new one, whole.

    Parameters
    ----------
    patch
        What :func:`diff` made.
    pack
        The old pack.
    out
        Where the new one goes; in the old one's place if left out.
    progress
        Called with the bytes done, the bytes in all, and a path.

    Returns
    -------
    ApplyReport
        Whether anything was to be done: a patch may be applied twice.

    Raises
    ------
    PathNotFoundError
        One of the files is missing.
    WrongPackError
        The patch is for another pack.
    DamagedError
        The patch or the old pack is damaged, or was made by a version that writes packs in another way; nothing was
        changed.
    """
    with Store(patch, read_only=True) as patch_store, Store(pack, read_only=True) as old_store:
        facts = PatchFacts.parse(_open(patch_store, FACTS), str(patch))
        old = PackFile(old_store)
        digest = old.tree_digest().hex()
        if out is None and digest == facts.new:
            return ApplyReport(str(pack), digest, changed=False)
        if digest != facts.old:
            raise WrongPackError.at(
                str(pack), f"{patch} is for a pack of the digest {facts.old[:16]}…, and {pack} has {digest[:16]}…"
            )
        stream = OldStream(old)
        if stream.digest().hex() != facts.stream:
            raise WrongPackError.at(
                str(pack), f"{patch} is for a pack of the same files as {pack}, but one that was built otherwise"
            )
        if facts.layout != LAYOUT:
            sentence = f"{patch} makes packs of layout {facts.layout} and this vfsloader of {LAYOUT}; update vfsloader"
            raise DamagedError.at(str(patch), sentence)
        target = Path(pack if out is None else out)
        _refuse_full(target, facts.size)
        with draft(target, overwrite=True) as made:
            _Applying(patch_store, facts, old, stream, progress or (lambda done, total, path: None)).write(made)
            with open(made, "rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != facts.sha256:
                sentence = f"{patch} did not make the pack that it was made for: it or {pack} is damaged"
                raise DamagedError.at(str(patch), f"{sentence}; nothing was changed")
            # Before the old one is replaced: Windows replaces no file that someone has open.
            old_store.close()
    return ApplyReport(str(target), facts.new, changed=True)


def find_old(patch: paths.RealPath) -> Path:
    """Give the pack that a patch is for, by its name: beside the patch, or in the present folder.

    Raises
    ------
    PathNotFoundError
        It is in neither.
    """
    with Store(patch, read_only=True) as store:
        name = PatchFacts.parse(_open(store, FACTS), str(patch)).name
    for place in (Path(patch).parent / name, Path(name)):
        if place.is_file():
            return place
    raise PathNotFoundError.at(name, f"there is no {name} beside {patch}; say which pack it is to be applied to")


class _Applying:
    def __init__(
        self,
        patch: Store,
        facts: PatchFacts,
        old: PackFile,
        stream: OldStream,
        progress: Callable[[int, int, str], object],
    ) -> None:
        self._patch = patch
        self._facts = facts
        self._old = old
        self._stream = stream
        self._progress = progress
        self._done = 0

    def write(self, made: str) -> None:
        writer = PackWriter(made, self._facts.pack_facts())
        try:
            self._write_contents(writer)
            lines = read_lines(_open(self._patch, TREE), self._patch.path, TREE)
            writer.finish(apply_tree_delta(self._old.nodes(), lines), compressed=self._facts.compressed)
        except (ValueError, KeyError, TypeError, OverflowError, IndexError) as error:
            if isinstance(error, OSError):
                raise
            raise DamagedError.at(self._patch.path, f"{self._patch.path} is damaged: {error}") from error
        finally:
            writer.close()

    def _write_contents(self, writer: PackWriter) -> None:
        lines = read_lines(_open(self._patch, RECIPE), self._patch.path, RECIPE)
        with _open(self._patch, LITERALS) as literals:
            for head in lines:
                if head[0] == "=":
                    self._copy_whole(writer, head[1], head[2])
                else:
                    self._make(writer, head, lines, literals)

    def _copy_whole(self, writer: PackWriter, first: int, count: int) -> None:
        if not 0 <= first < first + count <= len(self._stream.contents):
            raise ValueError(f"{RECIPE}: it asks for contents that are not there")
        for place in range(first, first + count):
            known = self._stream.contents[place]
            content = writer.begin(compressed=known.is_compressed)
            for chunk in self._old.chunks(known):
                content.add(chunk)
            content.end(known.digest)
            self._count(known.size)

    def _make(self, writer: PackWriter, head: Any, lines: Iterator[Any], literals: BinaryIO) -> None:
        _, digest, lengths, size = head
        step = self._facts.chunk_size
        if type(size) is not int or not 0 < size <= self._facts.size:
            raise ValueError(f"{RECIPE}: a content has a size that the new pack cannot hold")
        wanted = lengths if lengths is not None else [min(step, size - at) for at in range(0, size, step)]
        if sum(wanted) != size or min(wanted) <= 0 or max(wanted) > 2 * step + 512:
            raise ValueError(f"{RECIPE}: the chunks of a content do not make its size")
        content = writer.begin(compressed=lengths is not None)
        waiting, sizes = bytearray(), iter(wanted)
        length = next(sizes)
        for block in self._blocks(size, lines, literals):
            waiting += block
            while length and len(waiting) >= length:
                content.add(bytes(waiting[:length]))
                del waiting[:length]
                length = next(sizes, 0)
        if waiting or length:
            raise ValueError(f"{RECIPE}: the steps of a content do not make its size")
        content.end(bytes.fromhex(digest))
        self._count(size)

    def _blocks(self, size: int, lines: Iterator[Any], literals: BinaryIO) -> Iterator[bytes]:
        """Give the bytes that the steps of a content make."""
        while size > 0:
            steps = next(lines, None)
            if not steps:
                raise ValueError(f"{RECIPE}: it ends in the middle of a content")
            for step in steps:
                size -= step[-1]
                if step[-1] <= 0 or size < 0:
                    raise ValueError(f"{RECIPE}: the steps of a content do not make its size")
                for at in range(0, step[-1], _BLOCK_BYTES):
                    count = min(_BLOCK_BYTES, step[-1] - at)
                    block = literals.read(count) if len(step) == 1 else self._stream.read(step[0] + at, count)
                    if len(block) != count:
                        raise ValueError(f"{RECIPE}: a step asks for bytes that are not there")
                    yield block

    def _count(self, size: int) -> None:
        self._done += size
        if self._done > self._facts.size:
            raise ValueError(f"{RECIPE}: it makes more than {self._facts.size:,} bytes")
        self._progress(self._done, max(self._facts.size, self._done), "")


def _open(patch: Store, path: str) -> BinaryIO:
    entry = patch.find(path)
    if entry is None or entry.is_folder:
        raise DamagedError.at(patch.path, f"{patch.path} is no patch: it has no {path}")
    return patch.open(entry)


def _refuse_full(target: Path, size: int) -> None:
    folder = target.absolute().parent
    free = shutil.disk_usage(folder).free
    if free < size:
        raise PathError(errno.ENOSPC, f"{folder} has {free:,} bytes free, and the new pack needs {size:,}", str(folder))
