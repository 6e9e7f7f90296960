"""Type checkers see the package as its users do: they accept right programs and report the mistakes in wrong ones.

Each program in ``good/`` must pass ``mypy --strict`` and pyright's strict mode. A line of it that ends in
``# typo: WORD -> WRONG`` is also checked with that typo, in a copy of the program: both must report an error on the
line. In ``bad/``, both must report an error on each line that ends in ``# error: WORD``, with the word in the message,
and on no other line.
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
TYPO = re.compile(r"  # typo: (\S+) -> (\S+)$")

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


def _with_typos(folder: Path) -> dict[str, tuple[int, str]]:
    """Replace each program by copies that have one of its typos each; return the typos' lines and words by program."""
    typos = {}
    for program in sorted(folder.glob("*.py")):
        lines = program.read_text().splitlines()
        program.unlink()
        for index, line in enumerate(lines):
            if mark := TYPO.search(line):
                right, wrong = mark.groups()
                code = line[: mark.start()]
                changed = re.sub(rf"(?<!\w){re.escape(right)}(?!\w)", wrong, code, count=1)
                assert changed != code, f"{program.name}:{index + 1}: there is no {right}"
                copy = folder / f"{program.stem}_{index + 1}.py"
                copy.write_text("\n".join([*lines[:index], changed, *lines[index + 1 :], ""]))
                typos[copy.name] = (index + 1, wrong)
    return typos


def test_there_are_enough_programs() -> None:
    programs = list((Path(__file__).parent / "good").glob("*.py"))
    assert len(programs) >= 30
    assert sum(bool(TYPO.search(line)) for program in programs for line in program.read_text().splitlines()) >= 30


@CHECKERS
def test_a_typo_in_a_right_program_is_found(run: Checker, tmp_path: Path, environment: dict[str, str]) -> None:
    shutil.copytree(Path(__file__).parent / "good", tmp_path, dirs_exist_ok=True)
    typos = _with_typos(tmp_path)
    messages = run(tmp_path, environment)
    missed = {f"{name}:{line}": wrong for name, (line, wrong) in typos.items() if (name, line) not in messages}
    assert not missed, f"{missed}\n\nall:\n{_listed(messages)}"
