"""Making patches: what a player who has the old pack needs to get the new one.

A content that both packs have takes a few bytes and is not read. The others are split by content
(`vfsloader.packs.patch.chunking`), and each piece that a removed content has anywhere is copied from there.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import NotAStoreError
from vfsloader.packs.build import build
from vfsloader.packs.patch.apply import apply
from vfsloader.packs.patch.chunking import pieces
from vfsloader.packs.patch.format import FACTS, FORMAT, LITERALS, RECIPE, TREE, PatchFacts, encode_line, tree_delta
from vfsloader.packs.patch.recipe import RecipeWriter
from vfsloader.packs.patch.stored_stream import StoredStream
from vfsloader.runtime.atomic import refuse_existing, staged
from vfsloader.runtime.progress import Progress, ignore_progress
from vfsloader.store.pack.contents import PackFile, StoredContent
from vfsloader.store.pack.writer import LAYOUT
from vfsloader.store.store import Store

#: Bytes kept of a piece's hash: two different pieces have the same with a chance of 1 in 2**128.
_PIECE_DIGEST_BYTES = 16
_LEVEL = 12

#: Where pieces are in the stored stream of the old pack, by their hashes: (offset, bytes).
_PieceIndex = dict[bytes, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class DiffReport:
    """The contents of a new patch."""

    path: str
    size: int
    """Size of the patch in bytes."""
    kept: int
    """Contents that are copied from the old pack as a whole."""
    changed: int
    """Contents that are assembled from pieces."""
    literal: int
    """Bytes that the old pack lacks, before compression."""


def diff(
    old: paths.RealPath,
    new: paths.RealPath,
    out: paths.RealPath,
    *,
    overwrite: bool = False,
    check: bool = True,
    progress: Progress | None = None,
) -> DiffReport:
    """Make the patch that turns one pack into another.

    Parameters
    ----------
    old, new
        Two packs, both made by :func:`build`.
    out
        The patch.
    overwrite
        Whether to replace an existing file.
    check
        Whether to apply the patch once, beside `out`, to make sure that it works.
    progress
        Called with the bytes done, the total bytes and a path.

    Returns
    -------
    DiffReport
        The size of the patch.

    Raises
    ------
    PathNotFoundError, PathExistsError
        A pack does not exist, or `out` does.
    NotAStoreError
        One of the packs was not made by :func:`build`.
    DamagedError
        A pack is damaged: applying the patch did not produce `new`.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, packs
    >>> old, new = Store(), Store()
    >>> old.write("/map.txt", b"####")
    >>> new.write("/map.txt", b"#..#")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, store in (("old.pack", old), ("new.pack", new)):
    ...         _ = packs.build(store, f"{folder}/{name}")
    ...     _ = diff(f"{folder}/old.pack", f"{folder}/new.pack", f"{folder}/1to2.patch")
    ...     report = packs.apply(f"{folder}/1to2.patch", f"{folder}/old.pack")
    ...     Store(f"{folder}/old.pack").read(Store(f"{folder}/old.pack").find("/map.txt"))
    b'#..#'
    """
    if not overwrite:
        refuse_existing(out)
    with (
        Store(old, read_only=True) as old_store,
        Store(new, read_only=True) as new_store,
        tempfile.TemporaryDirectory(prefix="vfsloader-diff-") as folder,
    ):
        differ = _Differ(_built_pack(old_store), _built_pack(new_store), Path(folder), progress or ignore_progress)
        differ.write()
        differ.write_facts(Path(old).name, Path(new))
        with staged(out, overwrite=overwrite) as patch:
            build(folder, patch, overwrite=True, compress=_LEVEL, ignore=False)
            if check:
                beside = Path(out).absolute().parent  # the disk that has room for packs
                with tempfile.TemporaryDirectory(prefix=".vfsloader-check-", dir=beside) as check_folder:
                    apply(patch, old, Path(check_folder, "new.pack"))
            size = os.path.getsize(patch)
    return DiffReport(str(Path(out)), size, differ.kept, differ.changed, differ.literal)


def _built_pack(store: Store) -> PackFile:
    pack = PackFile(store)
    if pack.layout() != LAYOUT:
        sentence = f"cannot make a patch with {store.path}: this version did not build it; run vfsloader pack build"
        raise NotAStoreError.at(store.path, sentence)
    return pack


class _Differ:
    def __init__(self, old: PackFile, new: PackFile, folder: Path, progress: Progress) -> None:
        self.kept = self.changed = self.literal = 0
        self._old, self._new = old, new
        self._folder = folder
        self._progress = progress
        self._stream = StoredStream(old)
        self._done = self._total = 0

    def write(self) -> None:
        """Write the tree, the recipe and the literals."""
        with open(self._folder / TREE[1:], "wb") as tree:
            tree.writelines(map(encode_line, tree_delta(self._old.nodes(), self._new.nodes())))
        old_contents, contents = self._stream.contents, self._new.contents()
        by_digest = {content.digest: index for index, content in enumerate(old_contents)}
        copied = [self._same_content(content, by_digest) for content in contents]
        used = set(copied)
        removed = [index for index in range(len(old_contents)) if index not in used]
        self._total = sum(old_contents[index].length for index in removed)
        self._total += sum(content.length for content, index in zip(contents, copied, strict=True) if index is None)
        index_of_pieces = self._index_pieces(removed) if None in used else {}
        with open(self._folder / RECIPE[1:], "wb") as recipe, open(self._folder / LITERALS[1:], "wb") as literals:
            writer = RecipeWriter(recipe.write, literals, self._stream.read)
            for first, run in _runs(copied, contents):
                if first is not None:
                    recipe.write(encode_line(["=", first, len(run)]))
                    self.kept += len(run)
                    continue
                for content in run:
                    self._write_changed(writer, content, index_of_pieces)
                self.changed += len(run)
            self.literal = literals.tell()

    def write_facts(self, name: str, new: Path) -> None:
        """Write the description of the patch."""
        pack_facts = self._new.facts()
        with new.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        facts = PatchFacts(
            format=FORMAT,
            name=name,
            old=self._old.tree_digest().hex(),
            stream=self._stream.digest().hex(),
            new=self._new.tree_digest().hex(),
            sha256=sha256,
            size=new.stat().st_size,
            layout=LAYOUT,
            page_size=pack_facts.page_size,
            heap_start=pack_facts.heap_start,
            signer=pack_facts.signer.hex(),
            signature=pack_facts.signature.hex(),
        )
        (self._folder / FACTS[1:]).write_bytes(facts.to_bytes())

    def _same_content(self, content: StoredContent, by_digest: dict[bytes, int]) -> int | None:
        """Return the index of the old content that is stored as the same bytes."""
        index = by_digest.get(content.digest)
        # Two versions of zstd may compress the same bytes differently.
        is_same = index is not None and self._stream.contents[index][1:] == content[1:]
        return index if is_same else None

    def _index_pieces(self, removed: Iterable[int]) -> _PieceIndex:
        """Return where the pieces of the removed contents are."""
        index_of_pieces: _PieceIndex = {}
        for index in removed:
            offset = self._stream.starts[index]
            for piece in self._pieces(self._old, self._stream.contents[index]):
                index_of_pieces.setdefault(_hash(piece), (offset, len(piece)))
                offset += len(piece)
        return index_of_pieces

    def _write_changed(self, writer: RecipeWriter, content: StoredContent, index_of_pieces: _PieceIndex) -> None:
        writer.begin(content.digest, content.encoding, content.length)
        for piece in self._pieces(self._new, content):
            known = index_of_pieces.get(_hash(piece))
            if known is None:
                writer.add(piece)
            else:
                writer.copy(*known)
        writer.end()

    def _pieces(self, pack: PackFile, content: StoredContent) -> Iterator[bytes]:
        for piece in pieces(pack.blocks(content.offset, content.length)):
            self._done += len(piece)
            self._progress(self._done, self._total, "")
            yield piece


def _runs(
    copied: Sequence[int | None], contents: Sequence[StoredContent]
) -> Iterator[tuple[int | None, Sequence[StoredContent]]]:
    """Return runs of contents: those that are next to each other in the old pack, with its index, and the new ones."""
    for shift, run in itertools.groupby(enumerate(copied), lambda item: None if item[1] is None else item[1] - item[0]):
        numbers = [number for number, _ in run]
        yield None if shift is None else numbers[0] + shift, contents[numbers[0] : numbers[-1] + 1]


def _hash(piece: bytes) -> bytes:
    return hashlib.sha256(piece).digest()[:_PIECE_DIGEST_BYTES]
