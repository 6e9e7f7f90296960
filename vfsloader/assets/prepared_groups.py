"""Prepared pixels of small pictures: several pictures that follow each other in a pack share one zstd frame.

To set up a decompressor takes about as long as to unpack such a picture, and pictures of one folder look alike. A game
that loads one of them mostly loads the next ones, too. A picture that is alone in its frame is in the form that
``vfsloader.assets.prepared_pixels`` describes, and so are large ones.

A group is, in little-endian order: the magic ``vpx2``; the number of pictures; for each the SHA-256 of its file, its
width and height, and 1 if some pixel is transparent, else 0; then one zstd frame with the pixels of all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from vfsloader.assets.prepared_pixels import LARGEST_RATIO, LEVELS, PreparedPixels, frame_options, prepare
from vfsloader.runtime.zstd import zstd

#: A group has at most so many bytes of pixels: all of them are unpacked, though the game may want a single picture.
GROUP_BYTES = 256 << 10
#: Pictures of more bytes of pixels are alone.
MEMBER_BYTES = 128 << 10
_HEAD = struct.Struct("<4sI")
_MEMBER = struct.Struct("<32sIII")
_MAGIC = b"vpx2"
#: No group that :func:`prepare_all` makes has more.
_MAX_MEMBERS = 1 << 12


class Picture(NamedTuple):
    """A picture that is unpacked, or about to be packed."""

    size: tuple[int, int]
    is_transparent: bool
    pixels: bytes | memoryview
    """Four bytes each: blue, green, red, alpha. Nobody else holds them."""


class Source(NamedTuple):
    """A picture that is to be prepared, and its file."""

    digest: bytes
    """SHA-256 of the file."""
    file_bytes: int
    size: tuple[int, int]
    is_transparent: bool
    pixels: bytes


def prepare_all(pictures: Sequence[Source]) -> Mapping[bytes, bytes]:
    """Pack pictures that follow each other; return the form of each, by the digest of its file.

    Pictures of one group have the same form. One whose pixels would take more than
    :data:`~vfsloader.assets.prepared_pixels.LARGEST_RATIO` times the bytes of its file has none.

    Examples
    --------
    >>> pictures = [Source(bytes([n] * 32), 100, (8, 8), True, bytes([n]) * 256) for n in range(2)]
    >>> forms = prepare_all(pictures)
    >>> unpacked = unpack_form(forms[bytes(32)], bytes(32), lambda size: None)
    >>> [picture.pixels == bytes([n]) * 256 for n, picture in enumerate(unpacked.values())]
    [True, True]
    """
    forms: dict[bytes, bytes] = {}
    for group in _groups(pictures):
        form = _pack_group(group) if len(group) > 1 else b""
        for picture in group:
            digest, file_bytes, size, is_transparent, pixels = picture
            own = form or prepare(pixels, size, is_transparent=is_transparent, digest=digest, file_bytes=file_bytes)
            if own:
                forms[digest] = own
    return forms


def _groups(pictures: Sequence[Source]) -> Iterator[list[Source]]:
    group: list[Source] = []
    for picture in dict.fromkeys(pictures):  # two files may be the same
        if len(picture.pixels) > MEMBER_BYTES:
            yield [picture]
            continue
        if group and sum(len(member.pixels) for member in (*group, picture)) > GROUP_BYTES:
            yield group
            group = []
        group.append(picture)
    if group:
        yield group


def _pack_group(group: Sequence[Source]) -> bytes:
    """Pack several pictures; return no bytes if they would take more than their files allow."""
    head = _HEAD.pack(_MAGIC, len(group)) + b"".join(
        _MEMBER.pack(picture.digest, *picture.size, picture.is_transparent) for picture in group
    )
    pixels = b"".join(picture.pixels for picture in group)
    for level in LEVELS:
        packed: bytes = head + zstd().compress(pixels, level)
        if len(packed) <= LARGEST_RATIO * sum(picture.file_bytes for picture in group):
            return packed
    return b""


def unpack_form(
    form: bytes | memoryview, digest: bytes, check: Callable[[tuple[int, int]], None]
) -> dict[bytes, Picture]:
    """Unpack what :func:`prepare_all` returned, by the digests of the files; none if it is of another file.

    Parameters
    ----------
    form
        The form. It may come with a mod.
    digest
        The file that is wanted.
    check
        Called with the size of a picture before it is unpacked, if it may be large; raises an error if it is too large.

    Raises
    ------
    ValueError
        It is damaged.
    """
    if bytes(form[:4]) == _MAGIC:
        return _unpack_group(form, digest)
    alone = PreparedPixels.of(form, digest)
    if alone is None:
        return {}
    check(alone.size)
    return {digest: Picture(alone.size, alone.is_transparent, alone.unpack())}


def _unpack_group(form: bytes | memoryview, digest: bytes) -> dict[bytes, Picture]:
    if len(form) < _HEAD.size:
        raise ValueError("it is cut off")
    _, count = _HEAD.unpack_from(form)
    end = _HEAD.size + count * _MEMBER.size
    if not 0 < count <= _MAX_MEMBERS or len(form) < end:
        raise ValueError("its header is wrong")
    members = tuple(_MEMBER.iter_unpack(form[_HEAD.size : end]))
    lengths = [width * height * 4 for _, width, height, _ in members]
    if not all(lengths) or sum(lengths) > GROUP_BYTES:
        raise ValueError("its sizes are wrong")
    if all(made_of != digest for made_of, *_ in members):
        return {}
    module = zstd()
    unpacker = module.ZstdDecompressor(options=frame_options(sum(lengths)))
    unpacked: dict[bytes, Picture] = {}
    packed: bytes | memoryview = form[end:]
    try:
        for (made_of, width, height, is_transparent), length in zip(members, lengths, strict=True):
            pixels = unpacker.decompress(packed, max_length=length)
            packed = b""
            if len(pixels) != length:
                raise ValueError("its pixels are cut off")
            unpacked[made_of] = Picture((width, height), bool(is_transparent), pixels)
        if not unpacker.eof and unpacker.decompress(b"", max_length=1):
            raise ValueError("it has more pixels than its header says")
    except (module.ZstdError, EOFError) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
    return unpacked
