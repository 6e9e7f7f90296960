"""Checking a pack: every page, every row and every byte, and who signed it."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.errors import DamagedError, MissingExtraError, NotAStoreError, PathError, UnsafeArchiveError
from vfsloader.layers.protocol import Entry
from vfsloader.packs.sign import Key, check_signature
from vfsloader.paths import name_faults
from vfsloader.quoting import message
from vfsloader.runtime.progress import Progress, ignore_progress
from vfsloader.runtime.threads import make_pool
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.pack.heap_reads import Packed
from vfsloader.store.pack.seal import SEAL_BYTES
from vfsloader.store.store import Store

#: Contents that are queued for the workers at a time, so that memory stays flat.
_BATCH = 1024
#: Contents that a worker takes at a time.
_SHARE = 32
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking a pack."""

    path: str
    files: int
    size: int
    """Bytes of content read."""
    digest: str
    """SHA-256 of the tree, in hexadecimal."""
    faults: tuple[str, ...]
    """What is wrong, one sentence each; empty for an intact pack."""
    warnings: tuple[str, ...]
    """Names that some computers do not allow, or cannot tell apart."""
    signer: str | None
    """The public key that signed the pack, in hexadecimal; None for an unsigned pack."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(
    pack: paths.RealPath,
    *,
    key: Key | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check a pack: its structure, the digest of each file and the digest of the tree.

    Parameters
    ----------
    pack
        The file. If it cannot be opened, that is reported as a fault.
    key
        The public key that must have signed it: 32 bytes, or the file that contains it; see :func:`keygen`.
    progress
        Called with the bytes done, the total bytes and a path.

    Returns
    -------
    Verification
        What is wrong, and where.

    Raises
    ------
    PathNotFoundError
        The file does not exist.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, packs
    >>> store = Store(":memory:")
    >>> store.write("/sprites/p.png", b"pixels")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = packs.build(store, f"{folder}/base.pack")
    ...     verify(f"{folder}/base.pack").ok
    True
    """
    try:
        store = Store(pack, read_only=True)
    except (DamagedError, NotAStoreError, UnsafeArchiveError) as error:
        return Verification(str(pack), 0, 0, "", (message(str(error)),), (), None)
    with store:
        return _Verifier(store, progress or ignore_progress).verify(key)


class _Verifier:
    def __init__(self, store: Store, progress: Progress) -> None:
        self._path = store.path
        self._store = store
        self._progress = progress
        self._files = self._size = 0

    def verify(self, key: Key | None) -> Verification:
        faults: list[str] = []
        warnings: list[str] = []
        digest, signer = b"", None
        try:
            pack = PackFile(self._store)
            content_faults = list(self._content_faults(pack))  # first: it reads the file from start to end
            faults += pack.faults()
            faults += content_faults
            digest = pack.tree_digest()
            if pack.digest() != digest:
                faults.append("the digest of the tree is wrong: files were added, removed, renamed or changed")
            warnings += name_faults(node.path for node in pack.nodes())
            try:
                signer, fault = check_signature(pack.seal, key)
                faults += [] if fault is None else [fault]
            except MissingExtraError as error:
                if key is not None:
                    raise
                signer = pack.seal.signer.hex()
                warnings.append(f"the signature was not checked: {error}")
        except PathError as error:
            faults.append(str(error))
        distinct = tuple(dict.fromkeys(faults))
        return Verification(self._path, self._files, self._size, digest.hex(), distinct, tuple(warnings), signer)

    def _content_faults(self, pack: PackFile) -> Iterator[str]:
        """Read every byte once, in the order of the file, and hash on all processors."""
        seal = pack.seal
        if pack.index_digest() != seal.index_digest:
            yield "the digest of the index is wrong"
        gap = seal.index_bytes + SEAL_BYTES
        if any(any(block) for block in pack.blocks(gap, seal.heap_start - gap)):
            yield "there are bytes between the index and the contents"
        entries = sorted(self._entries(), key=_position)
        groups = [list(group) for _, group in itertools.groupby(entries, key=_position)]
        stored = {(content.offset, content.offset + content.length): content.stored for content in pack.contents()}
        total = sum(group[0].size for group in groups)
        with make_pool(os.cpu_count(), "vfsloader-verify") as workers:
            for start in range(0, len(groups), _BATCH):
                batch = groups[start : start + _BATCH]
                shares = [batch[at : at + _SHARE] for at in range(0, len(batch), _SHARE)]
                results = workers.map(lambda share: self._share_faults(pack, share, stored), shares)
                for share, faults in zip(shares, results, strict=True):
                    self._size += sum(group[0].size for group in share)
                    self._progress(self._size, total, share[-1][0].path)
                    yield from faults

    def _entries(self) -> Iterator[Entry]:
        folders = [paths.ROOT]
        while folders:
            for entry in self._store.list(folders.pop()):
                if entry.is_folder:
                    folders.append(entry.path)
                else:
                    self._files += 1
                    yield entry

    def _share_faults(
        self, pack: PackFile, share: Sequence[Sequence[Entry]], stored: Mapping[tuple[int, int], bytes]
    ) -> list[str]:
        return [fault for group in share for fault in self._group_faults(pack, group, stored)]

    def _group_faults(
        self, pack: PackFile, group: Sequence[Entry], stored: Mapping[tuple[int, int], bytes]
    ) -> Iterator[str]:
        """Read a content, and compare it with the sizes and digests of all files that have it."""
        path, locator = group[0].path, group[0].locator
        try:
            if isinstance(locator, Packed):
                hasher = hashlib.sha256()
                for block in pack.blocks(locator.start, locator.stop - locator.start):
                    hasher.update(block)
                if hasher.digest() != stored[locator.start, locator.stop]:
                    yield f"{path} is stored as other bytes than its digest says"
            hasher, size = hashlib.sha256(), 0
            for block in self._blocks(group[0]):
                hasher.update(block)
                size += len(block)
        except PathError as error:
            yield f"{path}: {error}"
            return
        for entry in group:
            if size != entry.size:
                yield f"{entry.path} has {size:,} bytes, but its row says {entry.size:,}"
            elif hasher.digest() != entry.digest:
                yield f"{entry.path} has other bytes than its digest says"

    def _blocks(self, entry: Entry) -> Iterator[bytes]:
        if entry.size <= _READ_BYTES:
            yield self._store.read(entry)
            return
        with self._store.open(entry) as file:
            while block := file.read(_READ_BYTES):
                yield block


def _position(entry: Entry) -> tuple[int, int]:
    """Return the sort key by which contents are read in the order of the file."""
    return entry.locator.start, entry.locator.stop
