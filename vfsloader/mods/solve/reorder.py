"""Moving a mod in the player's order, and saying which rule forbids it.

Pure. A mod that is moved takes along what must load before it, or after it: else a rule about a third mod could
keep it from its place though nothing forbids the place itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vfsloader.errors import ModOrderError
from vfsloader.mods.metadata.manifest import GROUPS, Manifest
from vfsloader.mods.solve.order import Edges, load_order


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """`first` is to load before `then`; the player moves `mod`, one of the two."""

    mod: str
    first: str
    then: str


def moved(order: Sequence[str], live: Mapping[str, Manifest], wish: MoveRequest) -> tuple[str, ...]:
    """Give the player's order with a mod moved.

    Parameters
    ----------
    order
        Ids as the player put them, all that there are, lowest first.
    live
        The manifests of the mods that load.
    wish
        What the player wants.

    Raises
    ------
    ModOrderError
        A rule of the mods forbids it.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": "1", **more}, id)
    >>> mods = {one.id: one for one in (mod("aa"), mod("bb", requires={"cc": "*"}), mod("cc"))}
    >>> moved(["aa", "cc", "bb"], mods, MoveRequest("bb", "bb", "aa"))
    ('cc', 'bb', 'aa')
    """
    edges = load_order(live, order).edges
    needed = edges.reach(wish.first, backwards=True) - {wish.then}
    upwards = wish.mod == wish.then
    along = {wish.mod} | (edges.reach(wish.mod) - {wish.first} if upwards else needed)
    target = wish.first if upwards else wish.then
    at = order.index(target)
    wrong_side = order[:at] if upwards else order[at + 1 :]
    new = _put(order, {one for one in along if one == wish.mod or one in wrong_side}, target, behind=upwards)
    # What `first` waits for must not wait behind `then`.
    new = _put(new, {one for one in needed if new.index(one) > new.index(wish.then)}, wish.first, behind=False)
    found = load_order(live, new).ids
    if {wish.first, wish.then} <= set(found) and found.index(wish.then) < found.index(wish.first):
        raise _forbidden(live, wish, edges)
    return new


def _put(order: Sequence[str], block: Collection[str], target: str, *, behind: bool) -> tuple[str, ...]:
    """Move some ids before or behind another, in the order in which they are."""
    rest = [one for one in order if one not in block]
    at = rest.index(target) + behind
    return (*rest[:at], *(one for one in order if one in block), *rest[at:])


def _forbidden(live: Mapping[str, Manifest], wish: MoveRequest, edges: Edges) -> ModOrderError:
    if way := edges.leads(wish.then, wish.first):
        rules = "; ".join(map(str, way[::-1]))
    elif live[wish.first].tier != live[wish.then].tier:
        rules = " and ".join(f"{mod} is of kind {live[mod].kind}" for mod in (wish.first, wish.then))
    else:
        # Itself, or the nearest that it waits for, belongs to a later group.
        waited = {mod: edges.leads(mod, wish.first) or [] for mod in live if edges.leads(mod, wish.first) is not None}
        group = GROUPS.index(live[wish.then].group)
        later = [mod for mod in sorted(waited, key=lambda mod: (len(waited[mod]), mod)) if _group(live[mod]) > group]
        told = [str(edge) for edge in waited[later[0]][::-1]]
        told += [f"{later[0]} is in group {live[later[0]].group} and {wish.then} is in group {live[wish.then].group}"]
        rules = "; ".join(told)
    return ModOrderError(f"{wish.first} cannot load before {wish.then}: {rules}", rules)


def _group(manifest: Manifest) -> int:
    return GROUPS.index(manifest.group)
