"""The files of the page itself: only those that were there when the package was made, whatever a request says."""

from __future__ import annotations

import functools
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.responses import Response

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}


def static_file(path: str) -> Response:
    """Return a file of the page.

    Examples
    --------
    >>> static_file("").media_type, static_file("../app.py").status_code
    ('text/html; charset=utf-8', 404)
    """
    found = _files().get(path or "index.html")
    if found is None:
        return Response(b"404: the page has no such file\n", 404, media_type="text/plain")
    return Response(found.read_bytes(), media_type=_TYPES[path.rpartition(".")[2] or "html"], headers=_headers())


def _headers() -> dict[str, str]:
    return {"cache-control": "no-cache"}


@functools.cache
def _files() -> dict[str, Traversable]:
    """Return all files by their addresses."""
    found: dict[str, Traversable] = {}
    todo = [("", files("vfsloader.page") / "static")]
    while todo:
        prefix, folder = todo.pop()
        for item in folder.iterdir():
            if item.is_dir():
                todo.append((f"{prefix}{item.name}/", item))
            elif item.name.rpartition(".")[2] in _TYPES:
                found[prefix + item.name] = item
    return found
