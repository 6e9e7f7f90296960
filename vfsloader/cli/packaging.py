"""Making one file of a mod's folder, for its author to share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vfsloader import packs, paths
from vfsloader.distribution.authors import sign_mod
from vfsloader.errors import ManifestError, PathExistsError, UnknownFormatError
from vfsloader.layers.folder import FolderLayer
from vfsloader.mods.lint.check import Finding
from vfsloader.mods.metadata.discovery import read_mods
from vfsloader.mods.metadata.formats import MARKERS
from vfsloader.mods.metadata.mod import Mod
from vfsloader.packs.ignore_rules import IgnoreRules
from vfsloader.packs.sources import opened, tree_of


@dataclass(frozen=True, slots=True)
class Package:
    """A file that was made of a mod."""

    path: str
    id: str
    version: str
    files: int
    size: int
    """Its size in bytes."""
    author: str = ""
    """The public key of the author who signed it; empty if nobody did."""


def leaves_out(folder: Path) -> Callable[[Finding], bool]:
    """Return a function that says whether a finding is about a file that does not get into the package."""
    if not folder.is_dir():
        raise UnknownFormatError.at(str(folder), f"{folder} is a file, so it is packaged already: mods check checks it")
    rules = IgnoreRules(tree_of(FolderLayer(folder)))

    def ignores(finding: Finding) -> bool:
        if finding.kind != "unloaded" or not finding.file.startswith("/"):
            return False
        parts = paths.normalise(finding.file).split("/")[1:]
        above = ["/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return any(rules.ignores(path, is_folder=(folder / path[1:]).is_dir()) for path in above)

    return ignores


def package(folder: Path, out: str | None, *, overwrite: bool, key: str | None = None) -> Package:
    """Make a zip or a pack of a mod's folder, without what ``.vfsignore`` and version control leave out.

    With a private key it is signed as its author's.

    Raises
    ------
    ManifestError
        The mod has no manifest, or a wrong one.
    PathExistsError
        The file exists already.
    """
    if not any((folder / marker).is_file() for marker in MARKERS):
        raise ManifestError.at(str(folder), f"{folder} has no mod.toml, which gives a mod its id, name and version")
    mod = _read_one(folder)
    target = Path(out) if out is not None else Path(f"{mod.id}-{mod.version}.zip")
    if target.suffix not in (".zip", ".pack"):
        raise UnknownFormatError.at(str(target), f"{target} must end in .zip or .pack")
    if target.absolute().is_relative_to(folder.absolute()):
        raise PathExistsError.at(str(target), f"{target} is inside the mod itself; pass --out with another folder")
    if target.exists() and not overwrite:
        raise PathExistsError.at(str(target), f"{target} exists already; --force replaces it")
    if target.suffix == ".pack":
        files = _pack(folder, target, overwrite=overwrite)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            packed = Path(scratch, "mod.pack")
            files = _pack(folder, packed)
            packs.convert(packed, target, overwrite=overwrite)
    made = _read_one(target)  # as a player's game will
    if (made.id, made.version) != (mod.id, mod.version):
        target.unlink()
        raise ManifestError.at(str(target), f"{target} is read as {made.id} {made.version}, so it was deleted")
    author = "" if key is None else sign_mod(target, key)
    return Package(str(target), mod.id, str(mod.version), files, target.stat().st_size, author)


def _pack(folder: Path, target: Path, *, overwrite: bool = False) -> int:
    """Build a pack of a mod, whose links must not lead out of it, and return the number of files."""
    with opened(folder, "source") as layer:
        return packs.build(layer, target, overwrite=overwrite).files


def _read_one(path: Path) -> Mod:
    """Read the only mod at a path, without its files."""
    mods, _ = read_mods(path)
    for mod in mods:
        mod.close()
    if len(mods) != 1:
        raise ManifestError.at(str(path), f"{path} contains {len(mods)} mods; package each of them by itself")
    return mods[0]
