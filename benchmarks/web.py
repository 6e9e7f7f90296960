"""The browser: what is loaded to start, and what importing costs in Pyodide, under Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row

_ROOT = Path(__file__).parents[1]
WHEEL_BYTES = 400_000
_RUN = """
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
const [pyodide, archive] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide + "/pyodide.mjs"));
const seconds = [[], []];
for (let round = 0; round < 5; round++)
  for (const all of [0, 1]) {
    const python = await loadPyodide();
    python.FS.writeFile("/modules.tar.xz", new Uint8Array(readFileSync(archive)));
    python.runPython("import tarfile; tarfile.open('/modules.tar.xz').extractall('/modules', filter='data')");
    python.globals.set("everything", all);
    seconds[all].push(python.runPython(`
import importlib, os, sys, time
sys.path.insert(0, "/modules")
start = time.perf_counter()
import vfsloader
vfsloader.VirtualFileSystem
if everything:
    for top, folders, names in os.walk("/modules/vfsloader"):
        for name in names:
            if "/pygame" not in top and name.endswith((".py", ".pyc")) and not name.startswith("__main__"):
                module = os.path.join(top, name)[len("/modules/"):].rpartition(".")[0].replace("/", ".")
                try: importlib.import_module(module.removesuffix(".__init__"))
                except (ImportError, OSError): pass
time.perf_counter() - start
`));
  }
const median = (numbers) => numbers.sort((a, b) => a - b)[2];
console.log(JSON.stringify([median(seconds[0]), median(seconds[1])]));
"""


def rows(folder: Path) -> Iterator[Row]:
    """The size of the wheel, and the time of imports."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(_ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    size = next(folder.glob("*.whl")).stat().st_size
    yield Row(f"the wheel: {size:,} bytes", f"{WHEEL_BYTES:,} bytes", size / WHEEL_BYTES, 1.0)
    pyodide, node = _ROOT / "build/npm/node_modules/pyodide", shutil.which("node")
    if node is None or not pyodide.is_dir():
        return
    from vfsloader.web.build import build

    (folder / "game").mkdir()
    (folder / "game/game.toml").write_text('base = "assets"\n')
    (folder / "game/assets").mkdir()
    (folder / "game/assets/a.txt").write_text("a")
    build(folder / "game/game.toml", folder / "out", pyodide=pyodide)
    (folder / "run.mjs").write_text(_RUN)
    archive = next((folder / "out").glob("modules-*.tar.xz"))
    size = archive.stat().st_size
    yield Row(f"the modules that a page loads: {size:,} bytes", f"{WHEEL_BYTES:,} bytes", size / WHEEL_BYTES, 1.0)
    done = subprocess.run(
        [node, str(folder / "run.mjs"), str(pyodide), str(archive)], check=True, capture_output=True, text=True
    )
    base, everything = json.loads(done.stdout)
    yield Row("import in Pyodide, up to a file system", "all packages imported", base / everything, 0.4)
