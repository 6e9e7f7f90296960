"""Folders that stay in pygbag, whose own file systems are all in memory: copies of them in the browser's IndexedDB.

As in :mod:`vfsloader.web.storage`, all files of a folder are written in one transaction. pygbag cannot wait for a
promise that fails, so each call gets a ticket, and the answer to a ticket is asked for.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

_SCRIPT = """
window.vfsloaderFiles ??= (() => {
  const answers = {};
  const ask = (work) => {
    const ticket = `ticket ${Object.keys(answers).length}`;
    answers[ticket] = "";
    work().then(() => { answers[ticket] = "done"; }, (error) => { answers[ticket] = `refused: ${error}`; });
    return ticket;
  };
  const promised = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const open = () => {
    const request = indexedDB.open("vfsloader", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files");
    return promised(request);
  };
  const inside = (folder) => IDBKeyRange.bound(`${folder}/`, `${folder}0`, false, true); // a zero comes after a slash
  const files = (FS, folder) => FS.readdir(folder).filter((name) => name !== "." && name !== "..").flatMap((name) => {
    const path = `${folder}/${name}`;
    return FS.isDir(FS.stat(path).mode) ? files(FS, path) : [[path, FS.readFile(path)]];
  });
  const keep = async (folder) => {
    const database = await open();
    const work = database.transaction("files", "readwrite"), store = work.objectStore("files");
    store.delete(inside(folder));
    for (const [path, data] of files(window.Module.FS, folder)) store.put(data, path);
    await new Promise((done, failed) => {
      work.oncomplete = done;
      work.onerror = work.onabort = () => failed(work.error);
    });
    database.close();
  };
  const restore = async (folder) => {
    const database = await open(), FS = window.Module.FS;
    const store = database.transaction("files").objectStore("files");
    const [paths, contents] = await Promise.all(
      [promised(store.getAllKeys(inside(folder))), promised(store.getAll(inside(folder)))]);
    paths.forEach((path, index) => {
      FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      FS.writeFile(path, contents[index]);
    });
    database.close();
  };
  return {
    keep: (folder) => ask(() => keep(folder)),
    restore: (folder) => ask(() => restore(folder)),
    answer: (ticket) => answers[ticket],
    keep_at_end: (folder) => addEventListener("pagehide", () => keep(folder).catch(() => {})),
  };
})();
"""


class PygbagFiles:
    """Copies a folder to IndexedDB and back.

    Parameters
    ----------
    window
        The page's window, as ``platform.window`` of pygbag.
    folder
        The folder.
    """

    def __init__(self, window: Any, folder: Path) -> None:
        self._folder = str(folder)
        window.eval(_SCRIPT)
        self._calls = window.vfsloaderFiles

    async def sync(self, _fs: object, populate: bool) -> None:
        """Write the folder as the browser has it, or else keep it.

        Raises
        ------
        OSError
            The browser refuses.
        """
        ticket = (self._calls.restore if populate else self._calls.keep)(self._folder)
        while not (answer := str(self._calls.answer(ticket))):
            await asyncio.sleep(0)
        if answer != "done":
            raise OSError(answer)

    def keep_at_end(self) -> None:
        """Keep the folder when the page is left, too."""
        self._calls.keep_at_end(self._folder)
