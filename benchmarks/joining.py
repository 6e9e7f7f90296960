"""The menu while it downloads, and joining a host: what a frame takes, and what a client receives."""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.timing import Row

FRAME_SECONDS = 0.016
MODS, DOWNLOAD_MB = 5, 32
#: What the calibration runs in a process of its own: the same bytes, written and hashed, without a game.
_ELSEWHERE = """
import hashlib, sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as answer, open(sys.argv[2], "wb") as out:
    digest = hashlib.sha256()
    while data := answer.read1(1 << 18):
        out.write(data)
with open(sys.argv[2], "rb") as file:
    hashlib.file_digest(file, "sha256")
"""


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    yield from _frames(at / "frames")


def _frames(at: Path) -> Iterator[Row]:
    """Draw the page "Get mods" while mods are fetched on a thread, and while another process fetches them, in turn."""
    from vfsloader.distribution import build_index

    for mod in range(MODS):
        folder = at / "studio" / f"mod{mod}"
        folder.mkdir(parents=True)
        (folder / "mod.toml").write_text(f'id = "mod{mod}"\nname = "Mod {mod}"\nversion = "1.0"')
        for number in range(DOWNLOAD_MB // 8):
            (folder / f"{number}.bin").write_bytes(random.Random(number + mod).randbytes(8 << 20))
    build_index(at / "studio", at / "public")
    with _server("serve", str(at / "public")) as address:
        times, switches, others = _fetch_and_draw(at, address)
    slow, slow_there = (sum(one > FRAME_SECONDS for one in frames) for frames in (times, others))
    share, share_there = slow / len(times), slow_there / len(others)
    what = f"frames over 16 ms during downloads, {slow} of {len(times)}"
    against = f"1 % more than beside a process, {slow_there} of {len(others)}"
    yield Row(what, against, share / (share_there + 0.01), 1.0)
    middle, there = statistics.median(times) * 1e3, statistics.median(others) * 1e3
    yield Row(
        f"a frame while {DOWNLOAD_MB} MB arrive, {middle:.2f} ms", f"the same, {there:.2f} ms", middle / there, None
    )
    switch = statistics.median(switches)
    yield Row(f"the frame that switches the set, {switch * 1e3:.0f} ms", "16 ms", switch / FRAME_SECONDS, None)


def _fetch_and_draw(at: Path, address: str) -> tuple[list[float], list[float], list[float]]:
    """Return the times of frames during downloads, of those that switch, and during downloads of another process."""
    os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
    import pygame
    import vfsloader.pygame

    import vfsloader

    pygame.init()
    screen = pygame.display.set_mode((1280, 720))
    game = vfsloader.init("memory:", mods=at / "mods", watch=False)
    game.mods.sources.add(address, trust=True)
    menu = vfsloader.pygame.ModMenu(skin=vfsloader.pygame.Skin(language="en"))
    menu.is_open = True
    page: Any = menu._session.get

    def frame() -> float:
        start = time.perf_counter()
        menu.draw(screen)
        game.update()
        took = time.perf_counter() - start
        time.sleep(max(0.0, FRAME_SECONDS - took))  # a game waits for the screen
        assert not menu.message, menu.message
        return took

    def press(key: int) -> None:
        menu.handle(pygame.Event(pygame.KEYDOWN, key=key, mod=0))

    def settle() -> None:
        while page._looking is not None:
            frame()
        for _ in range(10):
            frame()

    times, switches, others = [], [], []
    page.open()
    settle()
    for row in page.rows:
        press(pygame.K_RETURN)
        while menu.question is None:
            frame()
        press(pygame.K_RETURN)
        while page.working is not None:
            times.append(frame())
        switches.append(times.pop())
        press(pygame.K_DOWN)
        settle()
        source = f"{address}/by-hash/{row.mod.newest.file}"
        command = [sys.executable, "-c", _ELSEWHERE, source, str(at / "elsewhere")]
        with subprocess.Popen(command) as process:
            while process.poll() is None:
                others.append(frame())
    assert len(game.mods.enabled) == MODS
    game.close()
    pygame.quit()
    return times, switches, others


@contextlib.contextmanager
def _server(*words: str, folder: Path | None = None) -> Iterator[str]:
    """Run a command that serves; yield its address."""
    command = [sys.executable, "-m", "vfsloader", *words, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            assert process.stdout is not None
            text = ""
            while "}" not in text:
                line = process.stdout.readline()
                assert line, text
                text += line
            yield text.partition('"address": "')[2].partition('"')[0]
        finally:
            process.terminate()
