"""What a host offers: a snapshot of its set, with the lists and the contents of the mods that it may pass on."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from vfsloader.distribution.host_set import HostedMod, HostedSet, HostHead, write_list
from vfsloader.distribution.mod_files import ModFiles, Stretch
from vfsloader.distribution.transaction import Records
from vfsloader.distribution.unpacked_files import UnpackedFiles
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.quoting import plain
from vfsloader.remote.addresses import redacted

#: Characters of the digest that an address ends with: 80 bits.
CODE_LENGTH = 20


class HostedMods:
    """The set that a host offers: a snapshot of the enabled mods.

    Parameters
    ----------
    fingerprint
        Of the set.
    mods
        The mods that are in it.
    described
        By id, how each can be had.
    name
        What the host calls itself.
    """

    def __init__(
        self, fingerprint: Fingerprint, mods: Iterable[Mod], described: dict[str, HostedMod], name: str
    ) -> None:
        by_id = {mod.id: mod for mod in mods}
        self.set = HostedSet(fingerprint, described).to_bytes()
        digest = hashlib.sha256(self.set).hexdigest()
        self.head = HostHead(plain(name, 60), fingerprint.digest, digest, len(self.set))
        self._sent = {one.sha256: by_id[one.id] for one in fingerprint.mods if described[one.id].is_sent}
        self._lists: dict[str, tuple[list[Stretch], bytes]] = {}
        self._lock = threading.Lock()
        self._unpacked = UnpackedFiles()

    @property
    def code(self) -> str:
        """What the address ends with, so that nobody on the way can exchange the set."""
        return self.head.set[:CODE_LENGTH]

    def list_of(self, content: str) -> bytes | None:
        """Return the list of a mod that may be sent; None if there is no such mod."""
        listed = self._listed(content)
        return None if listed is None else listed[1]

    def contents(self, content: str, indices: str) -> tuple[int, Callable[[int], Iterator[bytes]]] | None:
        """Return the size of some pieces of a mod together, and what yields their bytes from one on.

        None if there are no such pieces.

        Parameters
        ----------
        content
            The digest of the mod.
        indices
            Which pieces of the files in its list, such as ``0-3,7``.
        """
        listed = self._listed(content)
        wanted = None if listed is None else _indices(indices, len(listed[0]))
        if listed is None or wanted is None:
            return None
        stretches = _joined([listed[0][index] for index in wanted])
        return sum(stretch.size for stretch in stretches), lambda start: self._bytes_of(stretches, start)

    def close(self) -> None:
        """Delete what was unpacked."""
        self._unpacked.close()

    def _bytes_of(self, stretches: Sequence[Stretch], start: int) -> Iterator[bytes]:
        for stretch in stretches:
            if start < stretch.size:
                yield from stretch.read(self._unpacked.open, start)
            start = max(0, start - stretch.size)

    def _listed(self, content: str) -> tuple[list[Stretch], bytes] | None:
        if content not in self._sent:
            return None
        with self._lock:  # two clients wait for one list, and do not make two
            if content not in self._lists:
                files, stretches = ModFiles(self._sent[content]).listed()
                self._lists[content] = stretches, write_list(files)
            return self._lists[content]


def _indices(text: str, count: int) -> list[int] | None:
    indices: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(part) > 15:
            return None
        span = range(int(first), int(last or first) + 1)
        if not span or span[-1] >= count or (indices and span[0] <= indices[-1]):
            return None
        indices += span
    return indices


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches with those joined that follow one another in a file."""
    joined: list[Stretch] = []
    for stretch in stretches:
        last = joined[-1] if joined else None
        if last is not None and last.entry is stretch.entry and last.offset + last.size == stretch.offset:
            joined[-1] = replace(last, size=last.size + stretch.size)
        else:
            joined.append(stretch)
    return joined


def host_mods(mods: Sequence[Mod], fingerprint: Fingerprint, records: Records, name: str) -> HostedMods:
    """Return what a host offers.

    Parameters
    ----------
    mods
        The mods that load.
    fingerprint
        Of the set.
    records
        The mods that were installed, by id.
    name
        What the host calls itself.
    """
    described = {}
    shared = {one.id for one in fingerprint.mods}
    for mod in mods:
        if mod.id not in shared:
            continue
        record = records.get(mod.id)
        is_sent = mod.manifest.sharing[1]
        if record is not None and record.file == mod.path.name:
            source = redacted(record.source) if record.source.startswith("https://") else ""
            described[mod.id] = HostedMod(is_sent, record.sha256 + record.suffix, record.size, source)
        else:
            described[mod.id] = HostedMod(is_sent)
    return HostedMods(fingerprint, mods, described, name or "a host")
