"""Imports modules out of one compressed file.

The wheel of a page has this module as its ``vfsloader/__init__.py``: one file of all modules is a third of the size of
the modules one by one, and nothing has to be unpacked. It imports nothing of vfsloader.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import lzma
import marshal
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import CodeType, ModuleType

#: The file with the modules, beside the ``__init__.py``.
FILE = "modules.xz"
#: What a compiled module begins with before its code.
_HEADER = 16


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return one compressed file of all files.

    Examples
    --------
    >>> unpack(pack([("a/__init__.py", b"x = 1")]))
    {'a/__init__.py': b'x = 1'}
    """
    listed = list(files)
    index = json.dumps([[name, len(data)] for name, data in listed]).encode()
    content = b"".join([index, b"\n", *(data for _, data in listed)])
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return what :func:`pack` was given."""
    index, _, content = lzma.decompress(packed).partition(b"\n")
    files: dict[str, bytes] = {}
    start = 0
    for name, size in json.loads(index):
        files[name] = content[start : start + size]
        start += size
    return files


class BundleFinder(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Finds modules in a mapping of files; each is a source, or compiled by this Python.

    Parameters
    ----------
    folder
        Where the files would be: what ``__file__`` begins with.
    files
        ``package/module.py`` or ``package/module.pyc``, and the content.
    """

    def __init__(self, folder: str, files: Mapping[str, bytes]) -> None:
        self._folder = folder
        self._files = files
        self._places: dict[str, str] = {}
        for file in files:
            name = file.rpartition(".")[0].replace("/", ".")
            self._places[name.removesuffix(".__init__")] = file
        self._own = {name.partition(".")[0] for name in self._places}

    @property
    def names(self) -> list[str]:
        """The modules that it has."""
        return sorted(self._places)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where a module is; a missing module of a package that is in the bundle is an error that says so."""
        if fullname in self._places:
            return importlib.util.spec_from_loader(fullname, self, is_package=self.is_package(fullname))
        if fullname.partition(".")[0] in self._own:
            raise ModuleNotFoundError(f"{fullname} is not in the wheel of this page", name=fullname)
        return None

    def get_filename(self, fullname: str) -> str:
        """Return where the file would be."""
        return os.path.join(self._folder, self._place(fullname))

    def is_package(self, fullname: str) -> bool:
        """Return whether a module is a package."""
        return self._place(fullname).rpartition("/")[2].startswith("__init__.")

    def get_source(self, fullname: str) -> str | None:
        """Return the source of a module, for tracebacks; None if it is compiled."""
        place = self._place(fullname)
        return self._files[place].decode() if place.endswith(".py") else None

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of a module."""
        place = self._place(fullname)
        if place.endswith(".pyc"):
            code: CodeType = marshal.loads(self._files[place][_HEADER:])  # noqa: S302 - our own
            return code
        return self.source_to_code(self._files[place], self.get_filename(fullname))

    def _place(self, fullname: str) -> str:
        try:
            return self._places[fullname]
        except KeyError:
            raise ImportError(f"there is no module {fullname}", name=fullname) from None


def install(init: str, loader: importlib.abc.ResourceLoader) -> CodeType | None:
    """Make the modules importable that are beside an ``__init__.py``; return the code of that package.

    Parameters
    ----------
    init
        The ``__file__`` of the package.
    loader
        Its ``__loader__``.
    """
    folder, name = os.path.split(os.path.dirname(init))
    files = unpack(loader.get_data(os.path.join(folder, name, FILE)))
    own = {file: data for file, data in files.items() if file.startswith(f"{name}/")}
    libraries = {file: data for file, data in files.items() if file not in own}
    finder = BundleFinder(folder, own)
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(BundleFinder(folder, libraries))  # those that are installed come first
    return finder.get_code(name)
