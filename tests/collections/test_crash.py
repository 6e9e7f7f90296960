"""If a process is killed, its collections have every change that was done, whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: `make soak` asks for many more.
ROUNDS = int(os.environ.get("VFSLOADER_CRASHES", "80"))
PARTS = 4


@pytest.mark.parametrize("seed", range(PARTS))
def test_kill_9_loses_nothing_and_leaves_nothing_half_done(seed: int, tmp_path: Path) -> None:
    script = Path(__file__).with_name("crash_writer.py")
    command = [sys.executable, str(script), str(tmp_path), str(ROUNDS // PARTS), str(seed)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{ROUNDS // PARTS} rounds\n"
