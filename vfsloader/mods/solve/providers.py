"""Which copies of which mods provide an id: a mod's own, or one that its manifest says it stands in for. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from packaging.version import Version

from vfsloader.mods.metadata.manifest import Manifest

#: By id, the copies of each mod, the preferred one first.
Copies = Mapping[str, Sequence[Manifest]]


class Provider(NamedTuple):
    """A copy of a mod that provides an id in some version."""

    mod: str
    copy_index: int
    """The copy's index among the mod's copies."""
    version: Version


def providers(copies: Copies) -> dict[str, list[Provider]]:
    """Return, by id, everything that provides it: the mod with that id first, then the others by their ids."""
    by_id: dict[str, list[Provider]] = defaultdict(list)
    ordered = sorted(copies.items())
    for mod, manifests in ordered:
        by_id[mod] += [Provider(mod, index, manifest.version) for index, manifest in enumerate(manifests)]
    for mod, manifests in ordered:
        for index, manifest in enumerate(manifests):
            for other, version in manifest.provides.items():
                by_id[other].append(Provider(mod, index, version))
    return dict(by_id)


def connected(copies: Copies, by_id: Mapping[str, Sequence[Provider]], rules: Sequence[str]) -> list[list[str]]:
    """Return the mods in groups: a mod whose rule names another, or what another provides, is in a group with it.

    Parameters
    ----------
    copies
        The mods.
    by_id
        What provides which id; see :func:`providers`.
    rules
        The attributes of manifests that name other mods.
    """
    neighbours: dict[str, set[str]] = defaultdict(set)
    for mod, manifests in copies.items():
        for manifest in manifests:
            for rule in rules:
                for wanted in getattr(manifest, rule):
                    for other, _, _ in by_id.get(wanted, ()):
                        neighbours[mod].add(other)
                        neighbours[other].add(mod)
    groups = []
    seen: set[str] = set()
    for start in copies:
        if start not in seen:
            group, stack = {start}, [start]
            while stack:
                new = neighbours.get(stack.pop(), set()) - group
                group |= new
                stack += new
            seen |= group
            groups.append(sorted(group))
    return groups
