"""Every snippet of the README and the docs runs, in the order in which a reader meets it."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from vfsloader.cli import main
from vfsloader.mods.metadata.manifest import parse_manifest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(page: Path, *languages: str) -> list[tuple[str, str]]:
    return [found.groups() for found in FENCE.finditer(page.read_text()) if found[1] in languages]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, and a player who leaves each game after three frames."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.import_module("vfsloader.game.current"), "_current", None)
    flip, frames = pygame.display.flip, iter(range(1000))

    def flip_and_leave() -> None:
        flip()
        if next(frames) % 3 == 2:
            pygame.event.post(pygame.Event(pygame.QUIT))

    monkeypatch.setattr(pygame.display, "flip", flip_and_leave)
    yield tmp_path
    if (game := importlib.import_module("vfsloader.game.current")._current) is not None:
        game.close()
    pygame.quit()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_the_snippets_of_a_page_run(page: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, text in snippets(page, "python", "toml", "sh"):
        if language == "python":
            exec(compile(text, f"{page.name}: {text[:40]}", "exec"), {})
        elif language == "toml" and "base" in text and "id =" not in text:
            (desk / "game.toml").write_text(text)
        elif language == "toml":
            import tomllib

            parse_manifest(tomllib.loads(text), page.name)
        else:
            for line in text.splitlines():
                if line.startswith("vfsloader "):
                    assert main(shlex.split(line)[1:]) == 0, line


def test_the_readmes_example_runs(desk: Path) -> None:
    import vfsloader

    store = vfsloader.Store(":memory:")
    picture = pygame.Surface((4, 4))
    pygame.image.save(picture, desk / "p.png")
    store.write("/sprites/p.png", (desk / "p.png").read_bytes())
    for name in ("base.pack", "expansion.pack"):
        vfsloader.packs.build(store, desk / name)
    (example,) = [text for _, text in snippets(ROOT / "README.md", "python")]
    once = example.replace("while running:", "for _ in range(3):")
    assert once != example
    names: dict[str, object] = {}
    exec(compile(once, "README.md", "exec"), names)
    assert names["player"].get_size() == (4, 4)


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_contributing_names_functions_that_exist() -> None:
    """In each step and table row, the names with brackets are defined in a file that the line links to."""
    text = re.sub(r"\n {2,}", " ", (ROOT / "CONTRIBUTING.md").read_text())
    lines = [line for line in text.splitlines() if line.startswith(("|", *"123456789"))]
    checked = 0
    for line in lines:
        files = [ROOT / target for target in re.findall(r"\]\((\S+\.py)\)", line)]
        trees = [ast.parse(file.read_text()) for file in files]
        defined = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for name in re.findall(r"`(\w+)\(\)`", line):
            checked += name in defined
            assert name in defined, f"{name} is not in {files}"
    assert checked >= 14


def test_the_readmes_commands_are_makes() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for command in ("demo", "test", "lint", "art", "picture"):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text()
