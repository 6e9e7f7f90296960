"""The wheel of a page: what is imported out of it does what the installed package does."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.test_without import SEEN, WITHOUT
from vfsloader.web import bundled, wheel
from vfsloader.web.minified import minified

_TESTS = Path(__file__).parents[1]
_LIFE = """
import importlib, runpy, sys, vfsloader
assert vfsloader.__file__.startswith(sys.argv[2])
runpy.run_path(sys.argv[3], run_name="__main__")
finder = sys.meta_path[0]
for name in finder.names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        assert error.name in ("vfsloader.web.browser", "apsw", None) or not error.name.startswith("vfsloader"), name
import vfsloader.pygame.mod_menu
try:
    import vfsloader.cli
except ModuleNotFoundError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel.build_wheel(tmp_path_factory.mktemp("wheel"), adapters=["pygame"])


def test_a_game_lives_on_the_modules_of_the_wheel(built: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "VFSLOADER_WITHOUT": "threads,apsw,watchfiles,anyio",
        "PYTHONPATH": os.pathsep.join([str(built), str(_TESTS / "platforms/without")]),
        "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    }
    command = [sys.executable, "-c", _LIFE, str(tmp_path), str(built), str(_TESTS / "platforms/small_game.py")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    wanted = SEEN.format(engine="sqlite3", batch=WITHOUT) + "vfsloader.cli is not in the wheel of this page\n"
    assert done.stdout == wanted


def test_installers_can_read_the_wheel(built: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(tmp_path)]
    subprocess.run([*command, str(built)], check=True, capture_output=True)
    code = "import vfsloader; print(vfsloader.__file__); vfsloader.VirtualFileSystem().write_text('/a', 'b')"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == str(tmp_path / "vfsloader/__init__.py"), done.stderr
    with zipfile.ZipFile(built) as archive:
        assert any(name.endswith("licenses/packaging/LICENSE.APACHE") for name in archive.namelist())


def test_a_short_source_does_the_same() -> None:
    long = (
        "def f(a: int = 1) -> str:\n"
        "    b: int\n"
        '    c: str = f"""x\n    {a}"""  # a comment\n'
        "    class D:\n        e: int = 2\n"
        "    return c\n"
        "if TYPE_CHECKING:\n    import a\n"
        "@overload\ndef g() -> int: ...\n"
        "def g(): '''Nothing.'''\n"
    )
    names: dict[str, object] = {}
    exec(minified(long), names)
    assert names["f"]() == "x\n    1"  # type: ignore[operator]
    assert "e: int" in minified(long)
    assert minified(long).endswith("def g():\n    pass") or minified(long).endswith("def g():\n pass")


def test_tracebacks_show_the_lines_of_modules_in_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"bundled_game/__init__.py": b"", "bundled_game/a.py": b"def f():\n 1 / 0\n"}
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, bundled.BundleFinder("/x.whl", files)])
    from importlib import import_module

    try:
        import_module("bundled_game.a").f()
    except ZeroDivisionError:
        assert "1 / 0" in traceback.format_exc()
    with pytest.raises(ModuleNotFoundError, match=r"bundled_game\.b is not in the wheel of this page"):
        import_module("bundled_game.b")
    for name in ("bundled_game.a", "bundled_game"):
        del sys.modules[name]


def test_variables_get_short_names_where_nothing_else_sees_them() -> None:
    long = (
        "number = 5\n"
        "def f(path, *, b=1):\n"
        "    total, squares = 0, [other * number for other in path]\n"
        "    for square in squares:\n"
        "        total += square\n"
        "    def inner():\n"
        "        return total\n"
        "    try:\n"
        "        raise ValueError(total)\n"
        "    except ValueError as error:\n"
        "        reason = str(error)\n"
        "    match {'key': 1, 'rest': 2}:\n"
        "        case {'key': value, **rest}:\n"
        "            found = (value, rest)\n"
        "    return f'{reason=}', inner(), found, b\n"
        "def g(secret):\n"
        "    visible = secret\n"
        "    return sorted(locals())\n"
    )
    short = minified(long)
    assert "squares" not in short
    names: dict[str, Any] = {}
    exec(short, names)
    assert names["f"]([1, 2]) == ("reason='15'", 15, (1, {"rest": 2}), 1)
    assert names["g"](1) == ["secret", "visible"]
