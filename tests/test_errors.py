"""The exceptions: the tree in the docstring, and what each of them is for callers and for pickle."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from vfsloader import errors

ALL = {name: value for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}


def test_the_tree_in_the_docstring_is_complete() -> None:
    drawn: dict[str, tuple[str | None, str | None]] = {}
    ancestors: list[str] = []
    for indent, name, builtin in re.findall(r"^    ([│├└─ ]*)(\w+Error)(?: \((\w+)\))?$", errors.__doc__, re.MULTILINE):
        depth = len(indent) // 4
        del ancestors[depth:]
        drawn[name] = (ancestors[-1] if ancestors else None, builtin or None)
        ancestors.append(name)
    assert drawn.keys() == ALL.keys()
    for name, (parent, builtin) in drawn.items():
        bases = {base.__name__ for base in ALL[name].__bases__}
        assert bases - {"Exception"} == {base for base in (parent, builtin) if base is not None}


@pytest.mark.parametrize("name", [name for name, error in ALL.items() if issubclass(error, errors.PathError)])
def test_errors_about_a_path_have_what_the_builtin_has(name: str) -> None:
    error_type = ALL[name]
    if issubclass(error_type, errors.QuotaExceededError):
        error = error_type(3, 2, "/a.png", "there is no room for /a.png")
    else:
        error = error_type.at("/a.png", "there is no room for /a.png")
    for copy in (error, pickle.loads(pickle.dumps(error))):
        assert type(copy) is error_type
        assert (copy.errno, copy.filename, str(copy)) == (error_type.number, "/a.png", "there is no room for /a.png")


def test_a_hint_is_computed_once_and_only_when_the_message_is_read() -> None:
    calls: list[str] = []

    def hint() -> str:
        calls.append("computed")
        return "; did you mean /b?"

    error = errors.PathNotFoundError.at("/a", "no layer has /a").hinted(hint)
    assert not calls
    assert str(error) == str(error) == "no layer has /a; did you mean /b?"
    assert calls == ["computed"]


def test_a_hint_that_cannot_be_computed_is_left_out() -> None:
    def hint() -> str:
        raise ValueError("the layer is closed")

    assert str(errors.PathNotFoundError.at("/a", "no layer has /a").hinted(hint)) == "no layer has /a"
