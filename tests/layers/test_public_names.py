"""What a package says it exports exists."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import vfsloader

PACKAGES = [module.name for module in pkgutil.iter_modules(vfsloader.__path__, "vfsloader.") if module.ispkg]


@pytest.mark.parametrize(
    "name", [name for name in PACKAGES if name.split(".")[1] not in {"arcade", "pygame", "pyglet"}]
)
def test_every_exported_name_exists(name: str) -> None:
    package = importlib.import_module(name)
    assert [export for export in getattr(package, "__all__", ()) if not hasattr(package, export)] == []
