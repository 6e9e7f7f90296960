"""Fixtures for all tests: engines without a screen, and a real screen for tests that ask for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import time

import hypothesis
import pytest

from vfsloader.store.sqlite import engine

# Machines are shared: no test asserts a time.
hypothesis.settings.register_profile("any machine", parent=hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("any machine")

if not engine.IS_APSW:
    # Tests that act as another program import apsw. Two libraries of SQLite in one process would not see each other's
    # locks, so these tests get what the package uses instead.
    from vfsloader.store.sqlite import standard

    sys.modules["apsw"] = standard

pytest_plugins = ["tests.remote.fixtures"]


@pytest.fixture
def screen() -> Iterator[object]:
    """pygame with a display and a mixer, both without a device."""
    import pygame

    pygame.init()
    yield pygame.display.set_mode((320, 200))
    pygame.quit()


@pytest.fixture
def xvfb() -> Iterator[str]:
    """The name of a real X display, made for this test."""
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        sentence = f"this test needs a display: apt-get install xvfb xdotool (missing: {', '.join(missing)})"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "960x600x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as output:
            number = output.readline().strip()
        assert number, "Xvfb did not start"
        try:
            yield f":{number}"
        finally:
            server.terminate()


@pytest.fixture
def wait_for() -> Callable[..., object]:
    """Wait until a condition holds; fail with its description after some seconds."""

    def wait(condition: Callable[[], object], what: str, seconds: float = 30.0) -> object:
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        return value

    return wait
