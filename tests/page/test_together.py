"""The page and others at once: two tabs, a text editor, a server that is killed, and the game beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import ImageGrab, ImageStat

from tests.page.conftest import Browser, Site, WaitFor, serve
from tools.page_sample import ROOT, make_game


def test_two_tabs_and_a_hand_edit_at_once(browser: Browser, fresh: Site, wait_for: WaitFor) -> None:
    browser.open(fresh)
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    try:
        browser.driver.get(fresh.server.address)
        browser.ready()
        browser.click("Winter comes: on")
        wait_for(lambda: "winter" not in fresh.state["disabled"], "mods.json")
        browser.driver.switch_to.window(first)
        browser.wait_for(lambda: browser.is_on("Winter comes"), "the other tab")
        # Somebody edits the file; the next click comes before anything else can notice.
        file = fresh.folder / "mods" / "mods.json"
        data = json.loads(file.read_text())
        data["profiles"]["default"]["disabled"].remove("dusk")
        data["mine"] = "kept"
        file.write_text(json.dumps(data))
        fresh.do("enable", mod="hollow")
        assert not {"winter", "dusk", "hollow"} & set(fresh.state["disabled"]), "nobody's change is lost"
        assert json.loads(file.read_text())["mine"] == "kept"
        for handle in browser.driver.window_handles:
            browser.driver.switch_to.window(handle)
            for name in ("Winter comes", "Last light", "The green hollow"):
                browser.wait_for(lambda: browser.is_on(name), name)  # noqa: B023
        file.write_text("{ broken")
        browser.wait_for(
            lambda: "was damaged" in str(fresh.get("api/mods").json["problems"]), "the damage to be noticed"
        )
    finally:
        for handle in browser.driver.window_handles:
            if handle != first:
                browser.driver.switch_to.window(handle)
                browser.driver.close()
        browser.driver.switch_to.window(first)


@contextmanager
def command(folder: Path, home: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``vfsloader ui``, and yield the process and the one line that it prints."""
    arguments = [sys.executable, "-m", "vfsloader", "ui", "--no-browser", "--game", str(folder), *more]
    environment = {**os.environ, "XDG_DATA_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_the_server_is_killed_and_started_again(browser: Browser, tmp_path: Path, wait_for: WaitFor) -> None:
    folder = make_game(tmp_path / "game", rich=False)
    with command(folder, tmp_path / "home") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        browser.driver.get(address)
        browser.ready()
        process.send_signal(signal.SIGKILL)
        process.wait()
        browser.sees("The server has ended", ".notice")
        browser.click("Winter comes: on")
        browser.sees("nothing was changed", ".toasts")
    assert not (folder / "mods" / "mods.json").exists()
    kept = next((tmp_path / "home").rglob("page.json"))
    assert kept.stat().st_mode & 0o077 == 0, "nobody else can read the token"
    with command(folder, tmp_path / "home") as (_, again):
        assert again == address
        browser.wait_for(lambda: "The server has ended" not in browser.text(".notice"), "the page to go on", 20)
        browser.click("Winter comes: on")
        wait_for(lambda: (folder / "mods" / "mods.json").exists(), "the change")
        with command(folder, tmp_path / "home") as (_, other):
            assert other != address, "the port is taken"
    browser.errors()  # a server that is gone is an error of the browser's log


def test_a_new_address_when_the_old_one_is_old(tmp_path: Path) -> None:
    folder = make_game(tmp_path / "game", rich=False)
    with command(folder, tmp_path / "home") as (_, address):
        pass
    kept = next((tmp_path / "home").rglob("page.json"))
    data = json.loads(kept.read_text())
    kept.write_text(json.dumps({**data, "at": data["at"] - 13 * 3600}))
    with command(folder, tmp_path / "home") as (_, later):
        assert later.split("/")[-2] != address.split("/")[-2]
    kept.write_text('{"port": "x", "token": 5}')
    with command(folder, tmp_path / "home", "--json") as (process, _):
        assert process.stdout is not None
        assert "http://127.0.0.1" in process.stdout.readline()


def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    folder = make_game(tmp_path / "game", rich=False)
    for site in serve(folder):
        arguments = [
            sys.executable,
            "-m",
            "vfsloader",
            "ui",
            "--no-browser",
            "--game",
            str(folder),
            "--port",
            str(site.server.port),
        ]
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        run = subprocess.run(arguments, capture_output=True, text=True, env=environment, timeout=60)
        assert run.returncode == 1
        assert "Traceback" not in run.stderr


@pytest.mark.display
@pytest.mark.parametrize("inside", [False, True], ids=["beside", "inside"])
def test_a_switch_shows_in_the_games_window(
    browser: Browser, xvfb: str, tmp_path: Path, wait_for: WaitFor, inside: bool
) -> None:
    folder = make_game(tmp_path / "game", rich=False)
    environment = {
        **os.environ,
        "DISPLAY": xvfb,
        "SDL_AUDIODRIVER": "dummy",
        "SDL_VIDEODRIVER": "x11",
        "PYTHONPATH": str(ROOT),
    }
    script = """
import sys, pygame, vfsloader
pygame.init()
from demo_game.game import Game
with vfsloader.ResourceManager.from_config(sys.argv[1]) as manager:
    vfsloader.use(manager)
    game, clock = Game(), pygame.time.Clock()
    print(manager.serve_inspector().address if sys.argv[2] == "True" else "", flush=True)
    while True:
        game.frame(min(clock.tick(60) / 1000, 0.05))
"""
    playing = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), str(inside)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )

    def brightness() -> float:
        assert playing.poll() is None, "the game ended"
        shot = ImageGrab.grab((10, 420, 110, 560), xdisplay=xvfb).convert("RGB")
        return sum(ImageStat.Stat(shot).mean) / 3

    def switch(address: str) -> None:
        browser.driver.get(address)
        browser.ready()
        wait_for(lambda: brightness() > 5, "the first picture")
        night = brightness()
        browser.click("Winter comes: on")
        wait_for(lambda: brightness() > night + 50, "snow on the hills", 30)
        browser.wait_for(lambda: browser.is_on("Winter comes"), "the page to show it")
        browser.focus("Winter comes")
        browser.press(" ")
        wait_for(lambda: brightness() < night + 10, "the night to come back", 30)

    try:
        assert playing.stdout is not None
        printed = "\n"
        while printed == "\n" or "pygame" in printed:  # pygame greets
            printed = playing.stdout.readline()
            if not inside:
                break
        if inside:
            switch(printed.strip())
            browser.driver.get(f"{printed.strip()}#/live")
            browser.ready()
            browser.sees("/backgrounds/garden.png", ".resources")
            browser.sees("frames a second", ".tiles")
            with urllib.request.urlopen(f"{printed.strip()}api/state") as answer:
                assert json.loads(answer.read())["live"]
        else:
            for site in serve(folder):
                switch(site.server.address)
    finally:
        playing.kill()
        playing.wait()
        assert playing.stdout is not None
        playing.stdout.close()
    assert shutil.which("Xvfb")
