"""A small web server for an index: for players in one network, and for tests. For the internet, use any static host.

It sends nothing but the files of the index: its paths are digests, so no name of a request ever reaches the disk.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from vfsloader import paths
from vfsloader.distribution.build import IndexFolder
from vfsloader.distribution.head import NAME
from vfsloader.errors import VFSError
from vfsloader.mods.metadata.mod import Mod
from vfsloader.packs.sign import Key

_PATH = re.compile(r"/(index\.json|by-hash/[0-9a-f]{64}(-[0-9a-f]{64})?\.[a-z.]{2,9})")
_RANGE = re.compile(r"bytes=([0-9]{1,15})-")
#: Seconds after which a client that sends or takes nothing is dropped, and clients at once.
_IDLE_SECONDS, _MOST_CLIENTS = 30, 64


class IndexServer:
    """Serves the files of an index until it is closed.

    Parameters
    ----------
    folder
        The folder that ``index build`` made.
    host, port
        Where to listen: this computer only by default; ``"0.0.0.0"`` for the whole network. Port 0 takes any free one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, IndexServer(folder) as server:
    ...     server.address
    'http://127.0.0.1:...'
    """

    def __init__(self, folder: paths.RealPath, host: str = "127.0.0.1", port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"folder": Path(folder), "slots": threading.Semaphore(_MOST_CLIENTS)})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address of the index."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def wait(self) -> None:
        """Wait until the server is closed, or the program is interrupted."""
        self._thread.join()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def index_of_set(mods: Iterable[Mod], folder: paths.RealPath, key: Key, name: str) -> list[str]:
    """Make a signed index of some mods, as far as their authors let a host pass them on.

    Parameters
    ----------
    mods
        The mods.
    folder
        The index to make.
    key
        The private key to sign with.
    name
        The name of the source.

    Returns
    -------
    list[str]
        Why some mods are not in it.
    """
    index = IndexFolder(folder)
    left_out = []
    for mod in mods:
        if not mod.manifest.sharing[1]:
            left_out.append(f"{mod.id}: its author does not allow passing it on")
            continue
        try:
            index.add(mod.path)
        except (VFSError, ValueError) as error:
            left_out.append(f"{mod.id}: {error}")
    index.publish([key], name=name)
    return left_out


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server_version, sys_version = "vfsloader", ""
    folder: Path
    slots: threading.Semaphore

    def do_GET(self) -> None:
        self._answer(send=True)

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def _answer(self, *, send: bool) -> None:
        match = _PATH.fullmatch(self.path)
        if match is None or not self.slots.acquire(blocking=False):
            self.send_error(404 if match is None else 503)
            return
        try:
            with open(self.folder / match[1], "rb") as file:
                size = os.fstat(file.fileno()).st_size
                wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
                start = int(wanted[1]) if wanted is not None else 0
                if wanted is not None and start >= size:
                    self.send_error(416)
                    return
                self.send_response(200 if wanted is None else 206)
                if wanted is not None:
                    self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
                self.send_header("Content-Length", str(size - start))
                self.send_header("Accept-Ranges", "bytes")
                kept = "no-cache" if match[1] == NAME else "public, max-age=31536000, immutable"
                self.send_header("Cache-Control", kept)
                self.end_headers()
                if send:
                    file.seek(start)
                    shutil.copyfileobj(file, self.wfile)
        except (FileNotFoundError, PermissionError):
            self.send_error(404)
        except OSError:  # the client went away
            self.close_connection = True
        finally:
            self.slots.release()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: requests are untrusted text."""
