"""The formats of pictures and sounds, by their content.

A suffix says what a file should be; its first bytes say which decoder will run. Files of mods are decoded only if they
are in one of a few common formats. The decoders of the others are rarely tested against hostile files, and some of them
reserve whatever a header asks for.

References
----------
PNG: W3C, Portable Network Graphics, 5.2. GIF89a, 17. BMP: BITMAPFILEHEADER. JPEG: ITU-T T.81, B.1.1.3. WebP: RFC 9649,
2.4. QOI: the specification, 1.0. SVG 2, 5.1. TIFF 6.0, 2. XCF, PCX, ILBM, PNM, XPM: as libmagic knows them.
Ogg: RFC 3533, 6. FLAC: RFC 9639, 6. RIFF: Multimedia Programming Interface and Data Specifications 1.0.
MP3: ISO 11172-3, 2.4.1.3. ID3v2.4, 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from vfsloader.assets.loader import Asset
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain

#: What a mod's picture may be.
PICTURE_FORMATS = ("png", "jpeg", "webp", "bmp", "qoi", "gif", "tga", "svg")
#: What a mod's sound may be.
SOUND_FORMATS = ("wav", "ogg", "opus", "flac", "mp3")

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"BM", "bmp"),
    (b"qoif", "qoi"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"gimp xcf ", "xcf"),
    (b"/* XPM */", "xpm"),
    (b"P7 332", "xv"),
    (b"DDS ", "dds"),
    (b"\xff\x0a", "jxl"),
)
#: A TGA may begin so, too.
_WEAK_PICTURES = ((b"\0\0\1\0", "ico"), (b"\0\0\2\0", "cur"), (b"\n\x05\x01", "pcx"))
_PNM = re.compile(rb"P[1-7][ \t\r\n#]")
_SOUNDS = (
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"MThd", "midi"),
    (b"Extended Module: ", "xm"),
    (b"IMPM", "it"),
)
#: The first eleven bits, and layer III.
_MP3_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")
_SPACE = re.compile(rb"[ \t\r\n\f\v]*")
#: Comments and declarations before the root element of an SVG.
_MAX_PROLOG = 1000


def picture_format(data: bytes, name: str = "") -> str | None:
    r"""Return the format of a picture, such as ``"png"``; None if it is not known.

    Parameters
    ----------
    data
        The file's content.
    name
        Its name: a TGA has no signature and is recognised by it.

    Examples
    --------
    >>> picture_format(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), picture_format(b"<!-- a house --><svg/>", "house.png")
    ('png', 'svg')
    """
    start = data[:16]
    if start[4:8] == b"ftyp":  # AVIF and HEIC, whatever the four bytes before are
        return "avif"
    for signature, kind in _PICTURES:
        if start.startswith(signature):
            return kind
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "webp"
    if start.startswith(b"FORM") and start[8:12] in (b"ILBM", b"PBM "):
        return "lbm"
    if _PNM.match(start):
        return "pnm"
    if svg_start(data) is not None:
        return "svg"
    if name.lower().endswith(".tga"):
        return "tga"
    return next((kind for signature, kind in _WEAK_PICTURES if start.startswith(signature)), None)


def svg_start(data: bytes) -> int | None:
    """Return where the root element of an SVG begins, after comments, declarations and a document type; else None.

    Each byte is looked at once, so a long comment costs little.

    Examples
    --------
    >>> svg_start(b"<?xml version='1.0'?><!-- <svg> --><svg width='1'/>"), svg_start(b"<html><svg/></html>")
    (35, None)
    """
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for _ in range(_MAX_PROLOG):
        space = _SPACE.match(data, at)
        at = at if space is None else space.end()
        if data.startswith(b"<!--", at):
            end = data.find(b"-->", at + 4)
            skip = 3
        elif data.startswith(b"<?", at):
            end = data.find(b"?>", at + 2)
            skip = 2
        elif data.startswith(b"<!", at):
            end = data.find(b">", at)
            subset = data.find(b"[", at, end) if end >= 0 else -1
            if subset >= 0:
                end = data.find(b"]", subset)
                end = data.find(b">", end) if end >= 0 else -1
            skip = 1
        else:
            is_root = data.startswith(b"<svg", at) and data[at + 4 : at + 5] in (b" ", b"\t", b"\r", b"\n", b">", b"/")
            return at if is_root else None
        if end < 0:
            return None
        at = end + skip
    return None


def sound_format(data: bytes) -> str | None:
    """Return the format of a sound, such as ``"wav"``; None if it is not known.

    Parameters
    ----------
    data
        The file's content, or at least its first 2 KB.

    Examples
    --------
    >>> sound_format(b"OggS" + bytes(24) + b"OpusHead"), sound_format(bytes(1080) + b"M.K.")
    ('opus', 'mod')
    """
    start = data[:64]
    if start.startswith(b"RIFF") and start[8:12] == b"WAVE":
        return "wav"
    if start.startswith(b"OggS"):
        return "opus" if b"OpusHead" in start else "ogg"
    for signature, kind in _SOUNDS:
        if start.startswith(signature):
            return kind
    if start.startswith(b"FORM"):
        return "aiff"
    if _MP3_FRAME.match(start):
        return "mp3"
    if data[44:48] == b"SCRM":
        return "s3m"
    if data[1080:1084] in (b"M.K.", b"M!K!", b"FLT4", b"FLT8", b"4CHN", b"6CHN", b"8CHN", b"CD81", b"OKTA"):
        return "mod"
    return None


def need_sound(asset: Asset, head: bytes | None = None) -> str | None:
    """Return the format of a sound.

    Parameters
    ----------
    asset
        The sound.
    head
        The first 2 KB of its content, if the asset does not have it.

    Raises
    ------
    ResourceError
        It is a mod's, and not in a format that mods may use.
    """
    kind = sound_format(asset.data if head is None else head)
    if not asset.is_trusted and kind not in SOUND_FORMATS:
        raise refused(asset, kind, "sound", SOUND_FORMATS)
    return kind


def refused(asset: Asset, kind: str | None, noun: str, allowed: Collection[str]) -> ResourceError:
    """Return the error for a mod's picture or sound in a format that mods may not use."""
    found = "in no known format" if kind is None else f"in the format {kind.upper()}"
    names = ", ".join(name.upper() for name in allowed)
    return ResourceError.at(
        asset.path,
        f"{plain(asset.path)} in {plain(asset.layer)} is not a {noun} that a mod may bring: it is {found}; "
        f"use one of {names}",
    )
