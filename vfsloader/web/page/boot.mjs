// Starts the game: loads Pyodide, unpacks the compiled modules, fetches the mods, and runs the game's main().
const status = (text) => { document.getElementById("status").textContent = text; };
const log = (text) => { document.getElementById("log").textContent += text + "\n"; };
window.vfsloader = { isReady: false, error: null };

try {
  const game = await (await fetch("game.json")).json();
  const { loadPyodide } = await import(new URL(game.pyodide + "pyodide.mjs", location.href));
  const python = await loadPyodide({ stderr: log });
  window.vfsloader.python = python;
  status("Unpacking …");
  python.FS.writeFile("/modules.tar.xz", new Uint8Array(await bytes(game.modules)));
  python.FS.mkdirTree("/game/mods");
  await Promise.all(game.mods.map(async (name) => {
    python.FS.writeFile("/game/mods/" + name, new Uint8Array(await bytes("mods/" + encodeURIComponent(name))));
  }));
  python.globals.set("_game", JSON.stringify(game));
  await python.runPythonAsync(`
import os, sys, tarfile
with tarfile.open("/modules.tar.xz") as archive:
    archive.extractall("/modules", filter="data")
os.unlink("/modules.tar.xz")
sys.path.insert(0, "/modules")
from vfsloader.web.start import start
await start(_game)
`);
  status("");
  window.vfsloader.isReady = true;
} catch (error) {
  window.vfsloader.error = String(error);
  status("The game did not start.");
  log(String(error));
}

async function bytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: the server answers ${answer.status}`);
  return answer.arrayBuffer();
}
