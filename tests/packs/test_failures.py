"""After a kill or a power cut at any step there is the whole old file or the whole new one, and nothing else."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packs.trees import hidden_names, write_tree
from vfsloader import ResourceManager, packs


@pytest.mark.parametrize(("deed", "fewest"), [("build", 8), ("apply", 8), ("extract", 20), ("sign", 4)])
def test_every_step_is_the_last_one_once(tmp_path: Path, deed: str, fewest: int) -> None:
    chance = random.Random(1)
    before = {f"/{name}": chance.randbytes(30_000) for name in "abc"}
    after = {**before, "/c": chance.randbytes(600_000), "/d/e": b"new"}
    for name, tree in (("old", before), ("new", after)):
        write_tree(tmp_path / name, tree)
        packs.build(tmp_path / name, tmp_path / f"{name}.pack")
    packs.diff(tmp_path / "old.pack", tmp_path / "new.pack", tmp_path / "x.patch")
    packs.keygen(tmp_path / "k.key", tmp_path / "k.pub")
    desk = write_tree(tmp_path / "old desk", {"/c": b"mine"} if deed == "extract" else {})
    if deed != "extract":
        (desk / "base.pack").write_bytes((tmp_path / "old.pack").read_bytes())
    command = [sys.executable, str(Path(__file__).with_name("failing.py")), deed, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[0]) >= fewest


def test_leftovers_go_when_the_game_starts(tmp_path: Path) -> None:
    packs.build(write_tree(tmp_path / "src", {"/a": b"a"}), tmp_path / "base.pack")
    (tmp_path / ".base.pack.a1b2c3d4.part").write_bytes(b"half a pack")
    (tmp_path / ".mine.part").write_bytes(b"mine")
    ResourceManager(tmp_path / "base.pack", watch=False).close()
    assert hidden_names(tmp_path) == [".mine.part"]
