"""Collections that outlive the process, against others of their kind, bare SQLite and the builtins."""

from __future__ import annotations

import random
import shelve
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import diskcache
import fscollections
import sqlitedict

from benchmarks.timing import Row, compare
from vfsloader.collections import PersistentDict, PersistentList

COUNT, MILLION = 5_000, 1_000_000
_MEMORY = """
import sys
from pathlib import Path
from vfsloader.collections import PersistentList

def kilobytes():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])

PersistentList(":memory:").append(1)
before = kilobytes()
made = PersistentList(sys.argv[1])
for place in range(0, 1_000_000, 997):
    made[place]
    made.insert(place, "x")
print(kilobytes() - before)
"""


def bare(path: Path) -> apsw.Connection:
    """Open a database as a careful program does."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "normal")
    connection.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, value TEXT)")
    return connection


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    numbers = iter(range(1_000_000))

    def new() -> str:
        return str(at / f"{next(numbers)}")

    def fill(found: Any) -> None:
        for number in range(COUNT):
            found[f"key {number}"] = f"value {number}"

    def fill_ours(*, batch: bool = False) -> None:
        with PersistentDict(new()) as found:
            if batch:
                with found.transaction():
                    fill(found)
            else:
                fill(found)

    def fill_fs() -> None:
        fill(fscollections.fsdict(new(), klass="string"))

    def append(items: Any) -> None:
        for number in range(COUNT):
            items.append(f"item {number}")

    def append_ours(*, batch: bool = False) -> None:
        with PersistentList(new()) as items:
            if batch:
                with items.transaction():
                    append(items)
            else:
                append(items)

    def append_fs() -> None:
        append(fscollections.fslist(new(), klass="string"))

    def insert_bare() -> None:
        connection = bare(Path(new()))
        for number in range(COUNT):
            connection.execute("INSERT INTO t(value) VALUES(?)", (f"item {number}",))
        connection.close()

    yield compare("append 5,000 texts", append_ours, "fscollections", append_fs, 1 / 25, rounds=5)
    yield compare("append 5,000 texts in a batch", lambda: append_ours(batch=True), "fscollections", append_fs, 1 / 100)
    yield compare("append 5,000 texts", append_ours, "bare apsw, autocommit", insert_bare)
    yield compare("set 5,000 keys", fill_ours, "fscollections", fill_fs, 1 / 25)
    yield compare("set 5,000 keys in a batch", lambda: fill_ours(batch=True), "fscollections", fill_fs, 1 / 100)
    for name, theirs in others(new).items():
        yield compare("set 5,000 keys", fill_ours, name, lambda theirs=theirs: fill(theirs()))
    yield from looking(new)
    yield from a_million(at)


def others(new: Callable[[], str]) -> dict[str, Callable[[], Any]]:
    """Give what else keeps a dict in a file."""
    return {
        "shelve": lambda: shelve.open(new()),
        "diskcache": lambda: diskcache.Cache(new()),
        "sqlitedict, autocommit": lambda: sqlitedict.SqliteDict(new(), autocommit=True),
        "a dict": dict,
    }


def looking(new: Callable[[], str]) -> Iterator[Row]:
    """Measure reads."""

    def filled(found: Any) -> Any:
        for number in range(COUNT):
            found[f"key {number}"] = f"value {number}"
        return found

    def read(found: Any) -> Callable[[], None]:
        def run() -> None:
            for number in range(COUNT):
                found[f"key {number}"]

        return run

    ours = filled(PersistentDict(new()))
    theirs = filled(fscollections.fsdict(new(), klass="string"))
    yield compare("get 5,000 keys", read(ours), "fscollections", read(theirs), 0.5)
    for name, made in others(new).items():
        yield compare("get 5,000 keys", read(ours), name, read(filled(made())))
    connection = bare(Path(new()))
    connection.executemany("INSERT INTO t(value) VALUES(?)", [(f'"value {n}"',) for n in range(100_000)])
    items, found = PersistentList(new()), PersistentDict(new())
    items.extend(f"value {n}" for n in range(100_000))
    found.update((str(n), f"value {n}") for n in range(100_000))

    def sweep() -> None:
        for _ in connection.execute("SELECT value FROM t ORDER BY id"):
            pass

    def sweep_ours(kept: Any) -> Callable[[], None]:
        def run() -> None:
            for _ in kept:
                pass

        return run

    yield compare("iterate a list of 100,000", sweep_ours(items), "a bare apsw cursor", sweep, 3.0)
    yield compare("iterate the keys of a dict of 100,000", sweep_ours(found), "a bare apsw cursor", sweep, 3.0)
    yield compare(
        "iterate the values of a dict of 100,000", sweep_ours(found.values()), "a bare apsw cursor", sweep, 3.0
    )


def a_million(at: Path) -> Iterator[Row]:
    """Measure a list of a million."""
    file = at / "million.db"
    items = PersistentList(file)
    items.extend(f"item {n}" for n in range(MILLION))
    connection = bare(at / "bare.db")
    with connection:
        connection.executemany("INSERT INTO t(value) VALUES(?)", ((f"item {n}",) for n in range(MILLION)))
    chance = random.Random(1)
    places = [chance.randrange(MILLION) for _ in range(COUNT)]

    def look() -> None:
        for place in places:
            items[place]

    def look_bare() -> None:
        for place in places:
            connection.execute("SELECT value FROM t WHERE id = ?", (place + 1,)).get  # noqa: B018

    def insert() -> None:
        for place in places:
            items.insert(place, "new")

    def insert_bare() -> None:
        for _ in places:
            connection.execute("INSERT INTO t(value) VALUES(?)", ("new",))

    yield compare("index a list of a million", look, "a bare apsw SELECT by key", look_bare, 3.0)
    yield compare("insert anywhere in a list of a million", insert, "a bare apsw INSERT", insert_bare, 4.0)
    items.close()
    connection.close()

    def open_ours() -> None:
        for _ in range(50):
            PersistentList(file).close()

    def open_bare() -> None:
        for _ in range(50):
            opened = apsw.Connection(str(at / "bare.db"))
            opened.execute("SELECT value FROM t LIMIT 1").get  # noqa: B018
            opened.close()

    yield compare("open a list of a million", open_ours, "opening the bare database", open_bare, 3.0)
    used = subprocess.run([sys.executable, "-c", _MEMORY, str(file)], capture_output=True, text=True, check=True).stdout
    yield Row("memory of a list of a million in use", "16 MB", int(used) / (16 << 10), 1.0)
