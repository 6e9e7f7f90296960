"""Packages whose names are imported when they are first used, so that a program pays for what it uses."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a package.

    Parameters
    ----------
    package
        The package.
    homes
        The names that it offers, each with the module below the package that has it.

    Examples
    --------
    >>> get, names = lazy_names("xml", {"Element": "etree.ElementTree"})
    >>> get("Element").__name__
    'Element'
    >>> get("Elemen")
    Traceback (most recent call last):
    ...
    AttributeError: module 'xml' has no attribute 'Elemen'
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        vars(sys.modules[package])[name] = value
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get, names
