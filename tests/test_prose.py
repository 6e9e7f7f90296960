"""Docstrings, comments and messages use the words that Python programmers use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(file for folder in ("vfsloader", "adapters") for file in (ROOT / folder).rglob("*.py"))
#: The first words of a docstring that say nothing, and words that make a reader stop.
EMPTY_BEGINNING = re.compile(r"(Give|Tell)s?\b")
RARE_WORD = re.compile(r"\b(anew|whoever|spoilt|afar|strangers?)\b", re.IGNORECASE)


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yield each docstring with the line on which it begins."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text is not None:
                yield node.body[0].lineno, text


def test_docstrings_say_what_a_function_does() -> None:
    """They begin with Return, Read or Write, and not with Give or Tell."""
    hits = [
        f"{file.relative_to(ROOT)}:{line}: {text.splitlines()[0]}"
        for file in FILES
        for line, text in docstrings(file.read_text(encoding="utf-8"))
        if EMPTY_BEGINNING.match(text)
    ]
    assert not hits, f"{len(hits)} docstrings:\n" + "\n".join(hits)


def test_rare_words_are_not_used() -> None:
    hits = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in FILES
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if RARE_WORD.search(line)
    ]
    assert not hits, f"{len(hits)} lines:\n" + "\n".join(hits)
