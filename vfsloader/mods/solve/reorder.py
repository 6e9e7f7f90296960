"""Moving a mod in the player's order, and naming the rule that forbids a move.

Pure. A moved mod takes along what must load before it, or after it. Otherwise a rule about a third mod could keep it
away from a position that nothing forbids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vfsloader.errors import ModOrderError
from vfsloader.mods import messages
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.order import Edges, load_order


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """The player moves `mod`, which is one of the other two, so that `first` loads before `then`."""

    mod: str
    first: str
    then: str


def reorder(order: Sequence[str], live: Mapping[str, Manifest], request: MoveRequest) -> tuple[str, ...]:
    """Return the player's order with a mod moved.

    Parameters
    ----------
    order
        All ids in the player's order, lowest first.
    live
        The manifests of the mods that load.
    request
        The move.

    Raises
    ------
    ModOrderError
        A rule of the mods forbids the move.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": "1", **more}, id)
    >>> mods = {m.id: m for m in (mod("aa"), mod("bb", requires={"cc": "*"}), mod("cc"))}
    >>> reorder(["aa", "cc", "bb"], mods, MoveRequest("bb", "bb", "aa"))
    ('cc', 'bb', 'aa')
    """
    edges = load_order(live, order).edges
    first, then = request.first, request.then
    needed = edges.reach(first, backwards=True) - {then}
    moves_up = request.mod == then
    block = edges.reach(then) - {first} if moves_up else needed
    target = first if moves_up else then
    index = order.index(target)
    wrong_side = order[:index] if moves_up else order[index + 1 :]
    moved = _put(order, {request.mod, *block.intersection(wrong_side)}, target, behind=moves_up)
    # What `first` waits for must not wait behind `then`.
    index = moved.index(then)
    moved = _put(moved, needed.intersection(moved[index + 1 :]), first, behind=False)
    ids = load_order(live, moved).ids
    if {first, then} <= set(ids) and ids.index(then) < ids.index(first):
        raise _forbidden(live, request, edges)
    return moved


def _put(order: Sequence[str], block: Collection[str], target: str, *, behind: bool) -> tuple[str, ...]:
    """Move some ids before or behind another, keeping their order."""
    rest = [mod for mod in order if mod not in block]
    index = rest.index(target) + behind
    return (*rest[:index], *(mod for mod in order if mod in block), *rest[index:])


def _forbidden(live: Mapping[str, Manifest], request: MoveRequest, edges: Edges) -> ModOrderError:
    first, then = request.first, request.then
    if (path := edges.path(then, first)) is not None:
        reasons = [str(edge) for edge in path[::-1]]
    elif live[first].tier != live[then].tier:
        kinds = {"first_kind": live[first].kind, "then_kind": live[then].kind}
        reasons = [messages.fill(messages.TIERS, first=first, then=then, **kinds)]
    else:
        # `first`, or the nearest mod that it waits for, is in a later group.
        paths = {mod: path for mod in live if (path := edges.path(mod, first)) is not None}
        later = [mod for mod in paths if live[mod].group_index > live[then].group_index]
        nearest = min(later, key=lambda mod: (len(paths[mod]), mod))
        groups = {"first_group": live[nearest].group, "then_group": live[then].group}
        reasons = [str(edge) for edge in paths[nearest][::-1]]
        reasons.append(messages.fill(messages.GROUPS, first=nearest, then=then, **groups))
    rules = "; ".join(reasons)
    return ModOrderError(messages.fill(messages.MOVE_FORBIDDEN, first=first, then=then, rules=rules), rules)
