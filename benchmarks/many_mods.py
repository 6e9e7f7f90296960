"""A thousand mods with a thousand files each: starting with them, and switching one of them on and off.

What is measured is the processor's time, as other processes change that less. A toggle also waits for the disk to have
``mods.json``, and a cold start for the disk to have the names.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row

MODS, FILES, FOLDERS = 1_000, 1_000, 10

#: A process of its own, as a player's start is: nothing is in memory yet.
_START = """
import json, sys, time
from vfsloader import ResourceManager
ResourceManager(sys.argv[1], watch=False, state_dir=sys.argv[3]).close()  # what Python imports is not counted
start = time.process_time()
game = ResourceManager(sys.argv[1], mods=sys.argv[2], watch=False, state_dir=sys.argv[3])
took = {"start": time.process_time() - start}
assert len(game.mods.enabled) == int(sys.argv[4])
held = [game.load(f"/assets/group{n % 10}/file{n:04}", lambda asset: asset.data) for n in range(100)]
for name in ("first", "second", "third"):
    for switch in (game.mods.disable, game.mods.enable):
        start = time.process_time()
        switch("mod500")
        changes = game.update()
        took[name] = max(took.get(name, 0), time.process_time() - start)
print(json.dumps(took))
"""


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    mods, base, state = at / "mods", at / "base", at / "state"
    base.mkdir()
    _write(mods, at / "file")
    took: dict[str, list[float]] = {}
    for _ in range(5):
        shutil.rmtree(state, ignore_errors=True)
        for kind in ("cold", "warm"):
            command = [sys.executable, "-c", _START, str(base), str(mods), str(state), str(MODS)]
            result = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
            took.setdefault(kind, []).append(result["start"])
            took.setdefault("first", []).append(result["first"])
            took.setdefault("later", []).append(result["third"])
    what = f"{MODS:,} mods of {FILES:,} files"
    for kind, name, limit, against in (
        ("cold", f"start with {what}, never seen before", 1.5, "1.5 s"),
        ("warm", f"start with {what}, as last time", 0.15, "150 ms"),
        ("first", f"toggle one of {what}, the first time", 0.016, "16 ms"),
        ("later", f"toggle one of {what}, later", 0.016, "16 ms"),
    ):
        yield Row(name, against, statistics.median(took[kind]) / limit, 1.0)


def _write(mods: Path, file: Path) -> None:
    """Write the mods; their files are links to one, as only their names matter here."""
    file.write_bytes(b"x")
    for n in range(MODS):
        mod = mods / f"mod{n}"
        for group in range(FOLDERS):
            os.makedirs(mod / "assets" / f"group{group}")
        rule = f'[requires]\n"mod{n - 1}" = ">=1"\n' if n % 10 else ""
        (mod / "mod.toml").write_text(
            f'id = "mod{n}"\nname = "Mod {n}"\nversion = "1.{n}"\ndescription = "One of a thousand"\n{rule}'
        )
        for k in range(FILES):
            os.link(file, f"{mod}/assets/group{k % FOLDERS}/file{(n * 37 + k) % (5 * FILES):04}")
        if n % 60 == 59:  # file systems allow some ten thousand links to a file
            file.unlink()
            file.write_bytes(b"x")
