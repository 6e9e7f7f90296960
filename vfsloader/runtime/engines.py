"""Importing the library that an adapter is for, with an error that says which extra installs it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType

from vfsloader.errors import MissingExtraError


def import_engine(name: str, *, library: str | None = None) -> ModuleType:
    """Import the library of the adapter ``vfsloader.<name>``, whose extra has the same name.

    Parameters
    ----------
    name
        The module to import.
    library
        What it is called on PyPI, if that differs.

    Raises
    ------
    MissingExtraError
        It is not installed.

    Examples
    --------
    >>> import_engine("json").__name__
    'json'
    >>> import_engine("nowhere")
    Traceback (most recent call last):
    ...
    vfsloader.errors.MissingExtraError: vfsloader.nowhere needs nowhere; run: pip install "vfsloader[nowhere]"
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise MissingExtraError.of(f"vfsloader.{name}", library or name, name) from None


def find_engine(name: str) -> None:
    """Check that the library of the adapter ``vfsloader.<name>`` is installed, without importing it.

    Raises
    ------
    MissingExtraError
        It is not installed.

    Examples
    --------
    >>> find_engine("nowhere")
    Traceback (most recent call last):
    ...
    vfsloader.errors.MissingExtraError: vfsloader.nowhere needs nowhere; run: pip install "vfsloader[nowhere]"
    """
    is_there = sys.modules[name] is not None if name in sys.modules else importlib.util.find_spec(name) is not None
    if not is_there:
        raise MissingExtraError.of(f"vfsloader.{name}", name, name) from None
