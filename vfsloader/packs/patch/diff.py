"""Making patches: what a player who has the old pack needs to get the new one.

A content that both packs have is told in a few bytes and never read. The others are cut by content
(`packs.chunking`), and each piece that the old pack has anywhere in what went away is taken from there.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import NotAStoreError, PathExistsError
from vfsloader.packs.build import build
from vfsloader.packs.patch.apply import apply
from vfsloader.packs.patch.chunking import cuts
from vfsloader.packs.patch.format import (
    FACTS,
    FORMAT,
    LITERALS,
    RECIPE,
    TREE,
    PatchFacts,
    RecipeWriter,
    line,
    tree_delta,
)
from vfsloader.packs.patch.old_stream import OldStream
from vfsloader.runtime.atomic import draft
from vfsloader.store.pack.contents import PackFile, StoredContent
from vfsloader.store.pack.writer import LAYOUT
from vfsloader.store.store import Store

#: Bytes of a piece's hash that are kept: two pieces that are not the same meet in them once in 2**128.
_PIECE_DIGEST_BYTES = 16
_CUT_BYTES = 1 << 20
_LEVEL = 12


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What a patch holds."""

    path: str
    size: int
    """Bytes of the patch."""
    kept: int
    """Contents that are taken from the old pack whole."""
    changed: int
    """Contents that are made of pieces."""
    literal: int
    """Bytes that the old pack does not have, before they are compressed."""


def diff(
    old: paths.RealPath,
    new: paths.RealPath,
    out: paths.RealPath,
    *,
    overwrite: bool = False,
    check: bool = True,
    progress: Callable[[int, int, str], object] | None = None,
) -> DiffReport:
    """Make the patch that turns one pack into another.

    Parameters
    ----------
    old, new
        Two packs, both made by :func:`build`.
    out
        The patch.
    overwrite
        Replace a file that is there.
    check
        Apply the patch once, beside `out`, and compare: a patch that does not work is not made.
    progress
        Called with the bytes done, the bytes in all, and a path.

    Returns
    -------
    DiffReport
        How large it is.

    Raises
    ------
    PathNotFoundError, PathExistsError
        A pack is missing, or `out` is there.
    NotAStoreError
        One of the packs is none that :func:`build` made.
    DamagedError
        A pack is damaged: the patch did not make `new`.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, packs
    >>> one, two = Store(), Store()
    >>> one.write("/map.txt", b"####")
    >>> two.write("/map.txt", b"#..#")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, store in (("old.pack", one), ("new.pack", two)):
    ...         _ = packs.build(store, f"{folder}/{name}")
    ...     _ = diff(f"{folder}/old.pack", f"{folder}/new.pack", f"{folder}/1to2.patch")
    ...     report = packs.apply(f"{folder}/1to2.patch", f"{folder}/old.pack")
    ...     Store(f"{folder}/old.pack").read(Store(f"{folder}/old.pack").find("/map.txt"))
    b'#..#'
    """
    if os.path.exists(out) and not overwrite:
        raise PathExistsError.at(
            str(out), f"{out} exists already; it is replaced only where you ask for it (overwrite, or -f)"
        )
    with (
        Store(old, read_only=True) as old_store,
        Store(new, read_only=True) as new_store,
        tempfile.TemporaryDirectory(prefix="vfsloader-diff-") as folder,
    ):
        made = _Diff(_sealed(old_store), _sealed(new_store), Path(folder), progress or (lambda done, total, path: None))
        made.write()
        made.write_facts(Path(old).name, Path(new))
        with draft(out, overwrite=overwrite) as patch:
            build(folder, patch, overwrite=True, compress=_LEVEL, ignore=False)
            if check:
                with tempfile.TemporaryDirectory(prefix=".vfsloader-check-", dir=Path(out).absolute().parent) as room:
                    apply(patch, old, Path(room, "new.pack"))
            size = os.path.getsize(patch)
    return DiffReport(str(Path(out)), size, made.kept, made.changed, made.literal)


def _sealed(store: Store) -> PackFile:
    pack = PackFile(store)
    if not store.sealed or pack.layout() != LAYOUT:
        sentence = f"{store.path} is no pack that can be told by a patch; build it anew with vfsloader pack build"
        raise NotAStoreError.at(store.path, sentence)
    return pack


class _Diff:
    def __init__(self, old: PackFile, new: PackFile, folder: Path, progress: Callable[[int, int, str], object]) -> None:
        self.kept = self.changed = self.literal = 0
        self._old, self._new = old, new
        self._folder = folder
        self._progress = progress
        self._stream = OldStream(old)

    def write(self) -> None:
        """Write the tree, the recipe and the literals."""
        with open(self._folder / TREE[1:], "wb") as tree:
            tree.writelines(map(line, tree_delta(self._old.nodes(), self._new.nodes())))
        contents = self._new.contents()
        places = {content.digest: place for place, content in enumerate(self._stream.contents)}
        runs = [self._same_place(content, places) for content in contents]
        taken = {place for place in runs if place is not None}
        gone = [place for place in range(len(self._stream.contents)) if place not in taken]
        total = sum(self._stream.contents[place].size for place in gone)
        total += sum(content.size for content, place in zip(contents, runs, strict=True) if place is None)
        self._done, self._total = 0, total
        pieces = self._pieces_of(gone) if None in runs else {}
        with open(self._folder / RECIPE[1:], "wb") as recipe, open(self._folder / LITERALS[1:], "wb") as literals:
            writer = RecipeWriter(recipe.write, literals, self._stream.read)
            for first, count, content in _runs(runs, contents):
                if content is None:
                    recipe.write(line(["=", first, count]))
                    self.kept += count
                else:
                    self._write_changed(writer, content, pieces)
                    self.changed += 1
            self.literal = literals.tell()

    def write_facts(self, name: str, new: Path) -> None:
        """Write what the patch says of itself."""
        facts = self._new.facts()
        with new.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        told = PatchFacts(
            format=FORMAT,
            name=name,
            old=self._old.tree_digest().hex(),
            stream=self._stream.digest().hex(),
            new=self._new.tree_digest().hex(),
            sha256=sha256,
            size=new.stat().st_size,
            layout=LAYOUT,
            chunk_size=facts.chunk_size,
            page_size=facts.page_size,
            compressed=any(content.is_compressed for content in self._new.contents()),
            signer=facts.signer.hex(),
            signature=facts.signature.hex(),
        )
        (self._folder / FACTS[1:]).write_bytes(told.to_bytes())

    def _same_place(self, content: StoredContent, places: dict[bytes, int]) -> int | None:
        """Give where in the old pack a content lies that is stored in the same bytes."""
        place = places.get(content.digest)
        if place is None:
            return None
        old = self._stream.contents[place]
        if old.is_compressed != content.is_compressed or old.lengths != content.lengths:
            return None
        # Two versions of zstd may pack the same bytes differently.
        if content.is_compressed and list(self._old.chunks(old)) != list(self._new.chunks(content)):
            return None
        return place

    def _pieces_of(self, gone: list[int]) -> dict[bytes, tuple[int, int]]:
        """Give the pieces of the contents that the new pack does not have, by their hashes."""
        pieces: dict[bytes, tuple[int, int]] = {}
        for place in gone:
            at = self._stream.starts[place]
            for piece in self._cut(self._old, self._stream.contents[place]):
                pieces.setdefault(_hash(piece), (at, len(piece)))
                at += len(piece)
        return pieces

    def _write_changed(
        self, writer: RecipeWriter, content: StoredContent, pieces: dict[bytes, tuple[int, int]]
    ) -> None:
        writer.begin(content.digest, content.lengths if content.is_compressed else None, content.size)
        for piece in self._cut(self._new, content):
            known = pieces.get(_hash(piece))
            if known is None:
                writer.add(piece)
            else:
                writer.copy(*known)
        writer.end()

    def _cut(self, pack: PackFile, content: StoredContent) -> Iterator[bytes]:
        for piece in _pieces(pack.chunks(content)):
            self._done += len(piece)
            self._progress(self._done, self._total, "")
            yield piece


def _runs(places: list[int | None], contents: list[StoredContent]) -> Iterator[tuple[int, int, StoredContent | None]]:
    """Give runs of contents that lie together in the old pack, and, each by itself, those that are not there."""
    first = count = 0
    for place, content in zip(places, contents, strict=True):
        if count and place == first + count:
            count += 1
            continue
        if count:
            yield first, count, None
            count = 0
        if place is None:
            yield 0, 0, content
        else:
            first, count = place, 1
    if count:
        yield first, count, None


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream by its content."""
    waiting = b""
    gathered: list[bytes] = []
    for chunk in chunks:
        gathered.append(chunk)
        if sum(map(len, gathered)) < _CUT_BYTES:
            continue
        waiting, start = b"".join([waiting, *gathered]), 0
        gathered = []
        for end in cuts(waiting, is_end=False):
            yield waiting[start:end]
            start = end
        waiting = waiting[start:]
    waiting, start = b"".join([waiting, *gathered]), 0
    for end in cuts(waiting, is_end=True):
        yield waiting[start:end]
        start = end


def _hash(piece: bytes) -> bytes:
    return hashlib.sha256(piece).digest()[:_PIECE_DIGEST_BYTES]
