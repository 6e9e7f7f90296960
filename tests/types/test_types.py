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


Checker = Callable[[Path, dict[str, str]], Messages]
CHECKERS = pytest.mark.parametrize("run", [_run_mypy, _run_pyright], ids=["mypy", "pyright"])


def _check(run: Checker, folder: Path, environment: dict[str, str], kind: str) -> Messages:
    """Check a copy of the programs, where this repository's settings do not apply."""
    shutil.copytree(Path(__file__).parent / kind, folder, dirs_exist_ok=True)
    return run(folder, environment)


def _listed(messages: Messages) -> str:
    return "\n".join(f"{name}:{line}: {message.strip()}" for (name, line), message in sorted(messages.items()))


@CHECKERS
def test_right_programs_have_no_errors(run: Checker, tmp_path: Path, environment: dict[str, str]) -> None:
    messages = _check(run, tmp_path, environment, "good")
    assert not messages, _listed(messages)


@CHECKERS
def test_mistakes_are_reported_where_they_are(run: Checker, tmp_path: Path, environment: dict[str, str]) -> None:
    messages = _check(run, tmp_path, environment, "bad")
    marks = {
        (program.name, number): mark[1]
        for program in tmp_path.glob("*.py")
        for number, line in enumerate(program.read_text().splitlines(), 1)
        if (mark := MARK.search(line))
    }
    assert len(marks) > 30
    unreported = {at: word for at, word in marks.items() if not re.search(rf"\b{word}\b", messages.get(at, ""))}
    assert not unreported, f"not reported, or for another reason:\n{_listed(unreported)}\n\nall:\n{_listed(messages)}"
    unmarked = {at: message for at, message in messages.items() if at not in marks}
    assert not unmarked, _listed(unmarked)
