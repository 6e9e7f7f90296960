"""The browser: what is loaded to start, and what importing costs in Pyodide, under Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row
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
    yield Row("import in Pyodide, up to a file system", "all packages imported", base / everything, 0.4)
