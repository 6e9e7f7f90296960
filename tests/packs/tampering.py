"""Changing packs as an attacker would."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from pathlib import Path

import apsw

from vfsloader.runtime.random_access import RandomAccessFile
from vfsloader.store.pack.seal import SEAL_BYTES, Seal, read_seal


def seal_of(pack: Path) -> Seal:
    """Return the seal of a pack."""
    with contextlib.closing(RandomAccessFile(pack)) as file:
        return read_seal(file, str(pack))


def change(pack: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Run SQL on the index of a pack, and seal it again; contents move if the index needs more room."""
    seal, data = seal_of(pack), pack.read_bytes()
    index = pack.with_name(f"{pack.name}.index")
    index.write_bytes(data[: seal.index_bytes])
    connection = apsw.Connection(str(index))
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    connection.pragma("writable_schema", 1)
    for statement in statements:
        connection.execute(statement, values if "?" in statement else ())
    missing = max(index.stat().st_size + SEAL_BYTES - seal.heap_start, 0)
    if missing:
        with contextlib.suppress(apsw.Error):  # the table may be gone
            connection.execute("UPDATE node SET offset = offset + ? WHERE length > 0", (missing,))
    connection.close()
    rewrite(pack, index.read_bytes(), data[seal.heap_start :], seal.heap_start + missing, seal)
    index.unlink()


def change_content(pack: Path, path: str, replacement: bytes) -> None:
    """Overwrite the stored bytes of a file from their start on."""
    connection = apsw.Connection(
        f"{pack.absolute().as_uri()}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    offset = connection.execute("SELECT offset FROM node WHERE path = ?", (path,)).get
    connection.close()
    with pack.open("r+b") as file:
        file.seek(offset)
        file.write(replacement)


def rewrite(pack: Path, index: bytes, heap: bytes, heap_start: int, seal: Seal) -> None:
    """Write a pack of these parts, with the signature of another seal."""
    sealed = dataclasses.replace(
        seal,
        index_bytes=len(index),
        heap_start=heap_start,
        heap_bytes=len(heap),
        index_digest=hashlib.sha256(index).digest(),
    )
    pack.write_bytes((index + sealed.encode()).ljust(heap_start, b"\0") + heap)
