"""The adapters are found in a checkout and in an installed package."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Runs as if nothing were installed: only the checkout is importable.
UNINSTALLED = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
sys.path.insert(0, {root!r})
"""


@pytest.mark.parametrize("engine", ["pygame", "pyglet", "arcade", "fsspec"])
@pytest.mark.parametrize("use", ["import vfsloader.{}", "import vfsloader; vfsloader.{}.__all__"])
def test_a_checkout_needs_no_installation(use: str, engine: str, tmp_path: Path) -> None:
    script = UNINSTALLED.format(root=str(ROOT)) + use.format(engine)
    script += f"\nprint(sys.modules['vfsloader.{engine}'].__file__)"
    environment = {**os.environ, "ARCADE_HEADLESS": "True"}
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip().splitlines()[-1] == str(ROOT / "adapters" / engine / "__init__.py")


def test_a_missing_engine_is_named_with_its_extra() -> None:
    script = "import sys, vfsloader; sys.modules['pygame'] = None; vfsloader.pygame"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert 'pip install "vfsloader[pygame]"' in run.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = __import__("vfsloader").nope


def test_every_package_is_installed() -> None:
    """A checkout works without this list; a wheel contains just what is in it."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "vfsloader").rglob("__init__.py")}
    for file in (ROOT / "adapters").rglob("__init__.py"):
        there.add(".".join(("vfsloader", *file.parent.relative_to(ROOT / "adapters").parts)))
    assert sorted(listed) == sorted(there)
