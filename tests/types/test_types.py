"""Type checkers see the package as its users do: they accept right programs and report the mistakes in wrong ones.

Each program in ``good/`` must pass ``mypy --strict`` and pyright's strict mode. In ``bad/``, both must report an error
on each line that ends in ``# error: WORD``, with the word in the message, and on no other line.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"# error: (\w+)$")

#: The messages about each (program, line).
Messages = dict[tuple[str, int], str]


def _run_mypy(folder: Path, environment: dict[str, str]) -> Messages:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-pretty", "."]
    checked = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert checked.returncode in (0, 1), checked.stdout + checked.stderr
    messages: Messages = defaultdict(str)
    for line in checked.stdout.splitlines():
        if match := re.match(r"(.+?):(\d+): (?:error|note): (.*)", line):
            messages[match[1], int(match[2])] += match[3] + "\n"
    return messages


def _run_pyright(folder: Path, environment: dict[str, str]) -> Messages:
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    checked = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert checked.returncode in (0, 1), checked.stdout + checked.stderr
    messages: Messages = defaultdict(str)
    for message in json.loads(checked.stdout)["generalDiagnostics"]:
        line = message["range"]["start"]["line"] + 1
        messages[Path(message["file"]).name, line] += message["message"] + "\n"
    return messages


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables with which a Python finds the package as if it were installed: the adapters are inside it."""
    installed = tmp_path_factory.mktemp("installed")
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "vfsloader", installed / "vfsloader", ignore=skip)
    shutil.copytree(ROOT / "adapters", installed / "vfsloader", ignore=skip, dirs_exist_ok=True)
    return {**os.environ, "PYTHONPATH": str(installed), "MYPY_CACHE_DIR": str(installed / ".mypy_cache")}


def _check(
    folder: Path, kind: str, run: Callable[[Path, dict[str, str]], Messages], environment: dict[str, str]
) -> Messages:
    """Run a checker over a copy of the programs, away from this repository's settings."""
    shutil.copytree(Path(__file__).parent / kind, folder, dirs_exist_ok=True)
    return run(folder, environment)


CHECKERS = pytest.mark.parametrize("run", [_run_mypy, _run_pyright], ids=["mypy", "pyright"])


@CHECKERS
def test_right_programs_have_no_errors(
    run: Callable[[Path, dict[str, str]], Messages], tmp_path: Path, environment: dict[str, str]
) -> None:
    assert _check(tmp_path, "good", run, environment) == {}


@CHECKERS
def test_mistakes_are_reported_where_they_are(
    run: Callable[[Path, dict[str, str]], Messages], tmp_path: Path, environment: dict[str, str]
) -> None:
    messages = _check(tmp_path, "bad", run, environment)
    expected = {
        (program.name, number): match[1]
        for program in tmp_path.glob("*.py")
        for number, line in enumerate(program.read_text().splitlines(), 1)
        if (match := MARK.search(line))
    }
    assert len(expected) > 20
    missed = {place: word for place, word in expected.items() if word not in messages.get(place, "")}
    surplus = {place: message for place, message in messages.items() if place not in expected}
    assert (missed, surplus) == ({}, {})
