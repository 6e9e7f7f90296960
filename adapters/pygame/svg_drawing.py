"""Drawing SVGs of mods in a process that may die: SDL's SVG library crashes, hangs and fills memory on some files."""

from __future__ import annotations

import pygame
from vfsloader.pygame.byte_files import read_bytes
from vfsloader.pygame.svg_process import SIZE

from vfsloader.assets.loader import Asset
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain
from vfsloader.runtime.hashes import sha256
from vfsloader.runtime.lru import ByteLRU
from vfsloader.runtime.worker import CannotStartError, Worker, WorkerDiedError, WorkerRefusedError

_worker = Worker("vfsloader.pygame.svg_process:draw")
#: The digests of files that ended the process, and how.
_deadly = ByteLRU(1 << 16)
#: Where there can be no other process, as in a browser, larger files of mods, and those with dashes, are not drawn.
MAX_BYTES_IN_PROCESS = 1 << 15


def draw_untrusted(asset: Asset, data: bytes, size: tuple[int, int]) -> pygame.Surface:
    """Draw an SVG of a mod.

    Parameters
    ----------
    asset
        The picture.
    data
        Its content from the root element on.
    size
        Width and height to fit it into, which have been checked.

    Raises
    ------
    ResourceError
        It ended the process that draws, or it is too large where there can be no other process.
    pygame.error
        It is not an SVG.
    """
    digest = sha256(SIZE.pack(*size) + data).digest()
    reason = _deadly.get(digest, None)
    if reason is None:
        try:
            answer = _worker(SIZE.pack(*size) + data)
        except WorkerDiedError as error:
            reason = str(error)
            _deadly.put(digest, reason, 256)
        except WorkerRefusedError as error:
            raise pygame.error(str(error)) from error
        except CannotStartError:
            return _draw_here(asset, data, size)
        else:
            drawn = SIZE.unpack_from(answer)
            return pygame.image.frombytes(answer[SIZE.size :], drawn, "RGBA")
    raise ResourceError.at(asset.path, f"{plain(asset.path)} in {plain(asset.layer)} cannot be drawn: {reason}")


def _draw_here(asset: Asset, data: bytes, size: tuple[int, int]) -> pygame.Surface:
    where = f"{plain(asset.path)} in {plain(asset.layer)} cannot be drawn here, where no other process can be started"
    if len(data) > MAX_BYTES_IN_PROCESS:
        raise ResourceError.at(asset.path, f"{where}: it has {len(data):,} bytes; at most {MAX_BYTES_IN_PROCESS:,}")
    if b"dasharray" in data or b"<!ENTITY" in data:  # a hundred bytes of these can take minutes
        raise ResourceError.at(asset.path, f"{where}: it has dashed lines or entities")
    return read_bytes(pygame.image.load_sized_svg, data, size)
