"""A web server for the expansion. Every server that answers range requests will do: nginx, a bucket, a static host."""

import hashlib
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import vfsloader

vfsloader.packs.build("expansion", "expansion.pack", overwrite=True)
PACK = Path("expansion.pack").read_bytes()


class PackServer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-")).groups()
        part = PACK[int(first) : int(last) + 1 if last else None]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(PACK)}")
        self.send_header("Content-Length", str(len(part)))
        self.send_header("ETag", f'"{hashlib.sha256(PACK).hexdigest()}"')
        self.end_headers()
        self.wfile.write(part)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
server = ThreadingHTTPServer(("127.0.0.1", port), PackServer)
print(f"http://127.0.0.1:{server.server_port}/expansion.pack")
server.serve_forever()
