"""The browser: what is loaded to start, and what importing costs in Pyodide, under Node.js."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ranges_server import Server
from benchmarks.timing import Row
from vfsloader.web.build import build
from vfsloader.web.wheel import build_wheel

_ROOT = Path(__file__).parents[1]
WHEEL_BYTES = 400_000
ADAPTERS = ("canvas", "pygame")
_RUN = """
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
const [pyodide, wheel] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide + "/pyodide.mjs"));
const seconds = [[], []];
for (let round = 0; round < 5; round++)
  for (const all of [0, 1]) {
    const python = await loadPyodide();
    python.FS.writeFile("/vfsloader.whl", new Uint8Array(readFileSync(wheel)));
    python.globals.set("everything", all);
    seconds[all].push(python.runPython(`
import importlib, sys, time
sys.path.insert(0, "/vfsloader.whl")
start = time.perf_counter()
import vfsloader
vfsloader.VirtualFileSystem
if everything:
    for name in list(sys.meta_path[0].names):
        try: importlib.import_module(name)
        except (ImportError, OSError): pass
time.perf_counter() - start
`));
  }
const median = (numbers) => numbers.sort((a, b) => a - b)[2];
console.log(JSON.stringify([median(seconds[0]), median(seconds[1])]));
"""


_SHOW = """
import js
from vfsloader import web
async def main(game, kept):
    picture = await web.load_image("/sprites/heart.png").ready()
    js.document.getElementById("canvas").getContext("2d").drawImage(picture.element, 0, 0)
    js.fetch("shown")
"""
_SECONDS = 120


def rows(folder: Path) -> Iterator[Row]:
    """The size of the wheels, the time of imports, and what of a pack is loaded for the first picture."""
    for adapter in ADAPTERS:
        (folder / adapter).mkdir()
        wheel = build_wheel(folder / adapter, adapters=[adapter] if adapter == "pygame" else [])
        size = wheel.stat().st_size
        yield Row(f"the wheel of a page, {adapter}: {size:,} bytes", f"{WHEEL_BYTES:,} bytes", size / WHEEL_BYTES, 1.0)
    pyodide, node = _ROOT / "build/npm/node_modules/pyodide", shutil.which("node")
    if node is None or not pyodide.is_dir():
        return
    (folder / "run.mjs").write_text(_RUN)
    wheel = next((folder / "canvas").glob("*.whl"))
    command = [node, str(folder / "run.mjs"), str(pyodide), str(wheel)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    base, everything = json.loads(done.stdout)
    if shutil.which("chromium") is not None:
        yield _first_picture(folder, pyodide)
    yield Row("import in Pyodide, up to a file system", "all packages imported", base / everything, 0.4)


def _first_picture(folder: Path, pyodide: Path) -> Row:
    """Open a page in Chromium until it shows a picture; count what it loads of the pack."""
    game = folder / "game"
    shutil.copytree(_ROOT / "demo_game/assets", game / "assets")
    noise = random.Random(1)
    for number in range(100):  # most of a game is not needed for its first picture
        (game / f"assets/{number}.bin").write_bytes(noise.randbytes(100_000))
    (game / "game.toml").write_text('base = "assets"\n')
    (game / "main.py").write_text(_SHOW)
    build(game, folder / "out", main=game / "main.py", pyodide=pyodide)
    pack = next((folder / "out").glob("base-*.pack"))
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with Server(folder / "out") as server:
        command = ["chromium", *options, f"--user-data-dir={folder / 'profile'}", f"{server.address}/index.html"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            deadline = time.monotonic() + _SECONDS
            while "shown" not in server.asked and time.monotonic() < deadline:
                time.sleep(0.1)
            browser.kill()
        if "shown" not in server.asked:
            raise TimeoutError(f"Chromium showed no picture within {_SECONDS} seconds")
        share = server.sent[pack.name] / pack.stat().st_size
    name = f"a pack's bytes to the first picture: {server.sent[pack.name]:,}"
    return Row(name, f"the whole pack: {pack.stat().st_size:,}", share, 0.05)
