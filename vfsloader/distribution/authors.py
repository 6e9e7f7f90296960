"""Authors' signatures: proof that a version of a mod is by the author of the versions before.

The signature is at the end of the file itself, so it stays with the mod, whichever source or friend it comes from: in a
zip it is the archive's comment, in a pack the seal. It covers every other byte of the file. Whose key it is, nobody
says: a player keeps the key of the mod that is installed, and is asked when an update has another one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import struct
import zipfile
from pathlib import Path

from vfsloader import packs
from vfsloader.errors import DamagedError, UnknownFormatError
from vfsloader.packs.sign import Key, sign_bytes, signs
from vfsloader.runtime.atomic import staged

_PREFIX = b"vfsloader author 1\0"
_COMMENT = re.compile(rb"vfsloader author 1 ([0-9a-f]{64}) ([0-9a-f]{128})\n")
_COMMENT_BYTES = 19 + 64 + 1 + 128 + 1
_CHUNK = 1 << 20


def sign_mod(file: Path, key: Key) -> str:
    """Sign a mod's zip or pack with its author's private key, and return the public key.

    Raises
    ------
    UnknownFormatError
        It is neither a zip nor a pack.
    """
    if file.suffix.lower() == ".pack":
        return packs.sign(file, key)
    if not zipfile.is_zipfile(file):
        raise UnknownFormatError.at(str(file), f"{file} is not a zip or a pack, so it cannot be signed")
    with staged(file, overwrite=True) as path:
        shutil.copyfile(file, path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = b"x" * _COMMENT_BYTES
        author, signature = sign_bytes(_PREFIX + _digest(path), key)
        with open(path, "rb+") as copy:
            copy.seek(-_COMMENT_BYTES, os.SEEK_END)
            copy.write(b"vfsloader author 1 %s %s\n" % (author.encode(), signature.hex().encode()))
    return author


def author_of(file: Path) -> str:
    """Return the public key of the author who signed a mod's zip or pack; empty if nobody did.

    Raises
    ------
    DamagedError
        It has a signature that does not belong to its content.
    """
    if file.suffix.lower() == ".pack":
        if packs.info(file).signer is None:
            return ""
        report = packs.verify(file)
        if not report.ok:
            raise DamagedError.at(str(file), f"{file.name} is not what its author signed: {report.faults[0]}")
        return report.signer or ""
    match = _comment(file)
    if match is None:
        return ""
    author, signature = match[1].decode(), bytes.fromhex(match[2].decode())
    if not signs(bytes.fromhex(author), signature, _PREFIX + _digest(file)):
        raise DamagedError.at(str(file), f"{file.name} is not what its author signed: it was changed afterwards")
    return author


def change_of_author(mod: str, version: str, old: str, new: str) -> str:
    """Return the question that a new version of a mod raises; empty if its author is the same, or was never known.

    Examples
    --------
    >>> change_of_author("winter", "2.0", "aa" * 32, "")
    'winter 2.0 is not signed, and the installed version is signed by its author (aaaaaaaaaaaaaaaa)'
    """
    if not old or old == new:
        return ""
    before = f"the installed version is signed by its author ({old[:16]})"
    return f"{mod} {version} is {f'signed by another key ({new[:16]})' if new else 'not signed'}, and {before}"


def _comment(file: Path) -> re.Match[bytes] | None:
    with open(file, "rb") as stream:
        if stream.seek(0, os.SEEK_END) < _COMMENT_BYTES + 22:
            return None
        stream.seek(-_COMMENT_BYTES - 22, os.SEEK_END)
        end = stream.read(22 + _COMMENT_BYTES)
    is_end = end.startswith(b"PK\5\6") and struct.unpack("<H", end[20:22])[0] == _COMMENT_BYTES
    return _COMMENT.fullmatch(end[22:]) if is_end else None


def _digest(file: str | Path) -> bytes:
    """Return the digest of everything but the signature."""
    whole = hashlib.sha256()
    left = os.stat(file).st_size - _COMMENT_BYTES
    with open(file, "rb") as stream:
        while left and (data := stream.read(min(left, _CHUNK))):
            whole.update(data)
            left -= len(data)
    return whole.digest()
