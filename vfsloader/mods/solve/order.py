"""The load order: lowest first, the last one wins.

Pure. Tiers (``kind``) are walls. Inside a tier hard edges (``requires``) hold whatever else is said, soft
edges (``recommends``, ``after``, ``before``) wherever they close no circle; what they leave open is decided
by group, then by the player's own order, then by natural id. The same mods give the same order on every
machine.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.manifest import GROUPS, Manifest


@dataclass(frozen=True, slots=True)
class Edge:
    """`first` loads before `then`, because `rule` of a manifest says so."""

    first: str
    then: str
    rule: str

    def __str__(self) -> str:
        """Tell it from the side of the mod whose rule it is."""
        if self.rule == "before":
            return f"{self.first} --[{self.rule}]-> {self.then}"
        return f"{self.then} --[{self.rule}]-> {self.first}"


class Edges:
    """Rules as a graph without circles."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.after: dict[str, dict[str, Edge]] = defaultdict(dict)
        for edge in edges:
            self.add(edge)

    def add(self, edge: Edge) -> None:
        """Add a rule that closes no circle."""
        self.after[edge.first].setdefault(edge.then, edge)

    def leads(self, start: str, goal: str) -> list[Edge] | None:
        """Give rules, as few as can be, because of which `start` loads before `goal`; None where there are none."""
        came: dict[str, Edge | None] = {start: None}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            if here == goal:
                break
            for then, edge in self.after.get(here, {}).items():
                if then not in came:
                    came[then] = edge
                    waiting.append(then)
        if goal not in came:
            return None
        way = []
        while (last := came[goal]) is not None:
            way.append(last)
            goal = last.first
        return way[::-1]

    def reach(self, start: str, *, backwards: bool = False) -> set[str]:
        """Give what must load after a mod, or before it."""
        follow: dict[str, Iterable[str]] = dict(self.after)
        if backwards:
            before: dict[str, list[str]] = defaultdict(list)
            for first, thens in self.after.items():
                for then in thens:
                    before[then].append(first)
            follow = dict(before)
        seen, stack = {start}, [start]
        while stack:
            new = set(follow.get(stack.pop(), ())) - seen
            seen |= new
            stack += new
        return seen - {start}


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """The order, and what stood in its way."""

    ids: tuple[str, ...]
    """Lowest priority first."""
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[str] = frozenset()
    """Mods whose hard edges form a circle."""
    edges: Edges = field(default_factory=lambda: Edges(()), compare=False, repr=False)
    """The rules that the order follows inside the tiers."""


def load_order(mods: Mapping[str, Manifest], player_order: Sequence[str] = ()) -> LoadOrder:
    """Put mods in order.

    Parameters
    ----------
    mods
        Manifests by id.
    player_order
        Ids as the player put them, lowest first; ids that are not there come last.

    Returns
    -------
    LoadOrder
        All of `mods` but those in a circle of ``requires``.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": "1", **more}, id)
    >>> mods = {m.id: m for m in (mod("aa", requires={"zz": "*"}), mod("zz"), mod("mod10"), mod("mod2"))}
    >>> load_order(mods).ids
    ('mod2', 'mod10', 'zz', 'aa')
    """
    hard = [edge for edge in _hard_edges(mods) if mods[edge.first].tier == mods[edge.then].tier]
    left_out: set[str] = set()
    problems = []
    for cycle in _cycles(mods, hard):
        names = [edge.first for edge in cycle]
        if left_out.issuperset(names):
            continue
        left_out.update(names)
        circle = " ".join(f"{edge.then} --[{edge.rule}]->" for edge in reversed(cycle)) + f" {cycle[-1].then}"
        problems.append(
            problem("cycle", min(names), chain=sorted(names), names=" or ".join(sorted(names)), circle=circle)
        )
    live = {mod: manifest for mod, manifest in mods.items() if mod not in left_out}
    edges = Edges(edge for edge in hard if edge.first in live and edge.then in live)
    for edge in sorted(_soft_edges(live), key=lambda edge: (edge.first, edge.then, edge.rule)):
        if live[edge.first].tier != live[edge.then].tier:
            continue
        if edges.leads(edge.then, edge.first) is not None:
            author = edge.first if edge.rule == "before" else edge.then
            other = edge.then if edge.rule == "before" else edge.first
            problems.append(problem("soft_cycle", author, rule=edge.rule, other=other))
        else:
            edges.add(edge)
    places = {mod: place for place, mod in enumerate(player_order)}
    return LoadOrder(_sorted(live, edges, places), tuple(problems), frozenset(left_out), edges)


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Give a sort key by which ``mod2`` comes before ``mod10``."""
    parts = re.split(r"(\d+)", text)
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts if part)


def providers(mods: Mapping[str, Manifest]) -> dict[str, list[str]]:
    """Give the mods that stand in for each id: the mod itself and those that provide it."""
    found: dict[str, list[str]] = defaultdict(list)
    for mod, manifest in mods.items():
        found[mod].append(mod)
        for other in manifest.provides:
            found[other].append(mod)
    return found


def _hard_edges(mods: Mapping[str, Manifest]) -> list[Edge]:
    found = providers(mods)
    return [
        Edge(first, then, "requires")
        for then, manifest in mods.items()
        for wanted in manifest.requires
        for first in found.get(wanted, ())
        if first != then
    ]


def _soft_edges(mods: Mapping[str, Manifest]) -> list[Edge]:
    found = providers(mods)
    edges = []
    for mod, manifest in mods.items():
        for rule, others in (("recommends", manifest.recommends), ("after", manifest.after)):
            edges += [Edge(other, mod, rule) for wanted in others for other in found.get(wanted, ()) if other != mod]
        edges += [
            Edge(mod, other, "before") for wanted in manifest.before for other in found.get(wanted, ()) if other != mod
        ]
    return edges


def _cycles(mods: Collection[str], edges: Sequence[Edge]) -> list[list[Edge]]:
    """Give each circle once, as edges in load direction, found from the smallest id on."""
    before: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(edges, key=lambda edge: (edge.then, edge.first)):
        before[edge.then].append(edge)
    cycles: list[list[Edge]] = []
    done: set[str] = set()
    for start in sorted(mods):
        # Depth first without recursion: a chain of a thousand mods is no error.
        trail: list[Edge] = []
        on_trail = [start]
        stack = [iter(before[start])] if start not in done else []
        while stack:
            here = next(stack[-1], None)
            if here is None:
                stack.pop()
                done.add(on_trail.pop())
                if trail:
                    trail.pop()
            elif here.first in on_trail:
                at = on_trail.index(here.first)
                cycles.append([here, *reversed(trail[at:])])
            elif here.first not in done:
                trail.append(here)
                on_trail.append(here.first)
                stack.append(iter(before[here.first]))
    return cycles


def _sorted(mods: Mapping[str, Manifest], edges: Edges, places: Mapping[str, int]) -> tuple[str, ...]:
    def rank(mod: str) -> tuple[object, ...]:
        manifest = mods[mod]
        return manifest.tier, GROUPS.index(manifest.group), places.get(mod, len(places)), natural(mod), mod

    waiting = dict.fromkeys(mods, 0)
    for thens in edges.after.values():
        for then in thens:
            waiting[then] += 1
    ready = [(rank(mod), mod) for mod, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, mod = heapq.heappop(ready)
        order.append(mod)
        for then in edges.after.get(mod, ()):
            waiting[then] -= 1
            if not waiting[then]:
                heapq.heappush(ready, (rank(then), then))
    return tuple(order)
