"""Twenty thousand spoilt inputs at all doors; ``make fuzz`` tries as many as it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.doors import DOORS

COUNT = int(os.environ.get("VFSLOADER_FUZZ", "20000"))
FIRST = int(os.environ.get("VFSLOADER_FUZZ_FIRST", "0"))
PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("door", DOORS)
def test_a_door_stands_what_comes(door: str, part: int) -> None:
    each = -(-COUNT // (len(DOORS) * PARTS))
    command = [sys.executable, "-m", "tests.fuzz", door, str(FIRST + part * each), str(each)]
    # A hang inside C cannot be stopped from Python; a second an input is far more than any takes.
    told = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60 + each, check=False
    )
    last = told.stdout.split()[-1] if told.stdout else "none"
    assert told.returncode == 0, f"exit {told.returncode} at input {last}\n{told.stderr[-6000:]}"
