"""A set of mods as a short code, for a chat or a forum.

The code has the addresses of the sources, 40 bits of the digest of each file in load order, and a fingerprint of all
digests. A game that takes it looks the files up in the indexes of these sources, which are signed. If several files
begin with the same bits, the code is refused, and the fingerprint proves that the very files were found. A code never
adds a source: a player does that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from vfsloader.distribution.lock import Lock, LockedMod
from vfsloader.distribution.rows import Release
from vfsloader.distribution.source_list import Source
from vfsloader.distribution.sources import Index
from vfsloader.errors import ConfigError, PathNotFoundError
from vfsloader.remote.addresses import redacted

_MARK = "vm1."
_CODE = re.compile(r"vm1\.[A-Za-z0-9_-]{10,100000}\Z")
_TAG_BYTES, _PRINT_BYTES, _CHECK_BYTES = 5, 8, 2
_MOST_SOURCES, _MOST_MODS, _MOST_ADDRESS = 200, 20_000, 2000


@dataclass(frozen=True)
class Shared:
    """What a code says."""

    sources: tuple[str, ...]
    mods: tuple[tuple[bytes, int], ...]
    """In load order: the first bytes of a file's digest, and the number of its source."""
    fingerprint: bytes

    def encode(self) -> str:
        """Return the code.

        Examples
        --------
        >>> code = Shared(("https://example.org",), ((b"12345", 0),), b"01234567").encode()
        >>> code
        'vm1.ARNodHRwczovL2V4YW1wbGUub3JnAAExMjM0NTAxMjM0NTY3OwI'
        >>> Shared.decode(code).sources
        ('https://example.org',)
        """
        data = bytearray([len(self.sources)])
        for address in self.sources:
            encoded = address.encode()
            data += _number(len(encoded)) + encoded
        data += len(self.mods).to_bytes(2, "big")
        data += b"".join(tag for tag, _ in self.mods)
        if len(self.sources) > 1:
            data += bytes(number for _, number in self.mods)
        data += self.fingerprint
        data += _check(data)
        return _MARK + base64.urlsafe_b64encode(data).decode().rstrip("=")

    @classmethod
    def decode(cls, code: str) -> Shared:
        """Read a code.

        Raises
        ------
        ConfigError
            It is not one, or was cut short.
        """
        try:
            text = code.removeprefix(_MARK)
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if _check(data[:-_CHECK_BYTES]) != data[-_CHECK_BYTES:]:
                raise ValueError("it was cut short or changed; copy all of it")
            reader = _Reader(data[:-_CHECK_BYTES])
            sources = tuple(reader.take(reader.number()).decode() for _ in range(reader.take(1)[0]))
            tags = [b""] * int.from_bytes(reader.take(2), "big")
            tags = [reader.take(_TAG_BYTES) for _ in tags]
            numbers = reader.take(len(tags)) if len(sources) > 1 else bytes(len(tags))
            fingerprint = reader.take(_PRINT_BYTES)
            if not reader.is_empty or any(number >= len(sources) for number in numbers):
                raise ValueError("it has another form")
        except (ValueError, binascii.Error) as error:
            raise ConfigError.at("code", f"this is not a code of a set of mods: {error}") from None
        return cls(sources, tuple(zip(tags, numbers, strict=True)), fingerprint)


def find_code(text: str) -> str | None:
    """Return the code in a text or at the end of a link; None if there is none.

    Examples
    --------
    >>> find_code("https://example.org/mods/#vm1.AAAAAAAAAAAAAAAA")
    'vm1.AAAAAAAAAAAAAAAA'
    >>> find_code("mods.lock") is None
    True
    """
    match = _CODE.search(text.strip())
    return None if match is None else match[0]


def share_code(lock: Lock, indexes: Sequence[Index]) -> str:
    """Return the code of a set.

    Parameters
    ----------
    lock
        The set.
    indexes
        What the sources offer.

    Raises
    ------
    PathNotFoundError
        Some of its mods are in no source.
    ConfigError
        Two files in a source begin with the same bits.
    """
    homes: dict[str, list[str]] = {}
    for index in indexes:
        for release in _releases(index):
            homes.setdefault(release.sha256, []).append(index.source.address)
    strange = [f"{mod.id} {mod.version}" for mod in lock.mods if mod.sha256 not in homes or not mod.sha256]
    if strange:
        sentence = f"{', '.join(strange)} cannot be shared in a code: no source has {_these(len(strange))}"
        raise PathNotFoundError.at("share", f"{sentence}; a lock names more: vfsloader mods lock")
    chosen = [mod.source if mod.source in homes[mod.sha256] else homes[mod.sha256][0] for mod in lock.mods]
    sources = tuple(dict.fromkeys(chosen))
    if len(sources) > _MOST_SOURCES or len(lock.mods) > _MOST_MODS or any(len(one) > _MOST_ADDRESS for one in sources):
        raise ConfigError.at("share", "the set is too large for a code: vfsloader mods lock")
    tags = [
        (bytes.fromhex(mod.sha256)[:_TAG_BYTES], sources.index(home))
        for mod, home in zip(lock.mods, chosen, strict=True)
    ]
    shared = Shared(sources, tuple(tags), fingerprint_of([mod.sha256 for mod in lock.mods]))
    _resolve(shared, indexes)  # an ambiguous code is refused here, and not only there
    return shared.encode()


def lock_of_code(code: str, sources: Sequence[Source], indexes: Sequence[Index]) -> Lock:
    """Return the set that a code names.

    Raises
    ------
    ConfigError
        It is not a code, names a source that the player has not added, or is ambiguous.
    PathNotFoundError
        A source no longer has one of its mods.
    """
    shared = Shared.decode(code)
    known = {source.address for source in sources}
    missing = [address for address in shared.sources if address not in known]
    if missing:
        names = ", ".join(redacted(address) for address in missing)
        sentence = f"this set comes from {names}, which {_is_not(len(missing))} among your sources"
        raise ConfigError.at("code", f"{sentence}; if you trust it: vfsloader mods sources add {redacted(missing[0])}")
    found = _resolve(shared, indexes)
    if fingerprint_of([release.sha256 for release, _ in found]) != shared.fingerprint:
        raise ConfigError.at("code", "other files begin with the bits in this code, so it was refused; ask for a lock")
    mods = [
        LockedMod(release.id, str(release.version), release.sha256, release.size, release.suffix, "", address)
        for release, address in found
    ]
    if len({mod.id for mod in mods}) < len(mods):
        raise ConfigError.at("code", "this code names a mod twice, so it was refused")
    return Lock(tuple(mods))


def fingerprint_of(digests: Sequence[str]) -> bytes:
    """Return what proves that the files of a set are the right ones, in the right order."""
    return hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in digests)).digest()[:_PRINT_BYTES]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise ValueError("it was cut short")
        self._at += count
        return piece

    def number(self) -> int:
        first = self.take(1)[0]
        return first if first < 128 else (first - 128) * 256 + self.take(1)[0]


def _resolve(shared: Shared, indexes: Sequence[Index]) -> list[tuple[Release, str]]:
    """Return the releases that the tags of a code mean, and their sources."""
    by_tag: dict[tuple[str, bytes], dict[str, Release]] = {}
    for index in indexes:
        for release in _releases(index):
            tag = bytes.fromhex(release.sha256)[:_TAG_BYTES]
            by_tag.setdefault((index.source.address, tag), {})[release.sha256] = release
    found = []
    for tag, number in shared.mods:
        address = shared.sources[number]
        releases = by_tag.get((address, tag), {})
        if len(releases) > 1:
            names = " and ".join(f"{one.id} {one.number}" for one in releases.values())
            raise ConfigError.at("code", f"this code may mean {names}, so it was refused; ask for a lock")
        if not releases:
            sentence = f"{redacted(address)} does not have one of the mods in this code"
            warning = next((index.warning for index in indexes if index.source.address == address), "")
            raise PathNotFoundError.at("code", sentence + (f" ({warning})" if warning else ""))
        found.append((next(iter(releases.values())), address))
    return found


def _releases(index: Index) -> list[Release]:
    return [release for mod in index.mods.values() for release in mod.releases if release.sha256]


def _number(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([128 + value // 256, value % 256])


def _check(data: bytes | bytearray) -> bytes:
    return hashlib.sha256(data).digest()[:_CHECK_BYTES]


def _these(count: int) -> str:
    return "it" if count == 1 else "them"


def _is_not(count: int) -> str:
    return "is not" if count == 1 else "are not"
