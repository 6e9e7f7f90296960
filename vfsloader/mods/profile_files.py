"""Giving a profile to another player: which mods, which versions, which content.

Pure but for the digest: the file says what was played with; the report says how an installation differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vfsloader import paths
from vfsloader.errors import ConfigError
from vfsloader.layers.protocol import Layer, digest_of
from vfsloader.layers.union import Mount, Union

FORMAT = "vfsloader profile"


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which what is installed differs from an imported profile."""

    mod: str
    kind: str
    """``missing``, ``version``, ``content`` or ``extra``."""
    wanted: str
    found: str

    def __str__(self) -> str:
        match self.kind:
            case "missing":
                return f"Install {self.mod} {self.wanted}: the profile has it."
            case "version":
                return f"Get {self.mod} {self.wanted}: the profile has that, and {self.found} is installed."
            case "content":
                return f"Get {self.mod} anew: it has the profile's version {self.wanted}, and other files."
        return f"Nothing to do: {self.mod} {self.found} is switched off, as the profile does not have it."


def content_digest(layer: Layer) -> str:
    """Give one SHA-256 for all files of a layer, the same wherever and in whatever container they lie."""
    whole = hashlib.sha256()
    tree = Union([Mount("mod", layer)])
    for folder, _, files in tree.walk(paths.ROOT):
        for name in files:
            path = paths.join(folder, name)
            entry = tree.need_file(path).entry
            whole.update(path.encode() + b"\0" + digest_of(layer, entry))
    return whole.hexdigest()


def export_profile(name: str, mods: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Give the data of a profile file.

    Parameters
    ----------
    name
        The profile's name.
    mods
        Id, version and content digest of each enabled mod, in load order.
    """
    rows = [{"id": mod, "version": version, "sha256": digest} for mod, version, digest in mods]
    return {"format": FORMAT, "version": 1, "name": name, "mods": rows}


def read_profile(data: Any, where: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Check the data of a profile file; give name and mods as :func:`export_profile` took them.

    Raises
    ------
    ConfigError
        It is no profile, or a newer kind.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ConfigError.at(where, f"{where} is no profile of vfsloader")
    if data.get("version") != 1:
        raise ConfigError.at(where, f"{where} is a profile of kind {data.get('version')!r}; update vfsloader")
    rows = data.get("mods")
    name = data.get("name")
    if not isinstance(rows, list) or not isinstance(name, str):
        raise ConfigError.at(where, f"{where}: a profile has a name and a list of mods")
    mods = []
    for row in rows:
        values = [row.get(key) for key in ("id", "version", "sha256")] if isinstance(row, dict) else [None]
        if not all(isinstance(value, str) for value in values):
            raise ConfigError.at(where, f"{where}: {row!r:.60} is no mod of a profile: id, version and sha256 are text")
        mods.append((str(values[0]), str(values[1]), str(values[2])))
    return name, mods


def compare(wanted: Sequence[tuple[str, str, str]], installed: Mapping[str, tuple[str, str]]) -> list[Difference]:
    """Tell how an installation differs from a profile.

    Parameters
    ----------
    wanted
        The profile's mods: id, version, digest.
    installed
        Version and digest by id.
    """
    found = []
    for mod, version, digest in wanted:
        if mod not in installed:
            found.append(Difference(mod, "missing", version, ""))
        elif installed[mod][0] != version:
            found.append(Difference(mod, "version", version, installed[mod][0]))
        elif installed[mod][1] != digest:
            found.append(Difference(mod, "content", version, version))
    names = {mod for mod, _, _ in wanted}
    found += [Difference(mod, "extra", "", version) for mod, (version, _) in installed.items() if mod not in names]
    return found
