"""Mutations: of bytes at random, and of text and database rows so that the format around them stays valid."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw

from tests.packs.tampering import rewrite
from vfsloader.errors import DamagedError
from vfsloader.store.pack.seal import Seal, read_seal
from vfsloader.store.sqlite.byte_source import MemorySource

_INTEGERS = [0, 1, -1, 2, 127, 128, 255, 256, 4095, 65535, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1]
_LARGE = [*_INTEGERS, 1 << 32, 1 << 40, (1 << 53) + 1, 1 << 62, (1 << 63) - 1, -(1 << 63)]
_TEXTS = [
    "",
    "/",
    "..",
    "../x",
    "/../x",
    "a/../../x",
    "\0",
    "con",
    "aux.txt",
    "C:\\x",
    "\\\\x\\y",
    "é",
    "e\u0301",
    "💥",
]
_TEXTS += ["x" * 300, "/x" * 3000, "/a.txt", "/mod.toml", "\u202e", "\ufeff", "-1", "1e999", ">=1,<0", "nan"]

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _flip(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    mutated = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        mutated[rng.randrange(len(mutated))] ^= 1 << rng.randrange(8)
    return bytes(mutated)


def _number(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    width = rng.choice((1, 2, 4, 8))
    value = rng.choice(_LARGE) & ((1 << 8 * width) - 1)
    at = rng.randrange(len(data))
    return data[:at] + value.to_bytes(width, rng.choice(("little", "big"))) + data[at + width :]


def _cut(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data))]


def _remove(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice((1, 2, 16, 512, 4096)) :]


def _repeat(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at, count = rng.randrange(len(data)), rng.choice((1, 16, 512, 4096))
    return data[:at] + data[at : at + count] * rng.choice((2, 3, 20)) + data[at + count :]


def _splice(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def _overwrite(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = rng.choice(seeds)
    start, count = rng.randrange(len(other)), rng.choice((4, 16, 64, 512))
    at = rng.randrange(len(data))
    return data[:at] + other[start : start + count] + data[at + count :]


BYTE_MUTATIONS: tuple[Mutation, ...] = (_flip, _number, _cut, _remove, _repeat, _splice, _overwrite)


def mutate_bytes(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Mutate one of the seeds once or a few times."""
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if data:
            data = rng.choice(BYTE_MUTATIONS)(rng, data, seeds)
    return data


def mutate_text(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Replace or remove values, keys and punctuation in one of the seeds."""
    text = rng.choice(seeds).decode()
    for _ in range(rng.choice((1, 1, 2, 3))):
        tokens = list(re.finditer(r'"[^"\n]*"|[A-Za-z0-9_.-]+|[\[\]{}=:,\n]', text))
        if not tokens:
            break
        token = rng.choice(tokens)
        change = rng.randrange(5)
        if change == 0:
            new = json.dumps(rng.choice(_TEXTS))
        elif change == 1:
            new = str(rng.choice(_LARGE))
        elif change == 2:
            new = rng.choice(("[]", "{}", "true", "null", "[[", "1e400", "[" * 3000, '{"a":' * 3000, "9" * 5000))
        elif change == 3:
            new = rng.choice(tokens)[0]
        else:
            new = ""
        text = text[: token.start()] + new + text[token.end() :]
    return text.encode("utf-8", "surrogatepass")


def mutate_rows(rng: random.Random, seeds: Sequence[bytes], folder: Path) -> bytes:
    """Change rows of a database through SQLite: the pages stay valid, and their content does not."""
    file = folder / "rows.db"
    seed = rng.choice(seeds)
    seal = _seal_of(seed)
    file.write_bytes(seed if seal is None else seed[: seal.index_bytes])
    connection = apsw.Connection(str(file))
    try:
        connection.pragma("synchronous", "off")
        connection.pragma("journal_mode", "off")
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for _ in range(rng.choice((1, 1, 2, 4))):
            table = rng.choice(tables)
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            _change_row(rng, connection, table, rng.choice(columns))
        if rng.random() < 0.1:
            connection.pragma("user_version", rng.choice((1, 2)))
    except apsw.Error:
        pass  # a value that the table rejects: leave the rest of the seed as it is
    finally:
        connection.close()
    if seal is not None:
        rewrite(file, file.read_bytes(), seed[seal.heap_start :], seal.heap_start, seal)
    return file.read_bytes()


def _seal_of(data: bytes) -> Seal | None:
    """Return the seal of a pack, or None for another file."""
    try:
        return read_seal(MemorySource(data), "seed")
    except DamagedError:
        return None


def _change_row(rng: random.Random, connection: apsw.Connection, table: str, column: str) -> None:
    key = "name" if table in ("meta", "sqlar") else "id"
    keys = [row[0] for row in connection.execute(f"SELECT {key} FROM {table}")]
    if not keys:
        return
    row, change = rng.choice(keys), rng.randrange(6)
    if change == 0:
        connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (row,))
        return
    if change == 1 and column not in ("path", "name"):
        value: object = rng.choice(_LARGE)
    elif change == 2:
        value = rng.choice(_TEXTS)
    elif change == 3:
        value = rng.randbytes(rng.choice((0, 1, 32, 70_000)))
    elif change == 4:
        source = f"SELECT {column} FROM {table} WHERE {key} = ?"
        value = connection.execute(source, (rng.choice(keys),)).get
    else:
        value = connection.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (row,)).get
        if isinstance(value, int):
            value = max(min(value + rng.choice((1, -1, 1 << 23, 1 << 24, 65536)), (1 << 63) - 1), -(1 << 63))
        elif isinstance(value, bytes) and value:
            value = mutate_bytes(rng, [value])
    connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {key} = ?", (value, row))
