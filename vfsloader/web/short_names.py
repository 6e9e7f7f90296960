"""Short names for the variables of functions, where nothing else can see them."""

from __future__ import annotations

import ast
import itertools
import keyword
import string
from collections import Counter
from collections.abc import Iterator

_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
#: A function that calls one of these sees the names of its variables.
_INSPECTING = {"locals", "vars", "eval", "exec", "dir"}


def shorten(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Rename the variables of a function that no nested function, class or comprehension mentions.

    Parameters
    ----------
    function
        Changed in place. Its parameters keep their names: callers may use them.
    """
    own = [node for statement in function.body for node in _own(statement)]
    uses = Counter(node.id for node in own if isinstance(node, ast.Name))
    if uses.keys() & _INSPECTING:
        return
    bound = {node.id for node in own if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    mentioned = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    for node in own:
        if isinstance(node, _SCOPES):
            mentioned |= {name for below in ast.walk(node) for name in _names(below)}
        elif not isinstance(node, ast.Name):
            mentioned |= set(_names(node))
    taken = mentioned | uses.keys()
    free = (name for name in _short_names() if name not in taken)
    renamed = {name: next(free) for name, _ in uses.most_common() if name in bound - mentioned and len(name) > 1}
    for node in own:
        if isinstance(node, ast.Name):
            node.id = renamed.get(node.id, node.id)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Iterate over the nodes of a function that are in no scope below it; the scopes themselves are."""
    yield node
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def _names(node: ast.AST) -> Iterator[str]:
    """Iterate over the names in a node itself, however it uses them."""
    for field in ("id", "name", "arg", "asname", "rest"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value.partition(".")[0]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names


def _short_names() -> Iterator[str]:
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            name = "".join(letters)
            if not keyword.iskeyword(name) and name not in keyword.softkwlist:
                yield name
