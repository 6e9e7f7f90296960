"""Ways to spoil bytes: blindly, and with an eye to what they mean."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw

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


def _flip(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _number(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    width = chance.choice((1, 2, 4, 8))
    value = chance.choice(_LARGE) & ((1 << 8 * width) - 1)
    at = chance.randrange(len(data))
    return data[:at] + value.to_bytes(width, chance.choice(("little", "big"))) + data[at + width :]


def _cut(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data))]


def _remove(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.choice((1, 2, 16, 512, 4096)) :]


def _repeat(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    at, count = chance.randrange(len(data)), chance.choice((1, 16, 512, 4096))
    return data[:at] + data[at : at + count] * chance.choice((2, 3, 20)) + data[at + count :]


def _splice(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


def _overwrite(chance: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    start, count = chance.randrange(len(other)), chance.choice((4, 16, 64, 512))
    at = chance.randrange(len(data))
    return data[:at] + other[start : start + count] + data[at + count :]


BLIND: tuple[Mutation, ...] = (_flip, _number, _cut, _remove, _repeat, _splice, _overwrite)


def blindly(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Spoil one of the seeds once or a few times."""
    data = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if data:
            data = chance.choice(BLIND)(chance, data, seeds)
    return data


def in_text(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Put another value, key or piece of text where one stands."""
    text = chance.choice(seeds).decode()
    for _ in range(chance.choice((1, 1, 2, 3))):
        tokens = list(re.finditer(r'"[^"\n]*"|[A-Za-z0-9_.-]+|[\[\]{}=:,\n]', text))
        if not tokens:
            break
        token = chance.choice(tokens)
        kind = chance.randrange(5)
        if kind == 0:
            new = json.dumps(chance.choice(_TEXTS))
        elif kind == 1:
            new = str(chance.choice(_LARGE))
        elif kind == 2:
            new = chance.choice(("[]", "{}", "true", "null", "[[", "1e400", "[" * 3000, '{"a":' * 3000, "9" * 5000))
        elif kind == 3:
            new = chance.choice(tokens)[0]
        else:
            new = ""
        text = text[: token.start()] + new + text[token.end() :]
    return text.encode("utf-8", "surrogatepass")


def in_rows(chance: random.Random, seeds: Sequence[bytes], desk: Path) -> bytes:
    """Change rows of a database as its owner could: the pages stay sound, and what they say does not."""
    place = desk / "rows.db"
    place.write_bytes(chance.choice(seeds))
    connection = apsw.Connection(str(place))
    try:
        connection.pragma("synchronous", "off")
        connection.pragma("journal_mode", "off")
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for _ in range(chance.choice((1, 1, 2, 4))):
            table = chance.choice(tables)
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            _change_row(chance, connection, table, chance.choice(columns))
        if chance.random() < 0.1:
            connection.pragma("user_version", chance.choice((1, 2)))
    except apsw.Error:
        pass  # a value that the table cannot take: the seed as it is will do
    finally:
        connection.close()
    return place.read_bytes()


def _change_row(chance: random.Random, connection: apsw.Connection, table: str, column: str) -> None:
    key = "name" if table in ("meta", "sqlar") else "id"
    keys = [row[0] for row in connection.execute(f"SELECT {key} FROM {table}")]
    if not keys:
        return
    row, kind = chance.choice(keys), chance.randrange(6)
    if kind == 0:
        connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (row,))
        return
    if kind == 1 and column not in ("path", "name"):
        value: object = chance.choice(_LARGE)
    elif kind == 2:
        value = chance.choice(_TEXTS)
    elif kind == 3:
        value = chance.randbytes(chance.choice((0, 1, 32, 70_000)))
    elif kind == 4:
        source = f"SELECT {column} FROM {table} WHERE {key} = ?"
        value = connection.execute(source, (chance.choice(keys),)).get
    else:
        value = connection.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (row,)).get
        if isinstance(value, int):
            value = min(value + chance.choice((1, -1, 1 << 23, 1 << 24, 65536)), (1 << 63) - 1)
        elif isinstance(value, bytes) and value:
            value = blindly(chance, [value])
    connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {key} = ?", (value, row))
