"""``python -m tests.fuzz.watch COUNT [FIRST] [TARGET…]``: try inputs in processes that may die, and report."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.fuzz.registry import TARGETS

#: An input that takes so many times its seconds of CPU is hanging: waiting for something, or deaf to signals.
PATIENCE, START_SECONDS = 10, 120.0
#: So many deaths say enough about a target.
MAX_DEATHS = 20


@dataclass
class Report:
    """What became of a target's inputs."""

    inputs: int = 0
    failures: int = 0
    crashes: list[int] = field(default_factory=list)
    hangs: list[int] = field(default_factory=list)
    peak_mb: int = 0
    errors: str = ""

    @property
    def is_clean(self) -> bool:
        return not (self.failures or self.crashes or self.hangs)

    def __str__(self) -> str:
        return (
            f"{self.inputs:,} inputs, {self.failures} failures, crashes {self.crashes}, hangs {self.hangs}, "
            f"peak {self.peak_mb} MB{'' if self.is_clean else chr(10) + self.errors}"
        )


def counts(total: int) -> dict[str, int]:
    """Return how many inputs each target gets."""
    weights = sum(target.weight for target in TARGETS.values())
    return {name: -(-total * target.weight // weights) for name, target in TARGETS.items()}


def watch(name: str, first: int, count: int) -> Report:
    """Try inputs; if the process dies of one, start another with the next."""
    report = Report()
    at, end = first, first + count
    while at < end and len(report.crashes) + len(report.hangs) < MAX_DEATHS:
        with tempfile.TemporaryFile("w+") as errors:
            last, status = _run(name, at, end - at, report, errors)
            errors.seek(0)
            report.errors = (report.errors + errors.read())[-20_000:]
        report.inputs += max(last + 1 - at, 0)
        if status is None or status == -signal.SIGXCPU:
            report.hangs.append(last)
        elif 0 <= status <= 100 and last == end - 1:
            report.failures += status
        else:
            report.crashes.append(last)
            report.errors += f"\n{name} {last}: exit {status}"
            if last < at:  # it cannot even start
                break
        at = last + 1
    return report


def _run(name: str, first: int, count: int, report: Report, errors: IO[str]) -> tuple[int, int | None]:
    """Return the last input that was tried, and how the process ended; None: it was ended here."""
    command = [sys.executable, "-m", "tests.fuzz", name, str(first), str(count)]
    last = first - 1
    patience = START_SECONDS
    # A thread would reserve 64 MB of addresses for what it allocates, and the limit of memory counts addresses.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=Path(__file__).parents[2], env=environment
    ) as process:
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        while True:
            try:
                line = lines.get(timeout=patience)
            except queue.Empty:
                process.kill()
                return last, None
            if not line:
                break
            with contextlib.suppress(ValueError):
                if line.startswith("peak "):
                    report.peak_mb = max(report.peak_mb, int(line.split()[1]))
                else:
                    last = int(line)
                    patience = TARGETS[name].seconds * PATIENCE
        return last, process.wait()


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


if __name__ == "__main__":
    total = int(sys.argv[1])
    begin = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    chosen = sys.argv[3:] or list(TARGETS)
    clean = True
    for target_name in chosen:
        result = watch(target_name, begin, total if sys.argv[3:] else counts(total)[target_name])
        print(f"{target_name}: {result}", flush=True)
        clean = clean and result.is_clean
    sys.exit(not clean)
