"""Checks of the finished site: every public name has an entry in it.

``python -m tools.check_site build/site`` prints what is missing, and then its exit status is 1.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from cyclopts import App

from vfsloader.cli.commands import build_app

#: The modules whose `__all__` is public. Each has a page in docs/reference.
PUBLIC = (
    "vfsloader",
    "vfsloader.pygame",
    "vfsloader.pyglet",
    "vfsloader.arcade",
    "vfsloader.fsspec",
    "vfsloader.collections",
    "vfsloader.archives",
    "vfsloader.packs",
    "vfsloader.testing",
)


def public_names() -> list[str]:
    """Return the full names of all public classes and functions."""
    names = [f"{module}.{name}" for module in PUBLIC for name in importlib.import_module(module).__all__]
    return [name for name in names if name not in PUBLIC]


def command_names(app: App | None = None, chain: tuple[str, ...] = ("vfsloader",)) -> Iterator[str]:
    """Yield each command as users type it, such as ``vfsloader mods list``."""
    app = build_app() if app is None else app
    for name in app:
        if not name.startswith("-"):
            yield " ".join([*chain, name])
            yield from command_names(app[name], (*chain, name))


def member_names() -> list[str]:
    """Return the full names of the methods of all public classes, those of base classes of ours too."""
    found = []
    for name in public_names():
        module, _, attribute = name.rpartition(".")
        value = getattr(importlib.import_module(module), attribute)
        is_alias = getattr(value, "__name__", "") != attribute  # its members are those of the other name
        for base in value.__mro__ if isinstance(value, type) and not is_alias else ():
            if base.__module__.startswith("vfsloader"):
                members = (key for key, part in vars(base).items() if inspect.isfunction(part) and part.__doc__)
                found += [f"{name}.{key}" for key in members if not key.startswith("_")]
    return list(dict.fromkeys(found))


def missing_names(documented: set[str]) -> list[str]:
    """Return the public names, and the methods of public classes, that are not among the documented ones."""
    return [name for name in [*public_names(), *member_names()] if name not in documented]


def main(arguments: list[str]) -> int:
    """Check a site, and return the exit status."""
    from sphinx.util.inventory import InventoryFile

    (folder,) = arguments
    inventory = InventoryFile.loads((Path(folder) / "objects.inv").read_bytes(), uri="")
    documented = {name for kind in inventory.data if kind.startswith("py:") for name in inventory.data[kind]}
    missing = missing_names(documented)
    for name in missing:
        print(f"{name} is public, and no page of docs/reference documents it", file=sys.stderr)
    count = len(public_names()) + len(member_names())
    print(f"{count - len(missing)} of {count} public names and methods are documented")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
