"""Moving a mod in the player's order, and saying which rule forbids it.

Pure. A mod that is moved takes along what must load before it, or after it: else a rule about a third mod could
keep it from its place though nothing forbids the place itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vfsloader.errors import ModOrderError
from vfsloader.mods.manifest import Manifest
from vfsloader.mods.order import Edge, load_order


@dataclass(frozen=True, slots=True)
class Wish:
    """`first` is to load before `then`; the player moves `mod`, one of the two."""

    mod: str
    first: str
    then: str


def moved(order: Sequence[str], live: Mapping[str, Manifest], wish: Wish) -> tuple[str, ...]:
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
    >>> moved(["aa", "cc", "bb"], mods, Wish("bb", "bb", "aa"))
    ('cc', 'bb', 'aa')
    """
    edges = load_order(live, order).edges
    upwards = wish.mod == wish.then
    target = wish.first if upwards else wish.then
    along = {wish.mod} | edges.reach(wish.mod, backwards=not upwards)
    along.discard(target)
    at = order.index(target)
    wrong_side = order[:at] if upwards else order[at + 1 :]
    block = [one for one in order if one == wish.mod or (one in along and one in wrong_side)]
    rest = [one for one in order if one not in block]
    at = rest.index(target) + upwards
    new = (*rest[:at], *block, *rest[at:])
    found = load_order(live, new).ids
    if {wish.first, wish.then} <= set(found) and found.index(wish.then) < found.index(wish.first):
        raise _forbidden(live, wish, edges.leads(wish.then, wish.first))
    return new


def _forbidden(live: Mapping[str, Manifest], wish: Wish, way: Sequence[Edge] | None) -> ModOrderError:
    if way:
        rules = "; ".join(map(str, way[::-1]))
    elif live[wish.first].tier != live[wish.then].tier:
        rules = " and ".join(f"{mod} is of kind {live[mod].kind}" for mod in (wish.first, wish.then))
    else:
        rules = " and ".join(f"{mod} is in group {live[mod].group}" for mod in (wish.first, wish.then))
    return ModOrderError(f"{wish.first} cannot load before {wish.then}: {rules}", rules)
