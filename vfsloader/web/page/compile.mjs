// node compile.mjs PYODIDE FOLDER: compiles each .py in a folder with the Python of Pyodide, and removes the sources.
import { pathToFileURL } from "node:url";

const [pyodide, folder] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide + "/pyodide.mjs"));
const python = await loadPyodide({ env: { HOME: "/", PYTHONNODEBUGRANGES: "1" } });
python.FS.mkdirTree("/compiled");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/compiled");
python.runPython(`
import os, py_compile, sys
for top, folders, names in os.walk("/compiled"):
    for name in names:
        if name.endswith(".py"):
            path = os.path.join(top, name)
            shown = os.path.relpath(path, "/compiled")
            py_compile.compile(path, path + "c", shown, doraise=True, optimize=2)
            os.unlink(path)
`);
process.stdout.write(python.runPython("f'{sys.version_info[0]}.{sys.version_info[1]}'"));
