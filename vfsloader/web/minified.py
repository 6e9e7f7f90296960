"""Sources without what only readers and type checkers need: a third of the bytes, and quicker to compile."""

from __future__ import annotations

import ast
import functools

from vfsloader.web.short_names import shorten

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


@functools.lru_cache(2048)
def minified(source: str) -> str:
    r"""Return a module without comments, docstrings, and annotations of functions and their variables.

    Annotations of classes stay: dataclasses read them.

    Examples
    --------
    >>> minified("def half(x: int) -> int:\n    '''Halve it.'''\n    return x // 2  # rounds down")
    'def half(x):\n return x // 2'
    """
    written = ast.unparse(ast.fix_missing_locations(_Minifier().visit(ast.parse(source))))
    if '"""' in written or "'''" in written:
        return written  # a text over several lines keeps its indentation
    return "\n".join(
        " " * ((len(line) - len(line.lstrip(" "))) // 4) + line.lstrip(" ") for line in written.split("\n")
    )


class _Minifier(ast.NodeTransformer):
    def __init__(self) -> None:
        self._in_function = False

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(node, _DEFINITIONS) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
        if isinstance(body, list) and not body and not isinstance(node, ast.Module):
            body.append(ast.Pass())
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | None:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST | None:
        if any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list):
            return None
        node.returns = None
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if argument is not None:
                argument.annotation = None
        outer, self._in_function = self._in_function, True
        self.generic_visit(node)
        shorten(node)
        self._in_function = outer
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outer, self._in_function = self._in_function, False
        self.generic_visit(node)
        self._in_function = outer
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if not self._in_function:
            return node
        if node.value is None:
            return None
        return ast.Assign([node.target], node.value)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" and not node.orelse:
            return None
        return self.generic_visit(node)
