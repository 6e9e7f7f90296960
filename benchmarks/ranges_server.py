"""A web server for a folder, which supports ranges and counts the bytes that it sends."""

from __future__ import annotations

import re
import threading
from collections import Counter
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map: ClassVar = {
        "": "application/octet-stream",
        ".html": "text/html",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
    }
    server: Any

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        self.server.asked.add(file.name)
        if file.is_dir():
            file = file / "index.html"
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        if asked is not None:
            first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            data = data[first : last + 1]
        else:
            self.send_response(200)
        self.send_header("ETag", f'"{file.stat().st_mtime_ns}"')
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store" if asked is not None else "max-age=600")
        self.end_headers()
        self.server.sent[file.name] += len(data)
        self.wfile.write(data)

    def log_message(self, *_values: object) -> None:
        pass


class Server:
    def __init__(self, folder: Path) -> None:
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0),
            lambda *values: _Handler(*values, directory=str(folder)),  # type: ignore[arg-type]
        )
        self.sent: Counter[str] = Counter()
        #: The names that browsers asked for, whether there is such a file or not.
        self.asked: set[str] = set()
        self._server.sent, self._server.asked = self.sent, self.asked  # type: ignore[attr-defined]
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
