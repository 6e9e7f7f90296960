"""Updates as patches: what turns the old file of a mod into the new one, where that saves half of the download.

A patch is the new file, compressed with zstd, which may refer to the old file. Nothing in it is trusted: it is unpacked
to at most the size that the index says, and what comes out has to have the digest of the new file.
"""

from __future__ import annotations

from pathlib import Path

from vfsloader.errors import DamagedError
from vfsloader.runtime.zstd import zstd

#: Larger files have no patches: both are in memory while one is made or applied.
MOST_BYTES = 128 << 20
#: How much smaller than the file a patch has to be.
SAVES = 2
_LEVEL, _WINDOW_LOG = 9, 27
#: zstd refers to nothing that is smaller.
_LEAST_BYTES = 8
_CHUNK = 1 << 20


def patch_name(old: str, new: str) -> str:
    """Return the name of a patch between two files, by their digests.

    Examples
    --------
    >>> patch_name("a" * 64, "b" * 64)[60:70]
    'aaaa-bbbbb'
    """
    return f"{old}-{new}.patch"


def make_patch(old: Path, new: Path) -> bytes | None:
    """Return the patch from one file to another; None if it does not save half."""
    size = new.stat().st_size
    if not _LEAST_BYTES <= old.stat().st_size <= MOST_BYTES or size > MOST_BYTES:
        return None
    data = patch_between(old.read_bytes(), new.read_bytes())
    return data if len(data) * SAVES <= size else None


def patch_between(old: bytes, new: bytes) -> bytes:
    """Return the patch from some bytes to others; the old ones are not empty."""
    module = zstd()
    options = {
        module.CompressionParameter.compression_level: _LEVEL,
        module.CompressionParameter.window_log: _WINDOW_LOG,
        module.CompressionParameter.enable_long_distance_matching: 1,
    }
    before = module.ZstdDict(old, is_raw=True)
    compressor = module.ZstdCompressor(options=options, zstd_dict=before.as_prefix)
    data: bytes = compressor.compress(new, module.ZstdCompressor.FLUSH_FRAME)
    return data


def patched(old: bytes, patch: bytes, size: int) -> bytes:
    """Return at most `size` new bytes. The caller checks their digest.

    Raises
    ------
    DamagedError
        It is not a patch.
    """
    module = zstd()
    options = {module.DecompressionParameter.window_log_max: _WINDOW_LOG}
    try:
        before = module.ZstdDict(old, is_raw=True)
        data: bytes = module.ZstdDecompressor(zstd_dict=before.as_prefix, options=options).decompress(patch, size)
    except (module.ZstdError, ValueError) as error:
        raise DamagedError.at("patch", f"the patch is damaged: {error}") from None
    return data


def apply_patch(old: Path, patch: bytes, target: Path, size: int) -> None:
    """Write the new file of at most `size` bytes. The caller checks its digest.

    Raises
    ------
    DamagedError
        It is not a patch for this file.
    """
    if old.stat().st_size < _LEAST_BYTES:
        raise DamagedError.at(str(target), f"there is no patch for {target.name}: the old file is empty")
    module = zstd()
    options = {module.DecompressionParameter.window_log_max: _WINDOW_LOG}
    before = module.ZstdDict(old.read_bytes(), is_raw=True)
    decompressor = module.ZstdDecompressor(zstd_dict=before.as_prefix, options=options)
    left, waiting = size, patch
    try:
        with open(target, "wb") as out:
            while left and not decompressor.eof:
                data = decompressor.decompress(waiting, min(left, _CHUNK))
                if not data and decompressor.needs_input:
                    break
                waiting = b""
                left -= out.write(data)
    except module.ZstdError as error:
        raise DamagedError.at(str(target), f"the patch for {target.name} is damaged: {error}") from None
    if left:
        raise DamagedError.at(str(target), f"the patch for {target.name} ends {left:,} bytes too early")
