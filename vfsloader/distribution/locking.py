"""Making a lock of the present set, and finding out how to get exactly the set of a lock."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from vfsloader.distribution.build import file_digest
from vfsloader.distribution.lock import Lock, LockedMod
from vfsloader.distribution.origin import Origin, origin_of
from vfsloader.distribution.rows import Release
from vfsloader.distribution.sources import Index, Sources
from vfsloader.distribution.staging import Offer
from vfsloader.distribution.transaction import InstalledFiles, Record, Records
from vfsloader.errors import DamagedError, PathNotFoundError
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.profile_files import describe
from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint
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


def lock_of_fingerprint(fingerprint: Fingerprint, mods: ModManager, records: Records, indexes: Sequence[Index]) -> Lock:
    """Return the copies that a fingerprint names: those that are there, else those of the sources.

    Parameters
    ----------
    fingerprint
        The fingerprint.
    mods
        The game's mods.
    records
        The installed ones.
    indexes
        What the sources offer.

    Raises
    ------
    PathNotFoundError
        No source has a version that it names.
    """
    locked, missing = [], []
    available = {mod.id for mod in mods.available}
    for wanted in fingerprint.mods:
        record = records.get(wanted.id)
        copies = mods.copies(wanted.id) if wanted.id in available else []
        same = [copy for copy in copies if (str(copy.version), describe(copy, mods.limits).sha256) == _key(wanted)]
        found = _in_sources(wanted, record, indexes)
        if same and record is not None and any(copy.path.name == record.file for copy in same):
            locked.append(_of_record(record, wanted.sha256))
        elif same:
            locked.append(LockedMod(wanted.id, wanted.version, "", 0, "", wanted.sha256, ""))
        elif found is not None:
            release, address = found
            locked.append(
                LockedMod(
                    wanted.id, wanted.version, release.sha256, release.size, release.suffix, wanted.sha256, address
                )
            )
        else:
            missing.append(f"{wanted.id} {wanted.version}" + (f" ({wanted.homepage})" if wanted.homepage else ""))
    if missing:
        raise PathNotFoundError.at("save", f"no source has {', '.join(missing)}; nothing was changed")
    return Lock(tuple(locked))


def _key(wanted: ModPrint) -> tuple[str, str]:
    return wanted.version, wanted.sha256


def _in_sources(wanted: ModPrint, record: Record | None, indexes: Sequence[Index]) -> tuple[Release, str] | None:
    home = record.source if record is not None else ""
    for index in sorted(indexes, key=lambda one: one.source.address != home):
        row = index.mods.get(wanted.id)
        for release in row.releases if row is not None else ():
            if str(release.version) == wanted.version:
                return release, index.source.address
    return None


def _of_record(record: Record, content: str) -> LockedMod:
    return LockedMod(record.id, record.version, record.sha256, record.size, record.suffix, content, record.source)


def withdrawn(lock: Lock, indexes: Sequence[Index]) -> list[str]:
    """Return what to say about versions of a lock that were withdrawn."""
    wanted = {mod.sha256: mod.id for mod in lock.mods if mod.sha256}
    return [
        f"{mod.id} {release.number} was withdrawn: {release.withdrawn}"
        for index in indexes
        for mod in index.mods.values()
        for release in mod.releases
        if release.withdrawn and wanted.get(release.sha256) == mod.id
    ]


def differences(wanted: Lock, present: Lock) -> list[str]:
    """Return how two sets differ, as sentences; nothing if they do not."""
    here = {mod.id: mod for mod in present.mods}
    found = []
    for mod in wanted.mods:
        one = here.get(mod.id)
        if one is None:
            found.append(f"{mod.id} {mod.version} is not enabled")
        elif one.sha256 != mod.sha256 and (not mod.content or one.content != mod.content):
            found.append(f"{mod.id} is another copy: {one.version} in place of {mod.version}")
    found += [f"{mod.id} {mod.version} is enabled too" for mod in present.mods if mod.id not in _ids(wanted)]
    if not found and _ids(wanted) != _ids(present):
        found.append(f"the order differs: {', '.join(_ids(present))}")
    return found


def _ids(lock: Lock) -> list[str]:
    return [mod.id for mod in lock.mods]


def check_content(files: InstalledFiles, record: Record, contents: Mapping[str, str], limits: Limits) -> None:
    """Check that a file in the store contains the files that it should, whatever they are packed in.

    Raises
    ------
    DamagedError
        It does not. Nothing was changed.
    """
    expected = contents.get(record.id)
    if expected is None:
        return
    mods, _ = read_mods(files.store / f"{record.sha256}{record.suffix}")
    try:
        found = [describe(mod, limits).sha256 for mod in mods]
    finally:
        for mod in mods:
            mod.close()
    if found != [expected]:
        sentence = f"{record.source or 'the file'} has another {record.id} {record.version} than the one asked for"
        raise DamagedError.at(record.id, f"{sentence}; nothing was changed")


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
        elif (foreign := _foreign(locked, sources)) is not None:
            records[locked.id] = foreign.record
            offers.append(foreign)
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


def _foreign(locked: LockedMod, sources: Sources) -> Offer | None:
    """Return the offer for a mod of another world, whose file has to be made again."""
    source = next((one for one in sources if one.kind and one.address == locked.source), None)
    if source is None:
        return None
    row = sources.refresh(source).mods.get(locked.id)
    release = next((one for one in row.releases if str(one.version) == locked.version), None) if row else None
    if release is None:
        raise PathNotFoundError.at(locked.id, f"{source.name} no longer has {locked.id} {locked.version}")
    record = Record(locked.id, locked.version, "", release.size, ".zip", source.address)
    return Offer(record, [functools.partial(sources.origin, source, release.address)], None, release)


def _by_hand(locked: LockedMod, mods: ModManager, files: InstalledFiles, limits: Limits) -> bool:
    """Return whether the very copy was put into the mods folder by hand."""
    ours = {record.file for record in files.records().values()}
    for mod in mods.copies(locked.id) if locked.id in [known.id for known in mods.available] else ():
        if mod.path.name not in ours and str(mod.version) == locked.version:
            if not locked.content:
                return mod.path.is_file() and file_digest(mod.path) == locked.sha256
            return describe(mod, limits).sha256 == locked.content
    return False


def show_set(mods: ModManager, lock: Lock) -> None:
    """Enable exactly the mods of a lock, in its order, each in its version."""
    several = {mod.id: mod.version for mod in lock.mods if len(mods.copies(mod.id)) > 1}
    mods.choose_exactly([mod.id for mod in lock.mods], several)
