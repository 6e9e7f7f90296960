"""Profile files, which players exchange: which mods were played with, in which versions, with which content.

Pure except for the digest. A report says how an installation differs from the file.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vfsloader import paths
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import BudgetError, ConfigError, VFSError
from vfsloader.layers.protocol import Entry, digest_of
from vfsloader.layers.union import Mount, Union
from vfsloader.mods import messages
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.metadata.mod_layer import ModLayer
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

FORMAT = "vfsloader profile"
_SAMPLE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the installed mods and an imported profile."""

    mod: str
    kind: str
    """``missing``, ``version``, ``content`` or ``extra``."""
    wanted: str
    found: str

    def __str__(self) -> str:
        return messages.fill(messages.DIFFERENCES[self.kind], mod=self.mod, wanted=self.wanted, found=self.found)


class Row(NamedTuple):
    """A mod in a profile file."""

    id: str
    version: str
    sha256: str


def describe(mod: Mod, limits: Limits = DEFAULT_LIMITS, part: ModLayer | None = None) -> Row:
    """Return the row of a mod or of a part of it, with one SHA-256 for all files: the same in any folder or archive.

    Of files that no game reads whole, and of what follows after ``limits.decoded_bytes`` bytes, only the size and both
    ends are hashed: a mod may have a video of many gigabytes.
    """
    whole = hashlib.sha256()
    layer = mod.layer if part is None else part
    tree = Union([Mount("mod", layer)])
    left = limits.decoded_bytes
    for folder, _, files in tree.walk(paths.ROOT):
        for name in files:
            path = paths.join(folder, name)
            entry = tree.need_file(path).entry
            is_hashed = entry.size <= left
            left -= entry.size if is_hashed else 0
            whole.update(path.encode("utf-8", "surrogatepass") + b"\0")
            whole.update(digest_of(layer, entry) if is_hashed else _sample(layer, entry))
    return Row(mod.id, str(mod.version), whole.hexdigest())


def _sample(layer: ModLayer, entry: Entry) -> bytes:
    """Hash the size and both ends of a large file."""
    sample = hashlib.sha256(f"{entry.size}".encode())
    with contextlib.suppress(VFSError), layer.open(entry) as file:  # one that cannot be unpacked has only its size
        sample.update(file.read(_SAMPLE_BYTES))
        file.seek(max(entry.size - _SAMPLE_BYTES, 0))
        sample.update(file.read(_SAMPLE_BYTES))
    return sample.digest()


def profile_data(name: str, rows: Sequence[Row]) -> dict[str, object]:
    """Return the content of a profile file, with the enabled mods in load order."""
    return {"format": FORMAT, "version": 1, "name": name, "mods": [row._asdict() for row in rows]}


def read_profile(data: bytes, file: str) -> tuple[str, list[Row]]:
    """Parse a profile file into its name and its mods.

    Raises
    ------
    ConfigError
        It is not a profile, or was written by a newer version.
    """

    def refuse(sentence: str, **facts: object) -> ConfigError:
        return ConfigError.at(file, messages.fill(sentence, file=file, **facts))

    try:
        table = parse_json(data, Budget(file))
    except (ValueError, BudgetError) as error:
        raise refuse(messages.NOT_A_PROFILE, reason=f": {error}") from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise refuse(messages.NOT_A_PROFILE, reason="")
    if table.get("version") != 1:
        raise refuse(messages.PROFILE_TOO_NEW, version=table.get("version"))
    name, mods = table.get("name"), table.get("mods")
    if not isinstance(name, str) or not isinstance(mods, list):
        raise refuse(messages.PROFILE_FIELDS)
    rows = []
    for row in mods:
        values = [row.get(key) for key in Row._fields] if isinstance(row, dict) else [None]
        if not all(isinstance(value, str) for value in values):
            raise refuse(messages.PROFILE_ROW, row=row)
        rows.append(Row(*values))
    return plain(name), rows


def compare(wanted: Sequence[Row], installed: Mapping[str, Row]) -> list[Difference]:
    """Return how the installed mods, by id, differ from those of a profile."""
    differences = []
    for row in wanted:
        present = installed.get(row.id)
        if present is None:
            differences.append(Difference(row.id, "missing", row.version, ""))
        elif present.version != row.version:
            differences.append(Difference(row.id, "version", row.version, present.version))
        elif present.sha256 != row.sha256:
            differences.append(Difference(row.id, "content", row.version, row.version))
    extra = installed.keys() - {row.id for row in wanted}
    return [*differences, *(Difference(mod, "extra", "", installed[mod].version) for mod in sorted(extra))]
