"""Who overrides whom: every path that several layers have, and what each layer makes of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.messages import Problem, problem


@dataclass(frozen=True, slots=True)
class Override:
    """A path that several layers have."""

    path: str
    layers: tuple[str, ...]
    """Names, the winner last."""
    same: tuple[str, ...]
    """Those of them, the winner apart, whose file has the winner's very bytes."""

    @property
    def winner(self) -> str:
        """The layer whose file the game sees."""
        return self.layers[-1]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a layer wins and loses."""

    layer: str
    wins: tuple[str, ...]
    """Paths that it takes from a lower layer."""
    loses: tuple[str, ...]
    """Paths that a higher layer takes from it."""
    shares: tuple[str, ...]
    """Paths that a higher layer has too, byte for byte."""


def find_overrides(mounts: Sequence[Mount]) -> list[Override]:
    """Compare layers, path by path.

    Parameters
    ----------
    mounts
        The layers, lowest first.

    Examples
    --------
    >>> from vfsloader import Store
    >>> base, mod = Store(), Store()
    >>> base.write("/a", b"1"), base.write("/b", b"2"), mod.write("/a", b"1")
    (None, None, None)
    >>> find_overrides([Mount("base", base), Mount("mod", mod)])
    [Override(path='/a', layers=('base', 'mod'), same=('base',))]
    """
    owners: dict[str, list[Mount]] = defaultdict(list)
    for mount in mounts:
        for folder, _, files in Union([mount]).walk(paths.ROOT):
            for file in files:
                owners[paths.join(folder, file)].append(mount)
    found = []
    for path, having in sorted(owners.items()):
        if len(having) > 1:
            digests = [_digest(mount, path) for mount in having]
            same = tuple(m.name for m, digest in zip(having[:-1], digests, strict=False) if digest == digests[-1])
            found.append(Override(path, tuple(mount.name for mount in having), same))
    return found


def standings(overrides: Sequence[Override]) -> dict[str, Standing]:
    """Sum up by layer what it wins, loses and shares."""
    wins: dict[str, list[str]] = defaultdict(list)
    loses: dict[str, list[str]] = defaultdict(list)
    shares: dict[str, list[str]] = defaultdict(list)
    for one in overrides:
        wins[one.winner].append(one.path)
        for layer in one.layers[:-1]:
            (shares if layer in one.same else loses)[layer].append(one.path)
    layers = sorted({*wins, *loses, *shares})
    return {name: Standing(name, tuple(wins[name]), tuple(loses[name]), tuple(shares[name])) for name in layers}


def advise(overrides: Sequence[Override], mods: Collection[str]) -> list[Problem]:
    """Advise where a mod lies above another that overrides less, and takes files from it.

    A mod that repaints everything is best put below one that repaints a thing or two: the other way round
    nothing is seen of the small one.
    """
    extent = Counter(layer for one in overrides for layer in one.layers)
    lost: Counter[tuple[str, str]] = Counter()
    for one in overrides:
        for layer in one.layers[:-1]:
            if layer not in one.same and layer in mods and one.winner in mods and extent[layer] < extent[one.winner]:
                lost[layer, one.winner] += 1
    return [
        problem("advice", small, other=big, lost=_paths(count), most=extent[big], least=extent[small])
        for (small, big), count in sorted(lost.items())
    ]


def _paths(count: int) -> str:
    return "1 path" if count == 1 else f"{count:,} paths"


def _digest(mount: Mount, path: str) -> bytes:
    entry = mount.layer.find(path)
    return b"" if entry is None else digest_of(mount.layer, entry)
