"""Making a lock of the present set, and finding out how to get exactly the set of a lock."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from vfsloader.distribution.build import file_digest
from vfsloader.distribution.lock import Lock, LockedMod
from vfsloader.distribution.origin import Origin, origin_of
from vfsloader.distribution.sources import Sources
from vfsloader.distribution.staging import Offer
from vfsloader.distribution.transaction import InstalledFiles, Record
from vfsloader.errors import PathNotFoundError
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.profile_files import describe
from vfsloader.runtime.budget import Limits

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager

_SUFFIXES = (".zip", ".pack")


def lock_of(mods: ModManager, files: InstalledFiles, limits: Limits) -> Lock:
    """Return the exact copies of the enabled mods, in load order."""
    records = files.records()
    return Lock(tuple(_locked(mod, records.get(mod.id), files, limits) for mod in mods.enabled))


def _locked(mod: Mod, record: Record | None, files: InstalledFiles, limits: Limits) -> LockedMod:
    content = describe(mod, limits).sha256
    if record is not None and files.path(record).name == mod.path.name:
        return LockedMod(mod.id, record.version, record.sha256, record.size, record.suffix, content, record.source)
    suffix = mod.path.suffix.lower()
    if mod.path.is_file() and suffix in _SUFFIXES:
        return LockedMod(mod.id, str(mod.version), file_digest(mod.path), mod.path.stat().st_size, suffix, content, "")
    return LockedMod(mod.id, str(mod.version), "", 0, "", content, "")


def plan_sync(
    lock: Lock, mods: ModManager, files: InstalledFiles, sources: Sources, limits: Limits
) -> tuple[dict[str, Record], list[Offer]]:
    """Return the set of installed mods that a lock needs, and what has to be downloaded.

    Raises
    ------
    PathNotFoundError
        Some copies are only in folders of the player who made the lock.
    """
    records: dict[str, Record] = {}
    offers: list[Offer] = []
    missing = []
    present = files.records()
    known = list(sources)
    for locked in lock.mods:
        old = present.get(locked.id)
        if old is not None and old.sha256 == locked.sha256:
            records[locked.id] = old
        elif _by_hand(locked, mods, files, limits):
            continue
        elif not locked.sha256:
            missing.append(f"{locked.id} {locked.version}")
        else:
            record = Record(locked.id, locked.version, locked.sha256, locked.size, locked.suffix, locked.source)
            records[locked.id] = record
            origins: list[Callable[[], Origin]] = [
                functools.partial(sources.origin, source)
                for source in sorted(known, key=lambda source: source.address != record.source)
            ]
            if locked.source.startswith("https://") and locked.source not in [source.address for source in known]:
                # Its bytes are checked by their digest.
                origins.append(functools.partial(origin_of, locked.source, limits))
            offers.append(Offer(record, origins))
    if missing:
        sentence = f"{', '.join(missing)} cannot be fetched: the lock was made where they are plain folders"
        raise PathNotFoundError.at("lock", f"{sentence}; nothing was changed")
    return records, offers


def _by_hand(locked: LockedMod, mods: ModManager, files: InstalledFiles, limits: Limits) -> bool:
    """Return whether the very copy was put into the mods folder by hand."""
    ours = {record.file for record in files.records().values()}
    for mod in mods.copies(locked.id) if locked.id in [known.id for known in mods.available] else ():
        if mod.path.name not in ours and str(mod.version) == locked.version:
            return describe(mod, limits).sha256 == locked.content
    return False


def show_set(mods: ModManager, lock: Lock) -> None:
    """Enable exactly the mods of a lock, in its order, each in its version."""
    several = {mod.id: mod.version for mod in lock.mods if len(mods.copies(mod.id)) > 1}
    mods.choose_exactly([mod.id for mod in lock.mods], several)
