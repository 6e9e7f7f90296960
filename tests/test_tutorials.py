"""The tutorials: `make tutorials` follows all of them with the built wheel. Here one is, with the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import tutorials

GAMES = ("pygame", "pyglet", "arcade")
PAGES = sorted(tutorials.PAGES.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_a_file_or_a_command(page: Path) -> None:
    """And each program is Python, and each page has a window that is looked at before and after something happens."""
    todo = tutorials.steps(page.read_text())
    assert {step.kind for step in todo} <= {name[1:] for name in vars(tutorials.Reader)} | {"console"}
    for step in todo:
        if step.file.endswith(".py"):
            compile(step.text, step.file, "exec")
    assert len([step for step in todo if step.kind == "window"]) >= 2
    assert any(" not " in step.text for step in todo if step.kind == "window")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_program_is_run_after_it_is_saved(page: Path) -> None:
    """So `make tutorials` runs each snippet: by a command, by a page, or as a module of another program."""
    todo = tutorials.steps(page.read_text())
    for index, step in enumerate(todo):
        if step.file.endswith(".py"):
            later = " ".join(after.text for after in todo[index + 1 :] if after.kind in ("console", "start"))
            others = " ".join(other.text for other in todo if other.file.endswith(".py") and other.file != step.file)
            assert step.file in later or f"import {Path(step.file).stem}" in others, step.file


@pytest.mark.parametrize("game", GAMES)
def test_a_game_has_forty_lines(game: str) -> None:
    page = (tutorials.PAGES / f"{game}.md").read_text()
    (program,) = [step.text for step in tutorials.steps(page) if step.file == "game.py"]
    assert len([line for line in program.splitlines() if line]) <= 40


@pytest.mark.display
def test_a_tutorial_does_what_it_says(xvfb: str, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(tutorials.ROOT)}
    tutorials.Reader(tmp_path, Path(sys.executable), xvfb, environment).follow(tutorials.PAGES / "adopt.md")


@pytest.mark.display
def test_what_is_not_as_the_page_says_is_noticed(xvfb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tutorials, "SECONDS", 0.5)
    page = tmp_path / "page.md"
    reader = tutorials.Reader(tmp_path, Path(sys.executable), xvfb)
    page.write_text("Save this into `a.py`:\n\n```python\nprint(1)\n```\n\n```console\n$ python a.py\n2\n```\n")
    with pytest.raises(AssertionError, match="prints"):
        reader.follow(page)
    page.write_text(
        "Save this into `a.py`:\n\n```python\ninput()\n```\n\n<!-- start python a.py -->\n<!-- window #ffffff -->\n"
    )
    with pytest.raises(AssertionError, match=r"the window lacks|ended by itself"):
        reader.follow(page)
