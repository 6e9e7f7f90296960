"""Making an index: static files for any web server, bucket or folder.

What is made depends on nothing but the mods, the index that is there already, and the date: the same input gives the
same bytes. Files are named by their digests and never change; the head is written last. A version of a mod stays what
it is: other content needs another version. Versions stay in the index until they are withdrawn, and then still say why.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vfsloader import packs, paths
from vfsloader.distribution.authors import author_of
from vfsloader.distribution.build_patches import add_patches, delete_old_patches, patch_index
from vfsloader.distribution.head import MOST_HEAD_BYTES, NAME, Head, read_head, read_index, write_head
from vfsloader.distribution.rows import IndexedMod, Release, rules_of
from vfsloader.errors import ConfigError, ManifestError, PathExistsError, UnknownModError, VFSError
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.mods.metadata.mod import Mod
from vfsloader.packs.sign import Key, sign_bytes
from vfsloader.quoting import plain
from vfsloader.runtime.atomic import staged, write_whole
from vfsloader.runtime.zstd import zstd

#: Days for which a head can be installed from, and after which one without changes is written again.
DAYS, RENEW_DAYS = 90, 30
_LEVEL = 9
_SUMMARY = 200
_MOST_CHANGELOG = 64 << 10
_CHANGELOGS = ("/CHANGELOG.md", "/CHANGELOG.txt", "/changelog.txt")
_PICTURES = (".png", ".webp", ".jpg", ".jpeg", ".gif")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was done to an index."""

    folder: str
    mods: int
    versions: int
    added: tuple[str, ...]
    """The versions that are new, as ``winter 1.2``."""
    skipped: tuple[str, ...]
    """What is not a mod, and why."""
    version: int
    """The version of the head."""
    changed: bool
    signed: bool


class IndexFolder:
    """An index as files on the disk.

    Parameters
    ----------
    folder
        The folder that is published. It is made if it is missing.
    """

    def __init__(self, folder: paths.RealPath) -> None:
        self.folder = Path(folder)
        self.blobs = self.folder / "by-hash"
        self.head: Head | None = None
        self.mods: dict[str, IndexedMod] = {}
        self._changed: set[str] = set()
        if (self.folder / NAME).exists():
            with open(self.folder / NAME, "rb") as file:
                self.head = read_head(file.read(MOST_HEAD_BYTES), str(self.folder / NAME))
            packed = (self.folder / self.head.path).read_bytes()
            self.mods = read_index(packed, self.head, str(self.folder))

    def add(self, file: Path) -> str | None:
        """Add one version of a mod, and return what is new; None if it is there already.

        Raises
        ------
        ManifestError
            It is not exactly one mod.
        DamagedError
            It has an author's signature that does not belong to it.
        PathExistsError
            The index has other content for this version.
        """
        if not file.is_dir():
            return self._add_file(file)
        with tempfile.TemporaryDirectory() as scratch:
            return self._add_file(pack_folder(file, Path(scratch)))

    def withdraw(self, mod: str, version: str, reason: str) -> None:
        """Mark a version, so that nobody installs it any more.

        Raises
        ------
        UnknownModError
            The index has no such version.
        """
        releases = self.mods[mod].releases if mod in self.mods else ()
        if version not in [release.number for release in releases]:
            known = ", ".join(release.number for release in releases) or "no versions"
            raise UnknownModError(f"the index does not have {mod} {version}; it has {known} of it")
        marked = tuple(
            replace(release, withdrawn=plain(reason)) if release.number == version else release for release in releases
        )
        self.mods[mod] = replace(self.mods[mod], releases=marked)
        self._changed.add(mod)

    def publish(
        self, keys: Collection[Key] = (), *, name: str | None = None, next_keys: Sequence[str] | None = None
    ) -> tuple[Head, bool]:
        """Write the slim index, and after it the head. Return the head, and whether anything changed.

        Parameters
        ----------
        keys
            Private keys to sign with.
        name
            The name of the source; by default that of the present head, or of the folder.
        next_keys
            Public keys that may sign from now on; by default those of `keys`. While keys are exchanged, sign with the
            old one and name the new one here.

        Raises
        ------
        ConfigError
            The present head is signed, and no key is given.
        """
        old = self.head
        if old is not None and old.keys and not keys:
            raise ConfigError.at(str(self.folder), f"{self.folder} is signed; pass its key to change it")
        signers = tuple(next_keys) if next_keys is not None else tuple(sign_bytes(b"", key)[0] for key in keys)
        self.mods = add_patches(self.mods, self.blobs, self._changed)
        self._changed.clear()
        rows = [self.mods[mod].to_json() for mod in sorted(self.mods)]
        raw = json.dumps({"mods": rows}, ensure_ascii=False, separators=(",", ":")).encode()
        packed = zstd().compress(raw, _LEVEL)
        digest = hashlib.sha256(packed).hexdigest()
        now = _now()
        name = name or (old.source if old is not None else self.folder.absolute().name)
        if (
            old is not None
            and (old.sha256, old.keys, old.source) == (digest, signers, plain(name))
            and old.expires - now > datetime.timedelta(days=DAYS - RENEW_DAYS)
        ):
            return old, False
        version = 1 if old is None else old.version + 1
        expires = now.replace(microsecond=0) + datetime.timedelta(days=DAYS)
        head = Head(name, version, expires, signers, digest, len(packed), len(raw), hashlib.sha256(raw).hexdigest())
        self.blobs.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / head.path, packed)
        patch_index(self.blobs, head, raw)
        write_whole(self.folder / NAME, write_head(head, keys))
        delete_old_patches(self.mods, self.blobs, head)
        self.head = head
        return head, True

    def _add_file(self, file: Path) -> str | None:
        suffix = packed_suffix(file)
        blob = file_digest(file) + suffix
        found = read_mods(file)[0]
        try:
            if len(found) != 1:
                raise ManifestError.at(str(file), f"{file} contains {len(found)} mods; an index needs one in each file")
            (mod,) = found
            present = self.mods.get(mod.id, IndexedMod(mod.id, mod.name))
            same = next((release for release in present.releases if release.version == mod.version), None)
            if same is not None and same.file != blob:
                sentence = f"the index has another {mod.id} {mod.version}; give the changed mod a new version"
                raise PathExistsError.at(str(file), sentence)
            if same is not None and (self.blobs / blob).exists():
                return None
            self.blobs.mkdir(parents=True, exist_ok=True)
            with staged(self.blobs / blob, overwrite=True) as path:
                shutil.copyfile(file, path)
            if same is not None:
                return None
            rules, author = rules_of(mod.manifest), author_of(file)
            release = Release(mod.id, mod.name, str(mod.version), blob, file.stat().st_size, rules, author=author)
            releases = sorted((*present.releases, release), key=lambda one: one.version, reverse=True)
            if releases[0] is release:
                present = self._described(mod)
            self.mods[mod.id] = replace(present, releases=tuple(releases))
            self._changed.add(mod.id)
            return f"{mod.id} {mod.version}"
        finally:
            for mod in found:
                mod.close()

    def _described(self, mod: Mod) -> IndexedMod:
        """Return what the index says about a mod, from its newest version."""
        manifest = mod.manifest
        icon = ""
        try:
            suffix = os.path.splitext(manifest.icon)[1].lower()
            if suffix in _PICTURES and (data := mod.read_icon()) is not None:
                icon = self._write_blob(data, suffix)
        except (VFSError, OSError):
            pass  # `mods check` reports a missing icon
        details = {
            "id": mod.id,
            "version": str(mod.version),
            "description": mod.description,
            "authors": list(mod.authors),
            "license": manifest.license,
            "website": manifest.website,
            "changelog": _changelog(mod),
        }
        text = json.dumps({key: value for key, value in details.items() if value}, ensure_ascii=False, indent=1)
        summary = plain(next(iter(mod.description.strip().splitlines()), ""), _SUMMARY)
        blob = self._write_blob(text.encode(), ".json")
        return IndexedMod(mod.id, mod.name, summary, manifest.tags, icon, blob)

    def _write_blob(self, data: bytes, suffix: str) -> str:
        name = hashlib.sha256(data).hexdigest() + suffix
        if not (self.blobs / name).exists():
            write_whole(self.blobs / name, data)
        return name


def build_index(
    mods: paths.RealPath, public: paths.RealPath, keys: Collection[Key] = (), *, name: str | None = None
) -> BuildReport:
    """Turn a folder of mods (folders, zips and packs, several versions of each) into an index, or add what is new.

    Parameters
    ----------
    mods
        The folder of mods.
    public
        The folder to publish.
    keys
        Private keys to sign with.
    name
        The name of the source.
    """
    index = IndexFolder(public)
    added, skipped = [], []
    for file in sorted(Path(mods).iterdir()):
        if file.name.startswith((".", "_")) or file.name == "mods.json":
            continue
        try:
            new = index.add(file)
        except PathExistsError:
            raise
        except (VFSError, ValueError) as error:
            skipped.append(f"{file.name}: {error}")
        else:
            added += [new] if new is not None else []
    return report(index, index.publish(keys, name=name), added, skipped)


def report(
    index: IndexFolder, published: tuple[Head, bool], added: Sequence[str] = (), skipped: Sequence[str] = ()
) -> BuildReport:
    """Return what was done to an index."""
    head, changed = published
    versions = sum(len(mod.releases) for mod in index.mods.values())
    return BuildReport(
        str(index.folder),
        len(index.mods),
        versions,
        tuple(added),
        tuple(skipped),
        head.version,
        changed,
        bool(head.keys),
    )


def pack_folder(folder: Path, scratch: Path) -> Path:
    """Make a zip of a mod's folder: the same bytes whenever it has the same files."""
    packs.build(folder, scratch / "mod.pack", overwrite=True)
    packs.convert(scratch / "mod.pack", scratch / "mod.zip", overwrite=True, compress=True)
    return scratch / "mod.zip"


def packed_suffix(file: Path) -> str:
    """Return how the name of a mod's file ends.

    Raises
    ------
    ManifestError
        It is not what an index has: a zip or a pack.
    """
    suffix = file.suffix.lower()
    if suffix not in (".zip", ".pack"):
        raise ManifestError.at(str(file), f"{file} must be a folder, or end in .zip or .pack")
    return suffix


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _changelog(mod: Mod) -> str:
    for name in _CHANGELOGS:
        try:
            return mod.layer.read_own(name, _MOST_CHANGELOG).decode("utf-8", "replace")
        except (VFSError, OSError):
            continue
    return ""


def _now() -> datetime.datetime:
    """Return the time, or what ``SOURCE_DATE_EPOCH`` sets for builds that can be repeated."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed:
        return datetime.datetime.fromtimestamp(int(fixed), datetime.UTC)
    return datetime.datetime.now(datetime.UTC)
