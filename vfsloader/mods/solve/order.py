"""The load order: lowest priority first, the last mod wins.

Pure. A mod never leaves its tier (``kind``). Inside a tier, hard edges (``requires``) always hold. Soft edges
(``recommends``, ``after``, ``before``) hold unless they would make a circle. The rest is ordered by group, then by the
player's order, then by natural id. The same mods get the same order on every machine.
"""

from __future__ import annotations

import functools
import heapq
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.providers import Provider, providers
from vfsloader.paths import natural_key

#: The keys of ids, which are asked for at each toggle.
_id_key = functools.lru_cache(maxsize=16_384)(natural_key)


class Edge(NamedTuple):
    """`first` loads before `then`, because of a rule in one of their manifests."""

    first: str
    then: str
    rule: str

    @property
    def owner(self) -> str:
        """The mod whose rule it is."""
        return self.first if self.rule == "before" else self.then

    @property
    def other(self) -> str:
        """The mod that the rule names."""
        return self.then if self.rule == "before" else self.first

    def __str__(self) -> str:
        return f"{self.owner} --[{self.rule}]-> {self.other}"


class Edges:
    """Rules as a graph without circles."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.successors: dict[str, dict[str, Edge]] = defaultdict(dict)
        for edge in edges:
            self.add(edge)

    def add(self, edge: Edge) -> None:
        """Add a rule that does not make a circle."""
        self.successors[edge.first].setdefault(edge.then, edge)

    def path(self, start: str, goal: str) -> list[Edge] | None:
        """Return a shortest chain of rules by which `start` loads before `goal`, or None if there is no such chain."""
        reached_by: dict[str, Edge | None] = {start: None}
        queue = deque([start])
        while queue and goal not in reached_by:
            for then, edge in self.successors.get(queue.popleft(), {}).items():
                if then not in reached_by:
                    reached_by[then] = edge
                    queue.append(then)
        if goal not in reached_by:
            return None
        path = []
        while (edge_before := reached_by[goal]) is not None:
            path.append(edge_before)
            goal = edge_before.first
        return path[::-1]

    def reach(self, start: str, *, backwards: bool = False) -> set[str]:
        """Return the mods that must load after a mod, or before it."""
        neighbours: Mapping[str, Iterable[str]] = self.successors
        if backwards:
            predecessors: dict[str, list[str]] = defaultdict(list)
            for first, successors in self.successors.items():
                for then in successors:
                    predecessors[then].append(first)
            neighbours = predecessors
        seen, stack = {start}, [start]
        while stack:
            new = set(neighbours.get(stack.pop(), ())) - seen
            seen |= new
            stack += new
        return seen - {start}


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """The order, and the rules that could not be followed."""

    ids: tuple[str, ...]
    """Lowest priority first."""
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[str] = frozenset()
    """Mods whose hard edges make a circle."""
    edges: Edges = field(default_factory=lambda: Edges(()), compare=False, repr=False)
    """The rules that the order follows inside the tiers."""


class SortKeys(dict[str, tuple[Any, ...]]):
    """By id, the key by which mods are sorted where no rule says otherwise; each is made when it is asked for.

    Parameters
    ----------
    mods
        Manifests by id.
    player_order
        Ids in the player's order, lowest first.
    """

    def __init__(self, mods: Mapping[str, Manifest], player_order: Sequence[str]) -> None:
        self._mods = mods
        self._index = {mod: index for index, mod in enumerate(player_order)}

    def __missing__(self, mod: str) -> tuple[Any, ...]:
        manifest = self._mods[mod]
        index = self._index.get(mod, len(self._index))
        key = self[mod] = manifest.tier, manifest.group_index, index, _id_key(mod), mod
        return key


class Rules(NamedTuple):
    """The rules of some mods about their order."""

    hard: Sequence[Edge]
    soft: Sequence[Edge]
    """In the order in which they are followed."""
    has_circles: bool
    """Whether they make a circle; if not, no part of them does."""


def rules_of(mods: Mapping[str, Manifest]) -> Rules:
    """Return the rules of mods. Any of the mods may be left out when they are put in order."""
    by_id = providers({mod: (manifest,) for mod, manifest in mods.items()})
    hard = list(_edges(mods, by_id, "requires"))
    soft = sorted(
        _edges(mods, by_id, "recommends", "after", "before"), key=lambda edge: (edge.first, edge.then, edge.rule)
    )
    return Rules(hard, soft, _has_circles([*hard, *soft]))


def load_order(mods: Mapping[str, Manifest], player_order: Sequence[str] = (), rules: Rules | None = None) -> LoadOrder:
    """Put mods in order.

    Parameters
    ----------
    mods
        Manifests by id.
    player_order
        Ids in the player's order, lowest first. Mods that it does not name come last.
    rules
        The rules of these mods and others, if they are known.

    Returns
    -------
    LoadOrder
        All of `mods` except those in a circle of ``requires``.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": "1", **more}, id)
    >>> mods = {m.id: m for m in (mod("aa", requires={"zz": "*"}), mod("zz"), mod("mod10"), mod("mod2"))}
    >>> load_order(mods).ids
    ('mod2', 'mod10', 'zz', 'aa')
    """
    hard, soft, has_circles = rules_of(mods) if rules is None else rules
    if rules is not None:
        hard, soft = ([edge for edge in side if edge.first in mods and edge.then in mods] for side in (hard, soft))
    if not has_circles:
        edges = Edges((*hard, *soft))
        return LoadOrder(_sorted(mods, edges, player_order), edges=edges)
    left_out: set[str] = set()
    problems = []
    for cycle in _cycles(mods, hard):
        ids = sorted(edge.first for edge in cycle)
        if left_out.issuperset(ids):
            continue
        left_out.update(ids)
        circle = " ".join(f"{edge.then} --[{edge.rule}]->" for edge in reversed(cycle)) + f" {cycle[-1].then}"
        problems.append(problem("cycle", ids[0], chain=ids, names=" or ".join(ids), circle=circle))
    live = {mod: manifest for mod, manifest in mods.items() if mod not in left_out}
    edges = Edges(edge for edge in hard if edge.first in live and edge.then in live)
    for edge in soft:
        if edge.first not in live or edge.then not in live:
            continue
        if edges.path(edge.then, edge.first) is None:
            edges.add(edge)
        else:
            side = "before" if edge.rule == "before" else "after"
            problems.append(problem("soft_cycle", edge.owner, side=side, other=edge.other))
    return LoadOrder(_sorted(live, edges, player_order), tuple(problems), frozenset(left_out), edges)


def _edges(mods: Mapping[str, Manifest], by_id: Mapping[str, Sequence[Provider]], *rules: str) -> Iterator[Edge]:
    """Yield the edges inside the tiers that come from some rules of the manifests."""
    for mod, manifest in mods.items():
        for rule in rules:
            for wanted in getattr(manifest, rule):
                for other, _, _ in by_id.get(wanted, ()):
                    if other != mod and other in mods and mods[other].tier == manifest.tier:
                        yield Edge(mod, other, rule) if rule == "before" else Edge(other, mod, rule)


def _has_circles(edges: Iterable[Edge]) -> bool:
    """Return whether following edges can lead back to where one started."""
    after: dict[str, set[str]] = defaultdict(set)
    waiting: dict[str, int] = defaultdict(int)
    for first, then, _ in edges:
        if then not in after[first]:
            after[first].add(then)
            waiting[then] += 1
    ready = [mod for mod in after if not waiting.get(mod)]
    for mod in ready:  # it grows
        for then in after.get(mod, ()):
            waiting[then] -= 1
            if not waiting[then]:
                ready.append(then)
    return any(waiting.values())


def _cycles(mods: Collection[str], edges: Sequence[Edge]) -> list[list[Edge]]:
    """Return each circle once, as edges in load direction, starting from the smallest id."""
    before: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(edges, key=lambda edge: (edge.then, edge.first)):
        before[edge.then].append(edge)
    cycles: list[list[Edge]] = []
    done: set[str] = set()
    for start in sorted(mods):
        # Depth first without recursion: a chain of a thousand mods is allowed.
        trail: list[Edge] = []
        on_trail = [start]
        stack = [iter(before[start])] if start not in done else []
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                done.add(on_trail.pop())
                if trail:
                    trail.pop()
            elif following.first in on_trail:
                cycles.append([following, *reversed(trail[on_trail.index(following.first) :])])
            elif following.first not in done:
                trail.append(following)
                on_trail.append(following.first)
                stack.append(iter(before[following.first]))
    return cycles


def _sorted(mods: Mapping[str, Manifest], edges: Edges, player_order: Sequence[str]) -> tuple[str, ...]:
    """Sort mods topologically. Of those that may come next, take the one that sorts first."""
    sort_key = SortKeys(mods, player_order)
    waiting = dict.fromkeys(mods, 0)
    for successors in edges.successors.values():
        for then in successors:
            waiting[then] += 1
    ready = [(sort_key[mod], mod) for mod, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, mod = heapq.heappop(ready)
        order.append(mod)
        for then in edges.successors.get(mod, ()):
            waiting[then] -= 1
            if not waiting[then]:
                heapq.heappush(ready, (sort_key[then], then))
    return tuple(order)
