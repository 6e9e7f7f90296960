"""A hundred indexes that want to do harm, signed by a key that is trusted: a key can be stolen."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from vfsloader import ResourceManager, Store, packs
from vfsloader.distribution.head import NAME, Head, write_head
from vfsloader.errors import VFSError
from vfsloader.packs.sign import public_key
from vfsloader.runtime.zstd import zstd

DIGEST = "ab" * 32
NAMES = [
    "../../evil",
    "/etc/passwd",
    "a\x1b[31m",
    "",
    "CON",
    "x" * 5000,
    "Winter",
    "winter/../x",
    "\ud800",
    "a" * 64,
    "wïnter",
]
VALUES: list[Any] = [None, -1, 0, 2**63, 1e308, True, [], {}, "", "\0", "x" * 100_000, [[[[]]]], {"a": {"b": {}}}]


def row(**more: Any) -> dict[str, Any]:
    version = {"version": "1.0", "file": f"{DIGEST}.zip", "size": 100, "requires": {"lib": ">=1"}}
    known = {"id": "winter", "name": "Winter", "summary": "Snow", "tags": ["a"], "icon": "", "details": ""}
    return {**known, "versions": [version], **more}


def damaged(chance: random.Random) -> Any:
    """Return an index in which one or two things are wrong."""
    mods: Any = [row(), row(id="lib", name="Lib")]
    for _ in range(chance.randint(1, 2)):
        target: Any = chance.choice(mods) if isinstance(mods, list) and mods else {}
        kind = chance.randrange(8)
        if not isinstance(target, dict):
            continue
        versions = target.get("versions")
        if kind == 0:
            target[chance.choice(list(row()))] = chance.choice(VALUES)
        elif kind == 1 and isinstance(versions, list) and versions and isinstance(versions[0], dict):
            keys = ["version", "file", "size", "requires", "provides", "author", "patches", "withdrawn", "game_version"]
            versions[0][chance.choice(keys)] = chance.choice(VALUES)
        elif kind == 2:
            target["id"] = chance.choice(NAMES)
        elif kind == 3 and isinstance(versions, list) and versions and isinstance(versions[0], dict):
            versions[0]["file"] = chance.choice([*NAMES, f"../{DIGEST}.zip", f"{DIGEST}.exe", f"{DIGEST}.zip/x"])
        elif kind == 4 and isinstance(versions, list):
            target["versions"] = versions[:1] * chance.choice([2, 2000])
        elif kind == 5:
            target["icon"] = chance.choice([*NAMES, f"{DIGEST}.png", "..png"])
        elif kind == 6:
            mods = chance.choice([[row(id=f"mod{n}", requires={}) for n in range(500)], {}, "x", [[]], [None] * 100])
        elif isinstance(versions, list) and versions and isinstance(versions[0], dict):
            versions[0]["requires"] = {f"lib{n}": chance.choice(["*", "nonsense", ">=1," * 500]) for n in range(50)}
    return {"mods": mods}


def publish(folder: Path, key: Path, raw: bytes, raw_size: int | None = None) -> None:
    packed = zstd().compress(raw)
    digest = hashlib.sha256(packed).hexdigest()
    later = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(days=1)
    head = Head("h", 1, later, (public_key(key.with_suffix(".pub")),), digest, len(packed), raw_size or len(raw))
    (folder / "by-hash").mkdir(parents=True)
    (folder / head.path).write_bytes(packed)
    (folder / NAME).write_bytes(write_head(head, [key]))


def use(folder: Path, key: Path, home: Path) -> None:
    """Do what a player does with a source. Only our own errors may come out of it."""
    with ResourceManager(Store(), mods=home / "mods", watch=False) as game:
        with contextlib.suppress(VFSError):
            game.mods.sources.add(str(folder), key.with_suffix(".pub"))
        for found in game.mods.search("")[:3]:
            assert "\x1b" not in found.name + found.summary
            with contextlib.suppress(VFSError):
                game.mods.installer.info(found.id)
            with contextlib.suppress(VFSError):
                game.mods.install(found.id)
        with contextlib.suppress(VFSError):
            game.mods.install("winter")
        assert game.mods.available == []


@pytest.mark.parametrize("part", range(4))
def test_only_our_own_errors_and_nothing_outside(tmp_path: Path, part: int) -> None:
    key = tmp_path / "h.key"
    packs.keygen(key, key.with_suffix(".pub"))
    chance = random.Random(part)
    for number in range(24):
        home = tmp_path / str(number)
        text = json.dumps(damaged(chance))
        publish(home / "public", key, text.encode())
        use(home / "public", key, home)
        assert sorted(os.listdir(home)) in (["mods", "public"], ["public"])
    assert len(os.listdir(tmp_path)) == 24 + 2


@pytest.mark.parametrize(
    ("raw", "claimed"),
    [
        (b"[" * 200_000, None),
        (b'{"mods": ' + b'{"a":' * 50_000, None),
        (b"\0" * 70_000_000, None),  # unpacks to more than it may
        (b"\0" * 3_000_000, 100),
        (b'{"mods": []}', 60_000_000),
        (b"", 1),
    ],
    ids=["deep", "cut", "bomb", "lie", "short", "empty"],
)
def test_what_is_not_rows_at_all(tmp_path: Path, raw: bytes, claimed: int | None) -> None:
    key = tmp_path / "h.key"
    packs.keygen(key, key.with_suffix(".pub"))
    publish(tmp_path / "public", key, raw, claimed)
    with ResourceManager(Store(), mods=tmp_path / "mods", watch=False) as game:
        with pytest.raises(VFSError):
            game.mods.sources.add(str(tmp_path / "public"), key.with_suffix(".pub"))
        assert list(game.mods.sources) == []
