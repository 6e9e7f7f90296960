// node node_pytest.mjs PYODIDE MOUNTS ARGUMENTS: pytest in Pyodide; MOUNTS is JSON, names in /site to folders of the disk.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, mounts, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide + "/pyodide.mjs"));
const python = await loadPyodide();
try {
for (const [name, folder] of Object.entries(JSON.parse(mounts))) {
  if (name.endsWith(".py")) {
    python.FS.mkdirTree("/site");
    python.FS.writeFile("/site/" + name, readFileSync(folder, "utf8"));
    continue;
  }
  python.FS.mkdirTree("/site/" + name);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/site/" + name);
}
python.globals.set("arguments", python.toPy(args));
const status = python.runPython(`
import os, sys
sys.path.insert(0, "/site")
sys.dont_write_bytecode = True
os.makedirs("/run")
os.chdir("/site")
with open("/run/pytest.ini", "w") as file:
    file.write("[pytest]\\nmarkers =\\n  apsw\\n  debian\\n  display\\n")
import pytest
int(pytest.main(["-c", "/run/pytest.ini", "--rootdir=/site", "--noconftest", "--import-mode=importlib", "-q", "-m", "not apsw",
    "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:threadexception", "-p", "no:unraisableexception",
    "-p", "no:hypothesispytest", *arguments]))
`);
process.exitCode = status;
} catch (error) {
  console.error(String(error.message ?? error).slice(-3000));
  process.exitCode = 3;
}
