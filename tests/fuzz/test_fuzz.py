"""Twenty thousand corrupted inputs for all fuzz targets; ``make fuzz`` runs as many as it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

COUNT = int(os.environ.get("VFSLOADER_FUZZ", "20000"))
FIRST = int(os.environ.get("VFSLOADER_FUZZ_FIRST", "0"))
PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("target", TARGETS)
def test_corrupted_inputs_are_harmless(target: str, part: int) -> None:
    each = -(-COUNT // (len(TARGETS) * PARTS))
    command = [sys.executable, "-m", "tests.fuzz", target, str(FIRST + part * each), str(each)]
    # A hang inside C cannot be interrupted from Python; a second for each input is far more than any needs.
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60 + each, check=False
    )
    last = run.stdout.split()[-1] if run.stdout else "none"
    assert run.returncode == 0, f"exit {run.returncode} at input {last}\n{run.stderr[-6000:]}"
