"""The list of a game's sources: what players added, and what the game itself names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.worlds import WORLDS
from vfsloader.errors import ConfigError
from vfsloader.mods.state import write_json
from vfsloader.packs.sign import Key, public_key
from vfsloader.quoting import quoted

_FORMAT = "vfsloader sources"


@dataclass(frozen=True, slots=True)
class Source:
    """A place that mods come from."""

    address: str
    """The address or the folder of its index."""
    keys: tuple[str, ...] = ()
    """The public keys that are trusted for it. Without any, its signature is not checked."""
    name: str = ""
    """What it calls itself."""
    kind: str = ""
    """Empty for an index of ours; else one of :data:`~vfsloader.distribution.worlds.WORLDS`."""
    shipped: tuple[str, ...] = ()
    """The public keys that the game ships for it, if it is one of the game's own sources."""

    @property
    def is_own(self) -> bool:
        """Whether it is one of the game's own sources."""
        return bool(self.shipped)


class SourceList:
    """The list as a file.

    Parameters
    ----------
    file
        The file.
    own
        By address, the public keys of the game's own sources.

    Raises
    ------
    ConfigError
        A key of the game's own sources is not one.
    """

    def __init__(self, file: Path, own: Mapping[str, str]) -> None:
        self._file = file
        keys = {address: (hexadecimal(key),) for address, key in own.items()}
        self._own = [Source(whole_address(address), keys[address], shipped=keys[address]) for address in keys]

    @property
    def own_addresses(self) -> list[str]:
        """The addresses of the game's own sources."""
        return [source.address for source in self._own]

    def load(self) -> list[Source]:
        """Return the sources, the game's own first.

        Raises
        ------
        ConfigError
            The file is damaged.
        """
        try:
            table = parse_json(self._file.read_bytes())
            return self._with_own([_source(row) for row in table["sources"]])
        except FileNotFoundError:
            return list(self._own)
        except (ValueError, KeyError, TypeError) as error:
            sentence = f"{self._file} is damaged ({error}); delete it, and add the sources again"
            raise ConfigError.at(str(self._file), sentence) from None

    def _with_own(self, stored: list[Source]) -> list[Source]:
        """Return the game's own sources and those of the player. A new key that the game ships replaces older ones."""
        known = {(source.address, source.shipped): source for source in stored}
        own = [known.get((source.address, source.shipped), source) for source in self._own]
        addresses = {source.address for source in own}
        return [*own, *(source for source in stored if not source.is_own and source.address not in addresses)]

    def save(self, sources: list[Source]) -> None:
        """Write the file."""
        rows = []
        for source in sources:
            row = {"address": source.address, "keys": list(source.keys), "name": source.name}
            more = {"kind": source.kind, "shipped": list(source.shipped)}
            rows.append(row | {key: value for key, value in more.items() if value})
        write_json(self._file, {"format": _FORMAT, "version": 1, "sources": rows})


def hexadecimal(key: Key | str) -> str:
    """Return a public key in hexadecimal.

    Parameters
    ----------
    key
        32 bytes, 64 hexadecimal digits, or the file that contains it.

    Raises
    ------
    ConfigError, PathNotFoundError
        It is not a key, or there is no such file.
    """
    if isinstance(key, str) and len(key) == 64:
        with contextlib.suppress(ValueError):
            return bytes.fromhex(key).hex()
    if isinstance(key, str) and not Path(key).exists() and len(key) >= 64:
        raise ConfigError.at("key", f"{quoted(key)} is neither a key nor a file")
    return public_key(key)


def _source(row: Any) -> Source:
    kind, shipped = str(row.get("kind", "")), tuple(row.get("shipped", ()))
    if kind and kind not in WORLDS:
        raise ValueError(f"{kind!r} is a kind of source of a newer version of vfsloader")
    return Source(str(row["address"]), tuple(row["keys"]), str(row["name"]), kind, shipped)


def whole_address(address: str) -> str:
    """Return an address as it is kept: a folder, also one on another computer, by its whole path."""
    if address.startswith("file://"):
        address = url2pathname(address.removeprefix("file:"))
    if "://" not in address:
        return os.path.abspath(address)
    return address if address.endswith("://") else address.rstrip("/")
