"""The menu while it downloads, and joining a host: what a frame takes, and what a client receives."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.timing import Row

FRAME_SECONDS = 0.016
MODS, DOWNLOAD_MB = 5, 32
JOIN_MODS = 20
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
    yield from _joining(at / "joining")
    yield from _joining_large(at / "large")
    yield from _frames(at / "frames")


def _joining(at: Path) -> Iterator[Row]:
    """Let a guest join whose files differ in one of a hundred, spread over all mods; and one who has the same set.

    ``BENCH_JOIN_MB`` sets the size of the host's set: 2048 for the whole 2 GB.
    """
    from vfsloader import ResourceManager

    megabytes = int(os.environ.get("BENCH_JOIN_MB", "200"))
    size, count = 20_000, megabytes * 50 // JOIN_MODS
    for mod in range(JOIN_MODS):
        for who in ("host", "guest", "same"):
            folder = at / who / f"mod{mod}"
            folder.mkdir(parents=True)
            manifest = f'id = "mod{mod}"\nname = "Mod {mod}"\nversion = "1.0"\n[sharing]\nredistribute = true\n'
            (folder / "mod.toml").write_text(manifest)
        for number in range(count):
            data = random.Random(mod * count + number).randbytes(size)
            (at / "host" / f"mod{mod}" / f"{number}.bin").write_bytes(data)
            os.link(at / "host" / f"mod{mod}" / f"{number}.bin", at / "same" / f"mod{mod}" / f"{number}.bin")
            if number % 100:
                os.link(at / "host" / f"mod{mod}" / f"{number}.bin", at / "guest" / f"mod{mod}" / f"{number}.bin")
            else:
                (at / "guest" / f"mod{mod}" / f"{number}.bin").write_bytes(data[::-1])
    (at / "base").mkdir()
    games = {who: ResourceManager(at / "base", mods=at / who, watch=False) for who in ("host", "guest", "same")}
    whole = JOIN_MODS * count * size
    with games["host"].mods.serve() as server, _Counted(server.address) as line:
        code = server.join_address.partition("#")[2]
        start = time.perf_counter()
        with games["guest"].mods.join(f"{line.address}#{code}", confirm=lambda plan: True) as joined:
            took = time.perf_counter() - start
            assert joined.plan.fetched
            assert games["guest"].mods.fingerprint() == games["host"].mods.fingerprint()
        received = line.received
        what = f"a guest with 1 % of {whole / 1e6:.0f} MB different gets {received / 1e6:.2f} MB"
        yield Row(what, f"3 % of it; it took {took:.1f} s", received / (0.03 * whole), 1.0)
        line.received = line.connections = 0
        with games["same"].mods.join(f"{line.address}#{code}", confirm=lambda plan: True) as joined:
            assert joined.plan.is_same
        what = f"a guest with the same set gets {line.received} B by {line.connections} request"
        yield Row(what, "1 KB", line.received / 1_000, 1.0)
    for game in games.values():
        game.close()
    shutil.rmtree(at)


def _joining_large(at: Path) -> Iterator[Row]:
    """Let a guest join whose only files are large, and differ in one place of one percent each."""
    from vfsloader import ResourceManager

    for who in ("host", "guest"):
        (at / who / "maps").mkdir(parents=True)
        manifest = 'id = "maps"\nname = "Maps"\nversion = "1.0"\n[sharing]\nredistribute = true\n'
        (at / who / "maps" / "mod.toml").write_text(manifest)
        for number in range(4):
            data = random.Random(number).randbytes(16 << 20)
            changed = data[: 5 << 20] + random.Random(number + 9).randbytes(len(data) // 100) + data[5 << 20 :]
            (at / who / "maps" / f"{number}.bin").write_bytes(data if who == "guest" else changed)
    (at / "base").mkdir()
    host, guest = (ResourceManager(at / "base", mods=at / who, watch=False) for who in ("host", "guest"))
    with host.mods.serve() as server, _Counted(server.address) as line:
        address = f"{line.address}#{server.join_address.partition('#')[2]}"
        with guest.mods.join(address, confirm=lambda plan: True):
            assert guest.mods.fingerprint() == host.mods.fingerprint()
        what = f"four files of 16 MB, 1 % more in each: {line.received / 1e6:.2f} MB"
        yield Row(what, "3 % of them", line.received / (0.03 * (64 << 20)), 1.0)
    guest.close()
    host.close()
    shutil.rmtree(at)


class _Counted:
    """A line to a server that counts what comes back."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._target = host, int(port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.received = self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> _Counted:
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.connections += 1
                server = socket.create_connection(self._target)
                threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 18):
                self.received += len(data) * is_answer
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


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
    slow, slow_there = (sum(one > FRAME_SECONDS for part in rounds for one in part) for rounds in (times, others))
    count, count_there = sum(map(len, times)), sum(map(len, others))
    what = f"frames over 16 ms during downloads, {slow} of {count}"
    against = f"1 % more than beside a process, {slow_there} of {count_there}"
    yield Row(what, against, (slow / count) / (slow_there / count_there + 0.01), 1.0)
    middle, there = (statistics.median(one for part in rounds for one in part) * 1e3 for rounds in (times, others))
    yield Row(
        f"a frame while {DOWNLOAD_MB} MB arrive, {middle:.2f} ms", f"the same, {there:.2f} ms", middle / there, None
    )
    switch = statistics.median(switches)
    yield Row(f"the frame that switches the set, {switch * 1e3:.0f} ms", "16 ms", switch / FRAME_SECONDS, 1.0)


def _fetch_and_draw(at: Path, address: str) -> tuple[list[list[float]], list[float], list[list[float]]]:
    """Return the times of frames during each download, of those that switch, and during those of another process."""
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
        while page.is_looking:
            frame()
        for _ in range(10):
            frame()

    times: list[list[float]] = []
    others: list[list[float]] = []
    switches = []
    page.open()
    settle()
    for row in page.rows:
        press(pygame.K_RETURN)
        while menu.question is None:
            frame()
        press(pygame.K_RETURN)
        times.append([])
        while menu._session.work.working is not None:
            times[-1].append(frame())
        switches.append(times[-1].pop())
        press(pygame.K_DOWN)
        settle()
        source = f"{address}/by-hash/{row.mod.newest.file}"
        command = [sys.executable, "-c", _ELSEWHERE, source, str(at / "elsewhere")]
        with subprocess.Popen(command) as process:
            others.append([])
            while process.poll() is None:
                others[-1].append(frame())
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
