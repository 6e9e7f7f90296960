"""A game's life in a real Chromium: its pictures, mods, saves, and what is left when a tab is killed."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ranges_server import Server
from tests.web.browsing import chromium, pyodide
from vfsloader.web import pygbag_files
from vfsloader.web.build import build

_DEMO = Path(__file__).parents[2] / "demo_game"
_KILLS = int(os.environ.get("VFSLOADER_KILLS", "3"))
_SECONDS = 240
_DROP = """
const [name, text, done] = arguments;
const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0)), data = new DataTransfer();
data.items.add(new File([bytes], name));
document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
done();
"""
#: Writes numbered states, each three files that belong together and a row of a database, and says what is kept.
_WRITER = """
import asyncio
from vfsloader import VirtualFileSystem, web
async def write(first):
    vfs = VirtualFileSystem("/game/kept/Moonmoth%20%3C3/state.db")
    for number in range(first, first + 1000):
        with vfs.atomic_batch():
            for name in "abc":
                vfs.write_text(f"/{name}.txt", f"{number} " + str(number % 10) * 20_000)
        await web.flush()
        await asyncio.sleep(0)
asyncio.ensure_future(write(FIRST))
None
"""
_STATE = """
from vfsloader import VirtualFileSystem
def look():
    with VirtualFileSystem("/game/kept/Moonmoth%20%3C3/state.db") as vfs:
        if not vfs.exists("/a.txt"):
            return ""
        return "|".join(vfs.read_text(f"/{name}.txt") for name in "abc")
look()
"""


class Page:
    def __init__(self, browser: Any, address: str) -> None:
        self.browser = browser
        self.address = address

    def open(self) -> None:
        self.browser.get(self.address)
        self.wait("return window.vfsloader && (window.vfsloader.isReady || window.vfsloader.error)")
        assert self.script("return window.vfsloader.error") is None

    def script(self, code: str, *values: object) -> Any:
        return self.browser.execute_script(code, *values)

    def python(self, code: str) -> Any:
        return self.script("return window.vfsloader.python.runPython(arguments[0])", code)

    def awaited(self, code: str) -> Any:
        return self.browser.execute_async_script(
            "const done = arguments[1];"
            "window.vfsloader.python.runPythonAsync(arguments[0]).then(done, e => done('error ' + e))",
            code,
        )

    def wait(self, code: str) -> Any:
        deadline = time.monotonic() + _SECONDS
        while not (value := self.script(code)):
            assert time.monotonic() < deadline, code
            time.sleep(0.1)
        return value

    def wait_for_text(self, text: str) -> None:
        self.wait(f"return document.getElementById('side').textContent.includes({text!r})")

    def middle(self) -> list[int]:
        """The colour in the middle of the canvas."""
        return list(
            self.script(
                "const c = document.getElementById('canvas');"
                "return [...c.getContext('2d').getImageData(c.width / 4, c.height / 4, 1, 1).data]"
            )
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(_DEMO, folder / "demo_game", ignore=shutil.ignore_patterns("save.db*", "mods.json", "*.py"))
    noise = random.Random(1)
    (folder / "demo_game/assets/levels").mkdir()
    for number in range(120):  # most of a game is not needed for its first picture
        (folder / f"demo_game/assets/levels/{number}.bin").write_bytes(noise.randbytes(150_000))
    out = folder / "out"
    build(folder / "demo_game/game.toml", out, pyodide=pyodide(), title="Moonmoth <3")
    with Server(out) as server:
        yield server, out


@pytest.fixture
def page(served: tuple[Server, Path], tmp_path: Path) -> Iterator[Page]:
    browser = chromium(tmp_path / "profile")
    try:
        yield Page(browser, served[0].address + "/")
    finally:
        browser.quit()


def test_a_games_life(page: Page, served: tuple[Server, Path], tmp_path: Path) -> None:
    server, out = served
    pack = next(out.glob("base-*.pack"))
    page.open()
    share = server.sent[pack.name] / pack.stat().st_size
    print(f"{server.sent[pack.name]:,} of {pack.stat().st_size:,} bytes of the pack for the first picture: {share:.1%}")
    assert share <= 0.05
    page.wait_for_text("from base")
    assert page.script("return document.title") == "Moonmoth <3"
    before = page.middle()
    assert before[3] == 255
    page.script("document.getElementById('mod-dusk').click()")
    page.wait_for_text("from dusk")
    page.wait(
        "const c = document.getElementById('canvas').getContext('2d'), n = c.getImageData(160, 100, 1, 1).data;"
        f"return [...n].join() !== {','.join(map(str, before))!r}"
    )
    import base64
    import io
    import zipfile

    dropped = io.BytesIO()
    with zipfile.ZipFile(dropped, "w") as archive:
        archive.writestr("mod.toml", 'id = "paint"\nname = "Wet paint"\nversion = "1.0"\n')
    page.browser.execute_async_script(_DROP, "paint.zip", base64.b64encode(dropped.getvalue()).decode())
    page.wait_for_text("Wet paint")
    page.browser.execute_async_script(_DROP, "aux.zip", "UEs=")
    page.wait("return document.getElementById('log').textContent.includes('aux')")
    page.python(
        "from vfsloader.game.current import current\n"
        "current().vfs.write_text('/slot.json', '7')\n"
        "current().state('player')['gold'] = 12\n"
    )
    assert page.awaited("from vfsloader import web; await web.flush()") is None
    if folder := os.environ.get("VFSLOADER_SCREENSHOTS"):
        page.browser.save_screenshot(f"{folder}/browser.png")
    server.sent.clear()
    page.open()
    page.wait_for_text("from dusk")
    page.wait_for_text("Wet paint")
    assert server.sent[pack.name] == 0 or server.sent[pack.name] < 300_000  # the blocks are in IndexedDB
    seen = (
        "from vfsloader.game.current import current\n"
        "current().vfs.read_text('/slot.json') + ' ' + str(current().state('player')['gold'])"
    )
    assert page.python(seen) == "7 12"


def test_a_browser_that_keeps_nothing_starts_the_game_and_says_so_once(
    served: tuple[Server, Path], tmp_path: Path
) -> None:
    browser = chromium(tmp_path / "profile", keeps_files=False)
    try:
        page = Page(browser, served[0].address + "/")
        page.open()
        page.wait_for_text("from base")
        page.python("from vfsloader.game.current import current\ncurrent().vfs.write_text('/slot.json', '7')\n")
        assert page.python("current().vfs.read_text('/slot.json')") == "7"
        assert page.awaited("from vfsloader import web; await web.flush()") is None
        log = page.script("return document.getElementById('log').textContent")
        assert log.count("saves last only until the tab is closed") == 1
        assert len(log.splitlines()) == 1, log
        if folder := os.environ.get("VFSLOADER_SCREENSHOTS"):
            browser.save_screenshot(f"{folder}/browser_keeps_nothing.png")
    finally:
        browser.quit()


#: The parts of pygbag that count: its own module `platform`, and emscripten's file system at `Module`.
_LIKE_PYGBAG = """
import sys, types, js, pathlib
js.eval("window.Module = { FS: window.vfsloader.python.FS }")
sys.modules["platform"] = types.SimpleNamespace(window=js.window)
module = types.ModuleType("vfsloader.web.pygbag_files")
exec(SOURCE, module.__dict__)
sys.modules[module.__name__] = module
from vfsloader import web
folder = pathlib.Path("/data/data/moth/assets/kept")
"""


def test_saves_are_kept_by_what_pygbag_has(page: Page, served: tuple[Server, Path], tmp_path: Path) -> None:
    source = Path(pygbag_files.__file__).read_text()
    start = _LIKE_PYGBAG.replace("SOURCE", repr(source))
    persist = start + "kept = await web.persist(folder)\n"
    seen = "str([(file.name, len(file.read_bytes())) for file in sorted(folder.rglob('*')) if file.is_file()])"
    page.open()
    write = "(folder / 'saves').mkdir()\n" + "".join(
        f"(folder / '{name}').write_bytes(b'x' * {size})\n" for name, size in (("a", 1), ("saves/b", 70_000), ("c", 0))
    )
    other = "pathlib.Path('/data/data/moth/assets/kept-2').write_text('not inside')\n"
    assert page.awaited(f"{persist}{write}{other}await web.flush()\nkept.is_kept") is True
    page.open()
    assert page.awaited(persist + seen) == "[('a', 1), ('c', 0), ('b', 70000)]"
    # Kept by the task that looks, and without what was deleted.
    look = "import asyncio\n(folder / 'a').unlink()\nwhile not kept.is_kept: await asyncio.sleep(0.01)\n"
    assert page.awaited(f"{look}1") == 1
    page.open()
    assert page.awaited(persist + seen) == "[('c', 0), ('b', 70000)]"
    assert "is not empty" in page.awaited(persist + "1")

    browser = chromium(tmp_path / "private", keeps_files=False)
    try:
        private = Page(browser, served[0].address + "/")
        private.open()
        refused = private.awaited(persist + "await web.flush()\nkept.refused")
        assert "saves last only until the tab is closed" in refused
    finally:
        browser.quit()


def test_a_tab_that_is_killed_while_it_saves_leaves_the_old_state_or_the_new_one(page: Page) -> None:
    page.browser.get(page.address + "game.json")  # a page that stays, of the same origin
    last = 0
    for kill in range(_KILLS):
        page.browser.switch_to.new_window("tab")
        page.open()
        state = page.python(_STATE)
        parts = state.split("|") if state else []
        numbers = {int(part.split()[0]) for part in parts}
        assert len(numbers) <= 1, numbers
        for part in parts:
            number, content = part.split()
            assert content == str(int(number) % 10) * 20_000
        found = numbers.pop() if numbers else 0
        assert found >= last or not kill
        last = found
        page.python(_WRITER.replace("FIRST", str(found + 1)))
        time.sleep(0.3 + 0.13 * (kill % 7))  # not a wait for anything: the moment of the kill is random
        page.browser.close()
        page.browser.switch_to.window(page.browser.window_handles[0])
    assert _KILLS < 2 or last > 0
