"""The last good copy of an index. When a new one is published, mostly a patch of the copy is enough."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vfsloader.distribution.head import NAME, Head, read_index, unpack_index
from vfsloader.distribution.origin import Origin
from vfsloader.distribution.patches import patch_name, patched
from vfsloader.distribution.rows import IndexedMod, read_rows
from vfsloader.errors import VFSError
from vfsloader.runtime.atomic import write_whole


class IndexCopy:
    """The copy of one source's index, as files.

    Parameters
    ----------
    folder
        Where they are: ``<digest>.json.zst`` as it was sent, or ``<digest>.rows`` if a patch made it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: What was read last, and its digest: reading an index of thousands of mods takes a while.
        self._last: tuple[str, dict[str, IndexedMod]] = "", {}

    def rows(self, head: Head, where: str) -> dict[str, IndexedMod] | None:
        """Return the index that a head names; None if there is no copy of it.

        Raises
        ------
        DamagedError
            The copy is damaged.
        """
        if self._last[0] != head.sha256:
            packed, plain = self._files(head)
            if packed.exists():
                self._last = head.sha256, read_index(packed.read_bytes(), head, where)
            elif (raw := self._patched_before(plain, head)) is not None:
                self._last = head.sha256, read_rows(raw, where)
            else:
                return None
        return dict(self._last[1])

    def fetch(self, origin: Origin, head: Head, last: Head | None, where: str) -> dict[str, IndexedMod]:
        """Fetch an index: as a patch of the last one if that is possible, else as a whole.

        Raises
        ------
        DamagedError
            It is not what its head says.
        RemoteError
            It cannot be fetched.
        """
        packed, plain = self._files(head)
        self._folder.mkdir(parents=True, exist_ok=True)
        raw = self._fetch_patch(origin, head, last, where) if last is not None and head.raw_sha256 else None
        if raw is not None:
            mods = read_rows(raw, where)
            write_whole(plain, raw)
        else:
            data = origin.read(head.path, head.size)
            mods = read_index(data, head, where)
            write_whole(packed, data)
        self._last = head.sha256, mods
        return dict(mods)

    def keep(self, data: bytes, head: Head) -> None:
        """Make a head the last good one, and delete copies of older indexes."""
        write_whole(self._folder / NAME, data)
        kept = self._files(head)
        for old in (*self._folder.glob("*.json.zst"), *self._folder.glob("*.rows")):
            if old not in kept:
                old.unlink(missing_ok=True)

    def _files(self, head: Head) -> tuple[Path, Path]:
        return self._folder / f"{head.sha256}.json.zst", self._folder / f"{head.sha256}.rows"

    def _patched_before(self, file: Path, head: Head) -> bytes | None:
        """Return the copy that a patch made, if it is there and whole."""
        if not head.raw_sha256 or not file.exists() or file.stat().st_size != head.raw_size:
            return None
        raw = file.read_bytes()
        return raw if hashlib.sha256(raw).hexdigest() == head.raw_sha256 else None

    def _fetch_patch(self, origin: Origin, head: Head, last: Head, where: str) -> bytes | None:
        """Return the new index, unpacked, if the source has a patch of the copy, and that gives the right bytes."""
        packed, plain = self._files(last)
        try:
            old = (
                unpack_index(packed.read_bytes(), last, where) if packed.exists() else self._patched_before(plain, last)
            )
            if old is None:
                return None
            patch = origin.read(f"by-hash/{patch_name(last.sha256, head.sha256)}", head.size)
            raw = patched(old, patch, head.raw_size)
        except (VFSError, OSError):
            return None
        return raw if len(raw) == head.raw_size and hashlib.sha256(raw).hexdigest() == head.raw_sha256 else None
