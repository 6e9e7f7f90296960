"""The seal of a pack: what ends its index, says where its contents are, and covers every byte of the file.

A pack is an SQLite database (the index), the seal, zeros up to the heap, and the heap, in which contents follow each
other without gaps; nothing follows the last one. The seal has the SHA-256 of the index. The index has the SHA-256 of
each content as stored. So a signature of the first 56 bytes of the seal covers the whole file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from vfsloader.errors import DamagedError

MAGIC = b"VFSLSEAL"
#: Big-endian, as SQLite's header: magic, start and bytes of the heap, SHA-256 of the index, public key, signature.
_SEAL = struct.Struct(">8sQQ32s32s64s")
SEAL_BYTES = _SEAL.size
#: Bytes of the seal that are signed.
SIGNED_BYTES = 56
_LARGEST = 1 << 62


class Readable(Protocol):
    """Bytes that are read at random."""

    @property
    def size(self) -> int:
        """Bytes of the whole."""

    def read(self, offset: int, amount: int, /) -> bytes:
        """Return a range of bytes."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of a pack."""

    index_bytes: int
    """Bytes of the index; the seal follows."""
    heap_start: int
    heap_bytes: int
    index_digest: bytes
    """SHA-256 of the index."""
    signer: bytes = bytes(32)
    """Ed25519 public key; zeros where nobody signed."""
    signature: bytes = bytes(64)

    @property
    def end(self) -> int:
        """Bytes of the whole file."""
        return self.heap_start + self.heap_bytes

    def encode(self) -> bytes:
        """Return the seal as bytes."""
        return _SEAL.pack(MAGIC, self.heap_start, self.heap_bytes, self.index_digest, self.signer, self.signature)

    def signed_part(self) -> bytes:
        """Return what a signature covers."""
        return self.encode()[:SIGNED_BYTES]


def read_seal(file: Readable, path: str) -> Seal:
    """Read the seal of a pack; `path` is what messages call it.

    Raises
    ------
    DamagedError
        There is none, or it contradicts the file: something was cut off or appended.
    """
    head = file.read(0, 100)
    page = int.from_bytes(head[16:18], "big")
    index_bytes = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    raw = file.read(index_bytes, SEAL_BYTES) if index_bytes < file.size else b""
    # SQLite believes the count of pages in the header only where these two counters agree.
    if len(raw) != SEAL_BYTES or raw[:8] != MAGIC or head[24:28] != head[92:96]:
        raise DamagedError.at(path, f"the pack {path} is damaged: it has no seal")
    _, start, size, digest, signer, signature = _SEAL.unpack(raw)
    if not index_bytes + SEAL_BYTES <= start <= _LARGEST or start + size != file.size:
        raise DamagedError.at(
            path, f"the pack {path} is damaged: it has {file.size:,} bytes, and its seal says {start + size:,}"
        )
    return Seal(index_bytes, start, size, digest, signer, signature)
