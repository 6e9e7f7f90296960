"""The head of an index: the one file that changes in place. It is signed, and names one slim index by its digest.

The signed part is a text inside of the head, so that what is signed is exactly what was sent, and no canonical form of
JSON is needed. Each head has a higher version than the one before, and a date from which on it is too old to install
from: an old head, or a mixture of old and new files, is recognised.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.rows import DIGEST, MOST_INDEX_BYTES, MOST_RAW_BYTES, IndexedMod, read_rows
from vfsloader.errors import DamagedError
from vfsloader.packs.sign import Key, sign_bytes, signs
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget, Limits
from vfsloader.runtime.zstd import zstd

NAME = "index.json"
FORMAT, SCHEMA = "vfsloader index", 1
MOST_HEAD_BYTES = 16 << 10
_PREFIX = b"vfsloader index signature 1\0"
_LIMITS = Limits(nodes=1000, depth=10)
_PATH = re.compile(r"by-hash/([0-9a-f]{64})\.json\.zst")
_MOST_KEYS = 16


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of an index says."""

    source: str
    """The name of the source, for people."""
    version: int
    expires: datetime.datetime
    keys: tuple[str, ...]
    """The public keys that may sign the next head, in hexadecimal."""
    sha256: str
    """The digest of the slim index."""
    size: int
    raw_size: int
    raw_sha256: str = ""
    """The digest of the slim index when it is unpacked: what a patch of it has to give."""

    @property
    def path(self) -> str:
        """Where the slim index is."""
        return f"by-hash/{self.sha256}.json.zst"

    def is_expired(self, now: datetime.datetime | None = None) -> bool:
        """Return whether the head is too old to install from."""
        return (now or datetime.datetime.now(datetime.UTC)) >= self.expires


def write_head(head: Head, keys: Collection[Key]) -> bytes:
    """Return the bytes of a head, signed with some private keys."""
    signed = json.dumps(
        {
            "format": FORMAT,
            "schema": SCHEMA,
            "source": head.source,
            "version": head.version,
            "expires": head.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "keys": list(head.keys),
            "index": {
                "path": head.path,
                "sha256": head.sha256,
                "size": head.size,
                "raw_size": head.raw_size,
                "raw_sha256": head.raw_sha256,
            },
        }
    )
    signatures = [sign_bytes(_PREFIX + signed.encode(), key) for key in keys]
    rows = [{"key": signer, "sig": signature.hex()} for signer, signature in signatures]
    return (json.dumps({"signed": signed, "signatures": rows}, indent=1) + "\n").encode()


def read_head(data: bytes, where: str, trusted: Collection[str] = ()) -> Head:
    """Read a head, and check its signature.

    Parameters
    ----------
    data
        The file.
    where
        What messages call it.
    trusted
        Public keys, one of which must have signed it. If there are none, no signature is checked.

    Raises
    ------
    DamagedError
        It is not a head, or no trusted key signed it.
    """
    try:
        whole = parse_json(data, Budget(where, _LIMITS))
        signed = str(whole["signed"])
        if trusted and not any(_is_signed(signed, row, trusted) for row in whole["signatures"][:_MOST_KEYS]):
            raise DamagedError.at(where, f"{where} is not signed by a key that you trust for it; nothing was used")
        return _head(parse_json(signed, Budget(where, _LIMITS)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "; it looks like a web page: does this network need a login?" if b"<html" in data[:500].lower() else ""
        raise DamagedError.at(where, f"{where} is not the head of an index: {plain(str(error))}{hint}") from None


def _is_signed(signed: str, row: Any, trusted: Collection[str]) -> bool:
    key, signature = row["key"], row["sig"]
    return key in trusted and signs(bytes.fromhex(key), bytes.fromhex(signature), _PREFIX + signed.encode())


def _head(table: Any) -> Head:
    index = table["index"]
    if table["format"] != FORMAT or type(table["schema"]) is not int:
        raise ValueError("it has another format")
    if table["schema"] > SCHEMA:
        raise ValueError(f"schema {table['schema']} is newer than this version of vfsloader understands")
    path, keys, raw_sha256 = _PATH.fullmatch(index["path"]), table["keys"], index.get("raw_sha256", "")
    if path is None or path[1] != index["sha256"] or len(keys) > _MOST_KEYS or not all(map(DIGEST.fullmatch, keys)):
        raise ValueError("a digest or a key is wrong")
    if raw_sha256 and not DIGEST.fullmatch(raw_sha256):
        raise ValueError("a digest or a key is wrong")
    size, raw_size, version = index["size"], index["raw_size"], table["version"]
    if not all(type(number) is int and number > 0 for number in (size, raw_size, version)) or version >= 1 << 53:
        raise ValueError("a number is wrong")
    if size > MOST_INDEX_BYTES or raw_size > MOST_RAW_BYTES:
        raise ValueError("the index is too large")
    expires = datetime.datetime.strptime(table["expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    return Head(plain(str(table["source"])), version, expires, tuple(keys), path[1], size, raw_size, raw_sha256)


def read_index(packed: bytes, head: Head, where: str) -> dict[str, IndexedMod]:
    """Unpack the slim index that a head names, and read it.

    Raises
    ------
    DamagedError
        It is another file, or is not an index.
    """
    return read_rows(unpack_index(packed, head, where), where)


def unpack_index(packed: bytes, head: Head, where: str) -> bytes:
    """Unpack the slim index that a head names.

    Raises
    ------
    DamagedError
        It is another file.
    """
    if len(packed) != head.size or hashlib.sha256(packed).hexdigest() != head.sha256:
        raise DamagedError.at(where, f"the index of {where} is not the one that its head names; nothing was used")
    module = zstd()
    try:
        raw: bytes = module.ZstdDecompressor().decompress(packed, head.raw_size + 1)
    except module.ZstdError as error:
        raise DamagedError.at(where, f"the index of {where} is damaged: {error}") from None
    if len(raw) != head.raw_size:
        raise DamagedError.at(where, f"the index of {where} does not have the size that its head says")
    return raw
