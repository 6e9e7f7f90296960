"""The page in the browser: its server with 1,000 mods and 100,000 files, and what a look into a running game costs."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.timing import Row, seconds
from vfsloader import Asset, ResourceManager, Store

MODS, FILES = 1000, 100_000
MEMORY_MB = 150
FRAME_SECONDS = 1 / 60


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    game = _make(at)
    walk = _walking(game)
    command = [sys.executable, "-m", "vfsloader", "ui", "--no-browser", "--game", str(game)]
    environment = {**os.environ, "XDG_DATA_HOME": str(at / "home")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            yield from _asking(address, walk)
            yield from _painting(address)
            yield from _switching(game, address)
            peak = _peak_mb(server.pid)
            yield Row(f"memory of the page's server, {peak:.0f} MB", f"{MEMORY_MB} MB", peak / MEMORY_MB, 1.0)
        finally:
            server.kill()
    yield from _inspecting()


def _make(at: Path) -> Path:
    folder = at / "game"
    for number in range(MODS):
        mod = folder / "mods" / f"mod{number:03}"
        (mod / "assets").mkdir(parents=True)
        rule = f'[requires]\n"mod{number - 1:03}" = "*"\n' if number % 10 else ""
        (mod / "mod.toml").write_text(
            f'id = "mod{number:03}"\nname = "Mod {number}"\nversion = "1.{number}"\n'
            f'description = "One of a thousand"\ntags = ["t{number % 7}"]\n{rule}'
        )
        for file in range(FILES // MODS):
            name = f"shared{file}.txt" if file < 2 else f"{number:03}-{file:03}.txt"
            (mod / "assets" / name).write_text(f"{number} {file}")
    (folder / "assets" / "assets").mkdir(parents=True)
    (folder / "assets" / "assets" / "shared0.txt").write_text("base")
    (folder / "game.toml").write_text('base = "assets"\nmods = "mods"\n')
    return folder


def _walking(game: Path) -> float:
    """Return the seconds that a walk over all files takes."""

    def walk() -> None:
        for folder, _, names in os.walk(game):
            for name in names:
                os.stat(os.path.join(folder, name))

    walk()
    return statistics.median(seconds(walk) for _ in range(5))


def _get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=120) as answer:
        return json.loads(answer.read())


def _post(address: str, **facts: Any) -> Any:
    request = urllib.request.Request(address, json.dumps(facts).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def _asking(address: str, walk: float) -> Iterator[Row]:
    against = f"walking 100,000 files ({walk * 1000:.0f} ms)"
    _get(f"{address}api/mods")
    listed = statistics.median(seconds(lambda: _get(f"{address}api/mods")) for _ in range(5))
    yield Row(f"list 1,000 mods, {listed * 1000:.0f} ms", against, listed / walk, None)
    first = seconds(lambda: _get(f"{address}api/find?text=warm"))
    yield Row(f"the first search of 100,000 names, {first * 1000:.0f} ms", against, first / walk, None)
    words = ("099", "shared", "500-05", "assets 77", "nothing-at-all")
    times = []
    for word in words:
        start = time.perf_counter()
        _get(f"{address}api/find?text={word.replace(' ', '+')}")
        times.append(time.perf_counter() - start)
    searched = statistics.median(times)
    yield Row(f"search 100,000 names, {searched * 1000:.0f} ms", "100 ms", searched / 0.1, 1.0)
    yield Row(f"search 100,000 names, {searched * 1000:.0f} ms", against, searched / walk, None)
    compared = seconds(lambda: _get(f"{address}api/conflicts"))
    yield Row(f"compare all layers, {compared * 1000:.0f} ms", against, compared / walk, None)


def _painting(address: str) -> Iterator[Row]:
    """Time from the navigation until the list of mods is in the document, in a real browser."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        times = []
        for _ in range(6):
            driver.get("about:blank")
            driver.get(address)
            while not driver.execute_script("return document.querySelector('.mod') !== null"):
                time.sleep(0.005)
            times.append(driver.execute_script("return performance.now()") / 1000)
        taken = statistics.median(times[1:])
        yield Row(f"first list of 1,000 mods in Chromium, {taken * 1000:.0f} ms", "1 s", taken, 1.0)
    finally:
        driver.quit()


def _switching(folder: Path, address: str) -> Iterator[Row]:
    """Time from a click to what a running game has loaded, with the game in another process's place: a thread."""
    with ResourceManager.from_config(folder) as game:
        held = game.handle("/assets/shared1.txt", lambda asset: asset.data)
        while not game.mods.enabled:
            game.update()
        time.sleep(1.0)
        times = []
        for step in range(12):
            wanted = b"998 1" if step % 2 == 0 else b"999 1"
            start = time.perf_counter()
            thread = threading.Thread(
                target=_post,
                args=(f"{address}api/do/{'disable' if step % 2 == 0 else 'enable'}",),
                kwargs={"mod": "mod999"},
            )
            thread.start()
            while held.value != wanted and time.perf_counter() - start < 10:
                game.update()
                time.sleep(0.001)
            times.append(time.perf_counter() - start)
            thread.join()
            time.sleep(0.3)
    taken = statistics.median(times[2:])
    yield Row(f"a switch until a game beside it shows it, {taken * 1000:.0f} ms", "100 ms", taken / 0.1, 1.0)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


class _Text:
    def __init__(self, asset: Asset) -> None:
        self.data = asset.data


def _inspecting() -> Iterator[Row]:
    """The processor time of a game that does nothing but wait, with and without an open page."""
    base = Store()
    for number in range(1000):
        base.write(f"/{number}.txt", b"x" * number)
    frames = 300

    def play(game: ResourceManager) -> float:
        start = time.process_time()
        for _ in range(frames):
            game.update()
            time.sleep(FRAME_SECONDS)
        return time.process_time() - start

    with ResourceManager(base, watch=False) as game:
        held = [game.load(f"/{number}.txt", _Text) for number in range(1000)]
        page = game.serve_inspector()
        closed, opened = [], []
        for _ in range(3):
            closed.append(play(game))
            stop = threading.Event()
            reader = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    f"import urllib.request as u\nfor _ in u.urlopen({page.address + 'api/events'!r}): pass",
                ]
            )
            for _ in range(90):  # the page opens, and gets all rows
                game.update()
                time.sleep(FRAME_SECONDS)
            opened.append(play(game))
            reader.kill()
            reader.wait()
            stop.set()
            for _ in range(30):
                game.update()
                time.sleep(FRAME_SECONDS)
        assert held
    more = max(0.0, statistics.median(opened) - statistics.median(closed)) / frames
    yield Row(
        f"an open page of a running game, {more * 1e6:.0f} µs a frame",
        "1 % of 16.7 ms",
        more / (0.01 * FRAME_SECONDS),
        1.0,
    )
