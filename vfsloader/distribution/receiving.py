"""Receiving the pieces that a host has to send: in batches, several at once, each piece checked by its digest.

A batch that was received whole is kept until its mod is made, so that an attempt that was interrupted goes on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vfsloader.distribution.host_set import Piece
from vfsloader.distribution.origin import Origin
from vfsloader.errors import DamagedError
from vfsloader.runtime.threads import make_pool

_AT_ONCE = 4
#: Bytes, and characters of the numbers of the pieces, that are asked for at once.
_BATCH_BYTES, _BATCH_TEXT = 16 << 20, 3000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """Where a piece is."""

    file: Path
    offset: int
    size: int

    def read(self) -> Iterator[bytes]:
        """Yield its bytes."""
        left = self.size
        with open(self.file, "rb") as stream:
            stream.seek(self.offset)
            while left and (data := stream.read(min(_CHUNK, left))):
                left -= len(data)
                yield data


def receive(
    origin: Origin,
    content: str,
    pieces: Sequence[Piece],
    wanted: Sequence[int],
    folder: Path,
    on_bytes: Callable[[int], object],
) -> dict[str, Received]:
    """Receive pieces of a mod, and return by digest where they are.

    Parameters
    ----------
    origin
        The host.
    content
        The digest of the mod.
    pieces
        All pieces of its files.
    wanted
        Which of them to receive.
    folder
        Where to keep them.
    on_bytes
        Called with the number of bytes each time some have arrived.

    Raises
    ------
    DamagedError
        The host sent other bytes than it said.
    RemoteError
        The host cannot be reached.
    """

    def fetch(batch: Sequence[int]) -> dict[str, Received]:
        parts, text = [pieces[index] for index in batch], ranges(batch)
        name = hashlib.sha256(f"{content} {text}".encode()).hexdigest()
        part, whole = folder / f"{name}.part", folder / name
        size, before = sum(piece.size for piece in parts), 0

        def count(there: int) -> None:
            nonlocal before
            on_bytes(max(0, there - before))
            before = max(before, there)

        if not whole.exists():
            if size:
                origin.download(f"contents/{content}/{text}", part, size, count)
            else:
                part.write_bytes(b"")
            try:
                _check(part, parts)
                os.replace(part, whole)
            finally:
                part.unlink(missing_ok=True)
        found, offset = {}, 0
        for piece in parts:
            found[piece.sha256] = Received(whole, offset, piece.size)
            offset += piece.size
        return found

    received: dict[str, Received] = {}
    with make_pool(_AT_ONCE, "vfsloader-join") as pool:
        for running in [pool.submit(fetch, batch) for batch in batches(pieces, wanted)]:
            received |= running.result()
    return received


def _check(part: Path, pieces: Sequence[Piece]) -> None:
    with open(part, "rb") as stream:
        for piece in pieces:
            digest, left = hashlib.sha256(), piece.size
            while left and (data := stream.read(min(left, _CHUNK))):
                digest.update(data)
                left -= len(data)
            if left or digest.hexdigest() != piece.sha256:
                raise DamagedError.at("host", "the host sent other bytes than it said; nothing was changed")


def batches(pieces: Sequence[Piece], wanted: Sequence[int]) -> list[list[int]]:
    """Divide the pieces to ask for into batches whose numbers and sizes are not too large.

    >>> batches([Piece(10 << 20, "")] * 3, [0, 1, 2])
    [[0], [1], [2]]
    """
    made: list[list[int]] = []
    size = 0
    for index in wanted:
        if not made or size + pieces[index].size > _BATCH_BYTES or len(made[-1]) * 8 > _BATCH_TEXT:
            made.append([])
            size = 0
        made[-1].append(index)
        size += pieces[index].size
    return made


def ranges(indices: Sequence[int]) -> str:
    """Return numbers as a text.

    >>> ranges([0, 1, 2, 5, 7, 8])
    '0-2,5,7-8'
    """
    spans: list[list[int]] = []
    for index in indices:
        if spans and index == spans[-1][1] + 1:
            spans[-1][1] = index
        else:
            spans.append([index, index])
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)
