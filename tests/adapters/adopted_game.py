"""A small game of files, and a mod that changes them, for tests of adopted games."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.adapters.pygame_files import BLUE, FONT, RED, png, wav

ROOT = Path(__file__).parents[2]


def make_game(top: Path, *, assets: str = "resources") -> Path:
    """Write a game's assets and a mod, ``winter``, that replaces, adds, removes and merges files; return the folder."""
    base, mod = top / assets, top / "mods" / "winter"
    files = {
        base / "images/p.png": png(RED),
        base / "lang/en.txt": b"base",
        base / "data/items.json": b'{"sword": {"damage": 3}, "bow": {"damage": 2}}',
        base / "data/levels.json": b"[1, 2]",
        base / "own.txt": b"own",
        base / "secret.txt": b"secret",
        base / "script.py": b"RESULT = 'base'\n",
        base / "s.wav": wav(1, 100),
        base / "f.ttf": FONT,
        mod / "mod.toml": b'id = "winter"\nname = "Winter"\nversion = "1"\n[files]\nremove = ["/secret.txt"]\n',
        mod / "images/p.png": png(BLUE, (6, 6)),
        mod / "lang/en.txt": b"modded",
        mod / "lang/fi.txt": b"added",
        mod / "data/items.json.merge": b'{"sword": {"damage": 30}}',
        mod / "data/levels.json.patch": b'[{"op": "add", "path": "/-", "value": 3}]',
        mod / "script.py": b"RESULT = 'modded'\n",
        mod / "s.wav": wav(2, 200),
        mod / "f.ttf": FONT,
    }
    for file, data in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    for folder, value in ((base, "base"), (mod, "modded")):
        database = sqlite3.connect(folder / "d.db")
        database.execute("CREATE TABLE t(v)")
        database.execute("INSERT INTO t VALUES (?)", (value,))
        database.commit()
        database.close()
    return top


def run_python(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python without a screen."""
    env = {**os.environ, "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, env={**env, **environment}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
