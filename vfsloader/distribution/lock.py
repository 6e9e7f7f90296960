"""A lock: a readable file that names the exact copies of a set of mods, and where they came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.rows import DIGEST, MOST_MOD_BYTES
from vfsloader.errors import ConfigError
from vfsloader.mods.metadata.manifest import ID
from vfsloader.mods.solve.versions import read_version
from vfsloader.mods.state import write_json
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget, Limits

FORMAT = "vfsloader lock"
_MOST_BYTES, _LIMITS = 4 << 20, Limits(nodes=100_000, depth=10)


@dataclass(frozen=True, slots=True)
class LockedMod:
    """One exact copy."""

    id: str
    version: str
    sha256: str
    """The digest of its file; empty for a folder."""
    size: int
    suffix: str
    content: str
    """The digest of its files, whatever they are packed in."""
    source: str
    """Where it came from; empty if it was put into the mods folder by hand."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A set of mods in load order.

    Examples
    --------
    >>> Lock.from_json(Lock(()).to_json())
    Lock(mods=())
    """

    mods: tuple[LockedMod, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what the file contains."""
        return {"format": FORMAT, "version": 1, "mods": [asdict(mod) for mod in self.mods]}

    def write(self, file: paths.RealPath) -> None:
        """Write the file."""
        write_json(Path(file), self.to_json())

    @classmethod
    def from_json(cls, data: Any, where: str = "the lock") -> Lock:
        """Read what :meth:`to_json` returned.

        Raises
        ------
        ConfigError
            It is not a lock.
        """
        try:
            if data["format"] != FORMAT:
                raise ValueError("it has another format")
            if data["version"] != 1:
                raise ValueError("it was made by a newer version of vfsloader")
            mods = tuple(_mod(row) for row in data["mods"])
            if len({mod.id for mod in mods}) < len(mods):
                raise ValueError("a mod is in it twice")
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigError.at(where, f"{where} is not a lock of mods: {plain(str(error))}") from None
        return cls(mods)


def read_lock(lock: Lock | Mapping[str, Any] | paths.RealPath) -> Lock:
    """Return a lock from whatever names it: itself, its data, or its file."""
    if isinstance(lock, Lock):
        return lock
    if isinstance(lock, Mapping):
        return Lock.from_json(lock)
    where = os.fspath(lock)
    with open(lock, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    try:
        if len(data) > _MOST_BYTES:
            raise ValueError("it is too large")
        return Lock.from_json(parse_json(data, Budget(where, _LIMITS)), where)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError.at(where, f"{where} is not a lock of mods: {plain(str(error))}") from None


def _mod(row: Any) -> LockedMod:
    mod = LockedMod(**row)
    texts = (mod.id, mod.version, mod.sha256, mod.suffix, mod.content, mod.source)
    if not all(isinstance(text, str) and len(text) < 2000 for text in texts) or not ID.fullmatch(mod.id):
        raise ValueError("an entry is wrong")
    if mod.sha256 and not (DIGEST.fullmatch(mod.sha256) and mod.suffix in (".zip", ".pack")):
        raise ValueError(f"{mod.id}: wrong digest")
    if type(mod.size) is not int or not 0 <= mod.size <= MOST_MOD_BYTES:
        raise ValueError(f"{mod.id}: impossible size")
    read_version(mod.version)
    return mod
