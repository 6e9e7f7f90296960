"""Twelve thousand corrupted inputs for all fuzz targets; ``make fuzz`` runs as many as it is asked for."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.registry import TARGETS
from tests.fuzz.watch import counts, watch

COUNT = int(os.environ.get("VFSLOADER_FUZZ", "12000"))
FIRST = int(os.environ.get("VFSLOADER_FUZZ_FIRST", "0"))
#: Processes of one target: many inputs are shared out.
PARTS = 2 if COUNT > 100_000 else 1


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("target", TARGETS)
def test_corrupted_inputs_are_harmless(target: str, part: int) -> None:
    each = -(-counts(COUNT)[target] // PARTS)
    report = watch(target, FIRST + part * each, each)
    assert report.is_clean, str(report)
    assert report.inputs == each
