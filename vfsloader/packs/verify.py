"""Telling whether a pack is whole: every page, every row, every byte; and who signed it."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.errors import DamagedError, MissingExtraError, NotAStoreError, PathError, UnsafeArchiveError
from vfsloader.layers.protocol import Entry
from vfsloader.packs.sign import PublicKey, check_signature
from vfsloader.paths import name_faults
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.store import Store

#: Files that are handed to the workers at a time: the rest waits, so that memory stays flat.
_AT_A_TIME = 1024
#: Files that a worker takes at a time.
_SHARE = 32
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about a pack."""

    path: str
    files: int
    size: int
    """Bytes of content that were read."""
    digest: str
    """SHA-256 of the tree, in hexadecimal."""
    faults: tuple[str, ...]
    """What is wrong, each in a sentence; empty for a sound pack."""
    warnings: tuple[str, ...]
    """Names that some computers cannot have, or that are the same on them."""
    signer: str | None
    """The public key in whose name the pack is signed, in hexadecimal; None for a pack without a signature."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(
    pack: paths.RealPath,
    *,
    key: PublicKey | None = None,
    progress: Callable[[int, int, str], object] | None = None,
) -> Verification:
    """Check a pack: its structure, the digest of each file and that of the whole.

    Parameters
    ----------
    pack
        The file. One that cannot be opened at all is a fault too.
    key
        The public key of whoever must have signed it: 32 bytes, or a file that holds it; see :func:`keygen`.
    progress
        Called with the bytes done, the bytes in all, and a path.

    Returns
    -------
    Verification
        What is wrong, where.

    Raises
    ------
    PathNotFoundError
        There is no such file.

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
        return Verification(str(pack), 0, 0, "", (str(error),), (), None)
    with store:
        return _Verifying(store, progress).told(key)


def _place(entry: Entry) -> tuple[int, str]:
    """Give where a file of a pack lies: the number of its content. A store that is no pack is read by path."""
    return (entry.locator if isinstance(entry.locator, int) else 0), entry.path


class _Verifying:
    def __init__(self, store: Store, progress: Callable[[int, int, str], object] | None) -> None:
        self._store = store
        self._pack = PackFile(store)
        self._progress = progress or (lambda done, total, path: None)
        self.files = self.size = 0

    def told(self, key: PublicKey | None) -> Verification:
        faults: list[str] = []
        warnings: tuple[str, ...] = ()
        digest, signer = b"", None
        try:
            wrong_content = list(self._content_faults())  # first: it reads the file from one end to the other
            faults += self._pack.faults()
            faults += wrong_content
            digest = self._pack.tree_digest()
            if not self._pack.is_sealed:
                faults.append("it is not sealed: a store that can still be written")
            elif self._pack.digest() != digest:
                faults.append("the digest of the whole is another one: files were added, removed, renamed or changed")
            warnings = tuple(name_faults(node.path for node in self._pack.nodes()))
            facts = self._pack.facts()
            try:
                signer, fault = check_signature(facts, digest, key)
                faults += [] if fault is None else [fault]
            except MissingExtraError as error:
                if key is not None:
                    raise
                signer, warnings = (
                    facts.signer.hex(),
                    (*warnings, f"whether the signature is sound is not known: {error}"),
                )
        except PathError as error:
            faults.append(str(error))
        return Verification(
            self._store.path, self.files, self.size, digest.hex(), tuple(dict.fromkeys(faults)), warnings, signer
        )

    def _content_faults(self) -> Iterator[str]:
        """Read every content once, on all processors."""
        entries = sorted(self._entries(), key=_place)
        groups = [list(group) for _, group in itertools.groupby(entries, key=lambda entry: entry.locator)]
        total = sum(group[0].size for group in groups)
        waiting = iter(groups)
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="vfsloader-verify") as workers:
            while batch := list(itertools.islice(waiting, _AT_A_TIME)):
                shares = [batch[at : at + _SHARE] for at in range(0, len(batch), _SHARE)]
                for share, faults in zip(shares, workers.map(self._faults, shares), strict=True):
                    self.size += sum(group[0].size for group in share)
                    self._progress(self.size, total, share[-1][0].path)
                    yield from faults

    def _entries(self) -> Iterator[Entry]:
        folders = [paths.ROOT]
        while folders:
            for entry in self._store.list(folders.pop()):
                if entry.is_folder:
                    folders.append(entry.path)
                else:
                    self.files += 1
                    yield entry

    def _faults(self, share: list[list[Entry]]) -> list[str]:
        return [fault for group in share for fault in self._group_faults(group)]

    def _group_faults(self, group: list[Entry]) -> Iterator[str]:
        """Read a content, and compare it with what each of the files that have it says."""
        hasher, size = hashlib.sha256(), 0
        try:
            for block in self._blocks(group[0]):
                hasher.update(block)
                size += len(block)
        except PathError as error:
            yield f"{group[0].path}: {error}"
            return
        for entry in group:
            if size != entry.size:
                yield f"{entry.path} has {size:,} bytes and says that it has {entry.size:,}"
            elif entry.digest is None:
                if self._pack.is_sealed and self._pack.layout():
                    yield f"{entry.path} has no digest"
            elif hasher.digest() != entry.digest:
                yield f"{entry.path} has other bytes than its digest says"

    def _blocks(self, entry: Entry) -> Iterator[bytes]:
        if entry.size <= _READ_BYTES:
            yield self._store.read(entry)
            return
        with self._store.open(entry) as file:
            while block := file.read(_READ_BYTES):
                yield block
