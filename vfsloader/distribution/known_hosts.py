"""The hosts that were joined last, to join them again without typing their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import VFSError
from vfsloader.mods.state import write_json
from vfsloader.quoting import plain

_FORMAT, _VERSION = "vfsloader hosts", 1
#: More are not kept, and a longer address is not one.
_MOST, _LONGEST = 30, 300


@dataclass(frozen=True, slots=True)
class KnownHost:
    """A host that was joined."""

    address: str
    """As the host showed it, with the code of its set."""
    name: str
    """What the host calls itself."""

    @property
    def place(self) -> str:
        """Where it is, without the code: the same when it has another set."""
        return self.address.partition("#")[0]


class KnownHosts:
    """The hosts that were joined, the last one first; iterable.

    Parameters
    ----------
    file
        Where they are kept. A damaged file counts as empty.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._hosts = self._read()

    def __iter__(self) -> Iterator[KnownHost]:
        return iter(self._hosts)

    def add(self, address: str, name: str) -> None:
        """Remember a host, instead of what was known of it before."""
        host = KnownHost(address, plain(name, 60))
        self._keep([host, *(other for other in self._hosts if other.place != host.place)])

    def remove(self, address: str) -> None:
        """Forget a host."""
        self._keep([host for host in self._hosts if host.address != address])

    def _keep(self, hosts: list[KnownHost]) -> None:
        self._hosts = hosts[:_MOST]
        rows = [{"address": host.address, "name": host.name} for host in self._hosts]
        write_json(self._file, {"format": _FORMAT, "version": _VERSION, "hosts": rows}, durable=False)

    def _read(self) -> list[KnownHost]:
        try:
            rows = parse_json(self._file.read_bytes())["hosts"]
            hosts = [KnownHost(plain(str(row["address"]), _LONGEST), plain(str(row["name"]), 60)) for row in rows]
        except (OSError, ValueError, KeyError, TypeError, VFSError):
            return []
        return hosts[:_MOST]
