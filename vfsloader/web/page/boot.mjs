// Starts the game: loads Pyodide, fetches the wheel and the mods, and runs the game's main().
const status = (text) => { document.getElementById("status").textContent = text; };
const log = (text) => { document.getElementById("log").textContent += text + "\n"; };
window.vfsloader = { isReady: false, error: null };

try {
  const game = await (await fetch("game.json")).json();
  const { loadPyodide } = await import(new URL(game.pyodide + "pyodide.mjs", location.href));
  const python = await loadPyodide({ stderr: log });
  window.vfsloader.python = python;
  status("Loading the game …");
  if (game.packages.length) {
    python._api._skip_unwind_fatal_error = true; // SDL unwinds the stack to leave its main loop
    python.canvas.setCanvas2D(document.getElementById("canvas"));
    await python.loadPackage(game.packages);
  }
  python.FS.mkdirTree("/game/mods");
  const put = async (address, path) => { python.FS.writeFile(path, new Uint8Array(await bytes(address))); };
  await Promise.all([
    put(game.wheel, "/game/vfsloader.whl"),
    game.program ? put(game.program, "/game/program.zip") : null,
    ...game.mods.map((name) => put("mods/" + encodeURIComponent(name), "/game/mods/" + name)),
  ]);
  python.globals.set("_game", JSON.stringify(game));
  await python.runPythonAsync(`
import sys
sys.path[:0] = ["/game/program.zip", "/game/vfsloader.whl"]
from vfsloader.web.start import start
await start(_game)
`);
  status("");
  window.vfsloader.isReady = true;
} catch (error) {
  window.vfsloader.error = String(error);
  const isStarted = !document.getElementById("status").textContent; // the game's main() has been called
  status(isStarted ? "The game has stopped." : "The game did not start.");
  log(String(error));
}

async function bytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: the server answers ${answer.status}`);
  return answer.arrayBuffer();
}
