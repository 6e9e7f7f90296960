"""A mod is found however people pack it with the tools that they have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vfsloader import ModManager

#: What packs the folder `winter` into {out}; {python} is this Python.
TOOLS = {
    "zip": "zip -q -r {out}.zip winter",
    "zip without folders": "zip -q -r -D {out}.zip winter",
    "zip of what is inside": "sh -c 'cd winter && zip -q -r {out}.zip .'",
    "7z as zip": "7z a -bd -tzip {out}.zip winter",
    "7z": "7z a -bd {out}.7z winter",
    "bsdtar as zip": "bsdtar --format zip -cf {out}.zip winter",
    "bsdtar": "bsdtar -czf {out}.tar.gz winter",
    "tar": "tar -cJf {out}.tar.xz ./winter",
    "busybox": "busybox tar -cf {out}.tar winter",
    "jar": "fastjar cf {out}.zip winter",
    "python": "{python} -m zipfile -c {out}.zip winter",
    "python as tar": "{python} -m tarfile -c {out}.tar winter",
}
PROGRAMS = ("zip", "7z", "bsdtar", "tar", "busybox", "fastjar")
#: On a developer's machine some may be missing; where all tests must run, all are installed.
PRESENT = [
    tool
    for tool, command in TOOLS.items()
    if "CI" in os.environ or all(shutil.which(program) for program in PROGRAMS if f"{program} " in command)
]


@pytest.mark.parametrize("tool", PRESENT)
def test_the_mod_and_its_files_are_found(tool: str, tmp_path: Path) -> None:
    mod = tmp_path / "winter"
    files = {
        "mod.toml": 'id = "winter"\nname = "Winter"\nversion = "1.2"\n',
        "sprites/hero.png": "a picture",
        "sprites/föhn/雪.txt": "snow",
        "data/empty.json.merge": "",
    }
    for name, text in files.items():
        (mod / name).parent.mkdir(parents=True, exist_ok=True)
        (mod / name).write_text(text, encoding="utf-8")
    (tmp_path / "mods").mkdir()
    command = TOOLS[tool].format(out=tmp_path / "mods" / "packed", python=sys.executable)
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True, env=environment)
    manager = ModManager(tmp_path / "mods")
    try:
        assert manager.problems == []
        (found,) = manager.enabled
        assert (found.id, str(found.version)) == ("winter", "1.2")
        assert found.layer.find("/mod.toml") is None
        for name, text in files.items():
            if name != "mod.toml":
                entry = found.layer.find(f"/{name}")
                assert entry is not None, name
                assert found.layer.read(entry).decode() == text
    finally:
        manager.close()
