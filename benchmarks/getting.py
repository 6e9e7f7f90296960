"""Getting mods from an index of 2,000 mods with three versions each: what is sent, and how long a player waits."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import servers
from benchmarks.timing import Row, seconds
from vfsloader import packs
from vfsloader.distribution.build import IndexFolder
from vfsloader.distribution.choosing import Candidate, Choosing
from vfsloader.distribution.head import NAME
from vfsloader.distribution.rows import IndexedMod, Release
from vfsloader.distribution.searching import search
from vfsloader.distribution.sources import Index, Source, Sources
from vfsloader.distribution.world import World
from vfsloader.errors import VFSError
from vfsloader.mods.metadata.manifest import parse_manifest
from vfsloader.runtime.budget import DEFAULT_LIMITS

MODS, WANTED = 2_000, 30
_SYLLABLES = ("sno", "win", "ter", "hud", "ma", "fo", "li", "co", "re", "so", "und", "tri", "ver", "qua", "sto", "ne")
WORDS = ["".join(pair) for pair in itertools.product(_SYLLABLES, repeat=2)]


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    at.mkdir(parents=True, exist_ok=True)
    packs.keygen(at / "studio.key", at / "studio.pub")
    index = IndexFolder(at / "public")
    index.mods = _mods(random.Random(5))
    index.publish([at / "studio.key"], name="studio")
    head = index.head
    assert head is not None
    yield Row(f"slim index of {MODS:,} mods, 3 versions each", "600 KB", head.size / 600_000, 1.0)
    with servers.nginx(at / "nginx", at / "public") as address:
        line = servers.BadLine(address)
        line.delay = 0.02
        mine = Sources(at / "state")
        source = mine.add(line.address, at / "studio.pub")
        # Adding looks at the head once more, to find out whose key it is.
        requests = len({path for _, path in line.requests})
        yield Row("first sync, requests besides icons", "2 requests", requests / 2, 1.0)
        line.requests.clear()
        found = mine.refresh(source)
        size = (at / "public" / NAME).stat().st_size
        yield Row("nothing changed: requests", "1 request", float(len(line.requests)), 1.0)
        yield Row("nothing changed: bytes", "1 KB", size / 1024, 1.0)
        yield from _changed(at, index, line, mine, source)
        line.close()
    yield _searching(found)
    yield from _resolving(found)
    yield from _worst_cases()


def _changed(at: Path, index: IndexFolder, line: servers.BadLine, mine: Sources, source: Source) -> Iterator[Row]:
    chance = random.Random(9)
    for mod in chance.sample(sorted(index.mods), 20):
        row = index.mods[mod]
        new = replace(row.releases[0], number="9.0", file=f"{_digest(chance)}.zip")
        index.mods[mod] = replace(row, releases=(new, *row.releases))
    index.publish([at / "studio.key"])
    line.requests.clear()
    mine.refresh(source)
    names = {path for _, path in line.requests}
    sent = sum((at / "public" / name[1:]).stat().st_size for name in names)
    yield Row("20 new versions: bytes of the index", "10 KB", sent / 10_240, 1.0)


def _searching(found: Index) -> Row:
    search([found], "sno", {})
    times = sorted(seconds(lambda: search([found], "winter", {}), 3, time.process_time) for _ in range(5))
    return Row(f"search in {MODS:,} mods", "10 ms", times[2] / 0.010, 1.0)


def _resolving(found: Index) -> Iterator[Row]:
    chance = random.Random(3)
    wanted = chance.sample(sorted(found.mods), WANTED)
    reached, worlds = 0, [_world(found) for _ in range(6)]  # nothing of them is parsed yet

    def resolve() -> None:
        nonlocal reached
        world = worlds.pop()
        world.reach(wanted)
        reached = sum(map(len, world.candidates.values()))
        Choosing(world.candidates, wanted).run()

    resolve()
    times = sorted(seconds(resolve, 1, time.process_time) for _ in range(5))
    yield Row(f"resolve {WANTED} wanted mods ({reached} versions reached)", "50 ms", times[2] / 0.050, 1.0)


def _world(found: Index) -> World:
    fresh = [(row.id, [replace(release) for release in row.releases]) for row in found.mods.values()]
    return World(waiting={mod: [(release, found.source) for release in releases] for mod, releases in fresh})


def _worst_cases() -> Iterator[Row]:
    def spent(world: dict[str, list[Candidate]]) -> float:
        choosing = Choosing(world, list(world))
        with contextlib.suppress(VFSError):
            choosing.run()
        return 1 - choosing.steps_left / DEFAULT_LIMITS.steps

    names = [f"mod{number}" for number in range(30)]
    clash = {
        name: [_candidate(name, number, {o: f"=={number}" for o in names if o != name}) for number in range(1, 7)]
        for name in names
    }
    yield Row("30 ids x 6 that exclude equal versions: steps", "the budget", spent(clash), 1.0)
    holes = {
        name: [_candidate(name, number, {o: f"=={number}" for o in names[:9] if o != name}) for number in range(1, 9)]
        for name in names[:9]
    }
    yield Row("9 pigeons for 8 holes: steps", "the budget", spent(holes), 1.0)


def _candidate(mod: str, number: int, incompatible: dict[str, str]) -> Candidate:
    table = {"id": mod, "name": mod, "version": str(number), "incompatible": incompatible}
    return Candidate(parse_manifest(table, mod), False)


def _mods(chance: random.Random) -> dict[str, IndexedMod]:
    mods = {}
    for number in range(MODS):
        mod = f"{chance.choice(WORDS)}-{chance.choice(WORDS)}-{number}"
        name = f"{chance.choice(WORDS).title()} and {chance.choice(WORDS)} {number}"
        summary = " ".join(chance.choices(WORDS, k=10))
        libraries = list(mods)[: min(number, 20 if number < 120 else 120)]  # what others require
        releases = []
        for version in ("1.0", "1.1", "2.0"):
            requires = {
                other: chance.choice(("*", ">=1.0", ">=1.1"))
                for other in chance.sample(libraries, min(len(libraries), chance.randint(0, 3)))
            }
            rules = {"requires": requires, "game_version": ">=1.0"}
            size = chance.randint(1_000, 50_000_000)
            releases.append(Release(mod, name, version, f"{_digest(chance)}.zip", size, rules))
        icon, details = f"{_digest(chance)}.webp", f"{_digest(chance)}.json"
        tags = tuple(chance.sample(WORDS, 3))
        mods[mod] = IndexedMod(mod, name, summary, tags, icon, details, tuple(reversed(releases)))
    return mods


def _digest(chance: random.Random) -> str:
    return hashlib.sha256(chance.randbytes(8)).hexdigest()
