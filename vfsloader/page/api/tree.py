"""The merged tree: folders, search in names and contents, files of the winner or of any layer, and downloads."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from vfsloader import paths
from vfsloader.errors import BudgetError, PathNotFoundError, VFSError
from vfsloader.layers.union import Found, Union
from vfsloader.page.api.asking import Ask, short
from vfsloader.page.safe_files import MOST_SHOWN_BYTES, attachment, file_answer
from vfsloader.page.session import Session

#: Results of a search, and seconds and bytes that a search in contents may take.
MOST_FOUND = 500
_SECONDS, _MOST_SEARCHED = 5.0, 4 << 20
#: Files of these kinds do not get smaller by compression.
_PACKED = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".ogg", ".mp3", ".flac", ".zip", ".7z", ".pack")
_PIECE = 256 << 10


def folder(ask: Ask) -> dict[str, Any]:
    """Answer with what is in a folder, as compact rows: name, whether it is a folder, size, layer, other layers."""
    path, union = ask.path(), ask.session.union
    union.need_folder(path)
    children = union.children(path)
    rows = [
        [short(name, 1000), int(found.entry.is_folder), found.entry.size, found.name]
        for name, found in sorted(children.items(), key=_folders_first)
    ]
    return {"path": path, "rows": rows}


def _folders_first(item: tuple[str, Found]) -> tuple[bool, Any]:
    return not item[1].entry.is_folder, paths.natural_key(item[0])


class Names:
    """The paths of all files, in a form that is searched in a few milliseconds.

    Parameters
    ----------
    union
        The tree.

    Attributes
    ----------
    paths
        All paths, sorted.
    """

    def __init__(self, union: Union) -> None:
        self.paths = sorted(paths.join(folder, name) for folder, _, names in union.walk(paths.ROOT) for name in names)
        self._folded = "\n".join(self.paths).casefold()
        if self._folded.count("\n") != max(0, len(self.paths) - 1):  # a name with a line break
            self._folded = ""

    def find(self, text: str, most: int = MOST_FOUND) -> tuple[list[str], int]:
        """Return the first paths in which all words occur, those that have the text in their name first; and how many.

        Examples
        --------
        >>> from vfsloader import Store
        >>> store = Store()
        >>> store.write("/sprites/hero.png", b""), store.write("/hero/sword.png", b"")
        (None, None)
        >>> from vfsloader.layers.union import Mount, Union
        >>> Names(Union([Mount("base", store)])).find("hero")
        (['/sprites/hero.png', '/hero/sword.png'], 2)
        """
        words = text.casefold().split()
        if not words:
            return self.paths[:most], len(self.paths)
        longest = max(words, key=len)
        hits = [path for path in self._having(longest) if all(word in path.casefold() for word in words)]
        in_name = [path for path in hits if longest in path.casefold().rpartition("/")[2]]
        if len(in_name) < most:
            named = set(in_name)
            in_name += [path for path in hits if path not in named][: most - len(in_name)]
        return in_name[:most], len(hits)

    def _having(self, word: str) -> Iterator[str]:
        if not self._folded:
            yield from (path for path in self.paths if word in path.casefold())
            return
        text, line, at = self._folded, 0, 0
        while (hit := text.find(word, at)) >= 0:
            line += text.count("\n", at, hit)
            end = text.find("\n", hit)
            yield self.paths[line]
            if end < 0:
                return
            line, at = line + 1, end + 1


def names_of(session: Session) -> Names:
    """Return the paths of all files."""
    return session.remember("names", lambda: Names(session.union))


def find(ask: Ask) -> dict[str, Any]:
    """Answer with the files in whose paths all words occur."""
    found, total = names_of(ask.session).find(ask.text("text", ""), ask.number("most", 200, MOST_FOUND))
    union = ask.session.union
    return {"total": total, "rows": [row for path in found if (row := _found_row(union, path)) is not None]}


def _found_row(union: Union, path: str) -> list[Any] | None:
    found = union.find(path)
    return None if found is None else [short(path, 5000), 0, found.entry.size, found.name]


def grep(ask: Ask) -> dict[str, Any]:
    """Answer with the lines of files in which a text occurs, as far as a few seconds allow."""
    session, text = ask.session, ask.text("text", most=200)
    wanted = text.encode()
    union = session.union
    rows: list[list[Any]] = []
    deadline = time.monotonic() + _SECONDS
    looked, is_cut = 0, False
    for path in names_of(session).paths if wanted else ():
        if len(rows) >= MOST_FOUND or time.monotonic() > deadline:
            is_cut = True
            break
        found = union.find(path)
        if found is None or found.entry.size > _MOST_SEARCHED:
            continue
        try:
            data = union.read(path)
        except (VFSError, OSError):
            continue
        looked += 1
        if b"\0" in data[:1024]:
            continue
        if (at := _position(data, wanted)) >= 0:
            start = data.rfind(b"\n", 0, at) + 1
            end = data.find(b"\n", at)
            line = data[max(start, at - 80) : min(end if end >= 0 else len(data), at + 160)]
            number = data.count(b"\n", 0, at) + 1
            rows.append([short(path, 5000), number, short(line.decode("utf-8", "replace").strip(), 300), found.name])
    return {"rows": rows, "looked": looked, "cut": is_cut}


def _position(data: bytes, wanted: bytes) -> int:
    """Return where a text occurs, in any case of ASCII letters."""
    at = data.find(wanted)
    return at if at >= 0 else data.lower().find(wanted.lower())


def read_file(session: Session, path: str, layer: str | None, most: int = MOST_SHOWN_BYTES) -> tuple[bytes, str]:
    """Return a file, of the layer that wins or of a certain one, and the layer's name.

    Raises
    ------
    PathNotFoundError
        There is no such file.
    BudgetError
        It is too large.
    """
    union = session.union
    if layer is None:
        found: Found | None = union.need_file(path)
    else:
        mount = next((mount for mount in union.mounts if mount.name == layer), None)
        entry = None if mount is None else mount.layer.find(path)
        found = None if mount is None or entry is None or entry.is_folder else Found(mount.name, mount.layer, entry)
    if found is None:
        raise PathNotFoundError.at(path, f"{short(layer)} has no file {short(path, 1000)}")
    if found.entry.size > most:
        raise BudgetError.at(path, f"{short(path, 1000)} has {found.entry.size:,} bytes; at most {most:,} are shown")
    return found.layer.read(found.entry), found.name


def file(ask: Ask) -> Response:
    """Answer with a file."""
    session = ask.session
    download = ask.flag("download")
    layer = ask.text("layer") if "layer" in ask.query else None
    most = session.limits.decoded_bytes if download else MOST_SHOWN_BYTES
    data, _ = read_file(session, ask.path(), layer, most)
    return file_answer(data, ask.path(), session.limits.pixels, download=download)


def archive(ask: Ask) -> Response:
    """Answer with a folder of the merged tree as a zip, which is made while it is sent."""
    top, union = ask.path(), ask.session.union
    union.need_folder(top)
    name = f"{top.rpartition('/')[2] or 'tree'}.zip"
    headers = {"content-disposition": attachment(name)}
    return StreamingResponse(_zipped(union, top), media_type="application/zip", headers=headers)


class _Pieces:
    """What a zip is written to: pieces that are taken as they come."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Do nothing."""

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken

    def __len__(self) -> int:
        return len(self._written)


def _zipped(union: Union, top: str) -> Iterator[bytes]:
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w") as written:  # type: ignore[call-overload]
        for folder, _, names in union.walk(top):
            for name in sorted(names):
                path = paths.join(folder, name)
                member = zipfile.ZipInfo(path[len(top) :].lstrip("/"))
                is_packed = name.lower().endswith(_PACKED)
                member.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
                try:
                    source = union.open(path)
                except (VFSError, OSError):  # it vanished, or is damaged
                    continue
                with source, written.open(member, "w") as target:
                    while data := source.read(_PIECE):
                        target.write(data)
                        if len(pieces) > _PIECE:
                            yield pieces.take()
                if len(pieces) > _PIECE:
                    yield pieces.take()
    yield pieces.take()
