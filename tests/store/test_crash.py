"""Killed at any moment, a store has all that was done and nothing by half."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: `make soak` asks for many more.
ROUNDS = int(os.environ.get("VFSLOADER_CRASHES", "160"))
PARTS = 4


@pytest.mark.parametrize("seed", range(PARTS))
def test_kill_9_loses_nothing_and_leaves_no_half(seed: int, tmp_path: Path) -> None:
    script = Path(__file__).with_name("crash_writer.py")
    command = [sys.executable, str(script), str(tmp_path), str(ROUNDS // PARTS), str(seed)]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout == f"{ROUNDS // PARTS} rounds\n"
