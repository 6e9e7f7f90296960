"""The snippets in the README and the docs run, in the order of the page; links and names in them exist."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pygame
import pytest
import vfsloader.pygame

import vfsloader
from tools import check_site, docs_pages, readability, spelling
from vfsloader.assets.edits.parse import Fault, parse_edits
from vfsloader.cli import main
from vfsloader.datamerge.maps.edit_file import read_edits
from vfsloader.mods.choices import ModChoices
from vfsloader.mods.messages import PROBLEMS
from vfsloader.mods.metadata.manifest import parse_manifest
from vfsloader.runtime.budget import Budget
from vfsloader.web.build import PYODIDE

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(page: Path, *languages: str) -> list[tuple[str, str]]:
    """Return the language and the text of each code block in one of the languages."""
    return [(block[1], block[2]) for block in FENCE.finditer(page.read_text()) if block[1] in languages]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder; each game gets a QUIT event after three frames."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.import_module("vfsloader.game.current"), "_current", None)
    flip, frames = pygame.display.flip, iter(range(1000))

    def flip_and_quit() -> None:
        flip()
        if next(frames) % 3 == 2:
            pygame.event.post(pygame.Event(pygame.QUIT))

    monkeypatch.setattr(pygame.display, "flip", flip_and_quit)
    yield tmp_path
    if (game := importlib.import_module("vfsloader.game.current")._current) is not None:
        game.close()
    pygame.quit()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_the_snippets_of_a_page_run(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, text in snippets(page, "python", "toml", "sh"):
        if language == "python":
            exec(compile(text, f"{page.name}: {text[:40]}", "exec"), {})
        elif language == "toml" and page.name == "map-edits.md":
            assert not [edit.error for edit in read_edits(text.encode(), ModChoices(), Budget(page.name)) if edit.error]
        elif language == "toml" and "base" in text and "id =" not in text:
            (folder / "game.toml").write_text(text)
        elif language == "toml":
            table = tomllib.loads(text)
            if page.name == "picture-edits.md":
                edits = parse_edits(text.encode(), ModChoices())
                assert not [edit for edit in edits if isinstance(edit, Fault)]
                continue
            named = {} if "id" in table else {"id": "part-of-one", "name": "Part of one", "version": "1"}
            parse_manifest({**table, **named}, page.name)
        else:
            for line in text.splitlines():
                if line.startswith("vfsloader "):
                    assert main(shlex.split(line)[1:]) == 0, line


def test_the_example_in_the_readme_runs(folder: Path) -> None:
    store = vfsloader.Store(":memory:")
    picture = pygame.Surface((4, 4))
    pygame.image.save(picture, folder / "p.png")
    store.write("/sprites/p.png", (folder / "p.png").read_bytes())
    for name in ("base.pack", "expansion.pack"):
        vfsloader.packs.build(store, folder / name)
    (example,) = [text for _, text in snippets(ROOT / "README.md", "python")]
    once = example.replace("while running:", "for _ in range(3):")
    assert once != example
    names: dict[str, object] = {}
    exec(compile(once, "README.md", "exec"), names)
    assert names["player"].get_size() == (4, 4)


def test_links_exist() -> None:
    for page in [*PAGES, *TUTORIALS, ROOT / "CONTRIBUTING.md", ROOT / "RELEASING.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            is_generated = target.removeprefix("../").removeprefix("generated/").removesuffix(".md") in docs_pages.NAMES
            assert is_generated or (page.parent / target).exists(), f"{page.name}: {target}"


def test_links_of_the_readme_work_on_pypi() -> None:
    """They are absolute, and each that leads into the repository leads to a file."""
    text = (ROOT / "README.md").read_text()
    assert re.findall(r"\]\((?!https?:)([^)]+)\)", text) == [], (
        "PyPI shows the README too: run python -m tools.absolute_links"
    )
    source = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Source"]
    raw = source.replace("github.com", "raw.githubusercontent.com")
    targets = re.findall(rf"\]\((?:{re.escape(source)}/blob|{re.escape(raw)})/main/([^)#]+)", text)
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    for file in (".github/workflows/pages.yml", ".readthedocs.yaml"):  # which put the playground into the site
        assert f"pyodide@{PYODIDE}\n" in (ROOT / file).read_text().replace(" # for the playground", "")


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


def test_the_walk_through_one_call_is_what_happens(folder: Path) -> None:
    """The first function of each step in CONTRIBUTING is called, in the order of the steps."""
    step = re.compile(r"^\d\. .*?\]\((\S+\.py)\).*?`(\w+)\(\)`", re.MULTILINE | re.DOTALL)
    steps = [(str(ROOT / file), function) for file, function in step.findall((ROOT / "CONTRIBUTING.md").read_text())]
    assert len(steps) == 8
    (folder / "sprites").mkdir()
    pygame.image.save(pygame.Surface((4, 4)), folder / "sprites" / "p.png")
    vfsloader.init(folder, watch=False)
    load_image = vfsloader.pygame.load_image
    calls: list[tuple[str, str]] = []

    def record(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            calls.append((frame.f_code.co_filename, frame.f_code.co_name))

    sys.setprofile(record)
    try:
        load_image("/sprites/p.png")
    finally:
        sys.setprofile(None)
    remaining = iter(calls)
    for call in steps:
        assert call in remaining, f"{call} is not called, or not after the steps before it"


def test_make_targets_exist_and_are_documented() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    pages = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    documented = set(re.findall(r"(?:^|`)make ([\w-]+)", pages, re.MULTILINE))
    assert documented == set(phony.split()) - {"types", "clean"}
    assert {"make lint", "make test"} <= set((ROOT / ".ci" / "run").read_text().splitlines())


def test_every_page_of_the_site_is_in_its_contents() -> None:
    """Each public module has a page of reference, and each page is in the contents of another one."""
    listed = set()
    for page in (ROOT / "docs").glob("*.md"):
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            listed |= {line for line in block.splitlines() if line and not line.startswith(":")}
    pages = {page.stem for page in PAGES if page.name not in ("README.md", "index.md")}
    pages |= {f"tutorials/{page.stem}" for page in TUTORIALS}
    reference = {f"reference/{module.removeprefix('vfsloader.')}" for module in check_site.PUBLIC}
    reference.add("reference/objects")
    generated = {"generated/commands", "generated/manifest", "generated/problems"}
    assert listed == pages | reference | generated | {"decisions/*"}
    for module in check_site.PUBLIC:
        page = ROOT / "docs" / "reference" / f"{module.removeprefix('vfsloader.')}.md"
        assert f".. automodule:: {module}\n" in page.read_text()


#: In a process of its own: pyglet may be without windows in this one, and then arcade cannot be imported.
DOCSTRINGS = """
import importlib
from tools import check_site
names = check_site.public_names()
assert len(names) > 100
members = check_site.member_names()
assert "vfsloader.ModManager.install" in members  # of a base class that is not public
for left_out in ("vfsloader.init", "vfsloader.VirtualFileSystem.read_bytes"):
    assert check_site.missing_names({*names, *members} - {left_out}) == [left_out]
for name in names:
    module, _, attribute = name.rpartition(".")
    value = getattr(importlib.import_module(module), attribute)
    assert isinstance(value, int) or value.__doc__, f"{name} has no docstring"
"""


def test_every_public_class_and_function_has_a_docstring_and_an_entry_that_is_looked_for() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DOCSTRINGS]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_no_page_has_a_sentence_of_more_than_thirty_words() -> None:
    assert readability.long_sentences("A sentence with " + "very " * 30 + "many words.") != []
    others = [ROOT / f"{name}.md" for name in ("CONTRIBUTING", "RELEASING", "SECURITY")]
    found = [
        (page.name, *long)
        for page in [*PAGES, *TUTORIALS, *others]
        for long in readability.long_sentences(page.read_text())
    ]
    assert found == [], "write two sentences, or a list"


def test_every_command_is_on_the_page_of_commands() -> None:
    headings = re.findall(r"^#+ (vfsloader .*)$", docs_pages.commands(), re.MULTILINE)
    assert sorted(headings) == sorted(check_site.command_names())


def test_every_problem_and_every_key_of_a_manifest_is_explained() -> None:
    kinds = re.findall(r"^## `(\w+)`$", docs_pages.problems(), re.MULTILINE)
    assert kinds == sorted(PROBLEMS)
    assert "{" not in docs_pages.problems()
    keys = re.findall(r"^\| `([\w.]+)` \|", docs_pages.manifest(), re.MULTILINE)
    assert keys == list(docs_pages.KEYS)


def test_cross_references_in_docstrings_lead_somewhere() -> None:
    reference = re.compile(r":(?:class|func|meth|attr|mod|data):`~?(vfsloader[\w.]+)`")
    files = [*(ROOT / "vfsloader").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
    named = {name for file in files for name in reference.findall(file.read_text())}
    assert len(named) > 30
    assert [name for name in sorted(named) if not _leads_somewhere(name)] == []


def _leads_somewhere(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for attribute in parts[count:]:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


def test_a_misspelt_word_is_found() -> None:
    """The pages themselves are checked by `make docs`; here the check is."""
    if shutil.which("aspell") is None:
        sentence = "this test needs aspell: apt-get install aspell aspell-en"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    text = "A moddable game of colours and colors, with a fingerprnt and Luanti's `fingrprint` in vfsloader.\n"
    assert spelling.unknown_words(text) == {"fingerprnt"}
    words = spelling.WORDS.read_text("utf-8").split("\n")[:-1]
    assert words == sorted(dict.fromkeys(words), key=str.casefold)
