"""What switching a mod on or off takes along with it, told before it is done.

Pure: the choice as it is in, the choice as it would be out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from vfsloader.mods.messages import Problem
from vfsloader.mods.solve.resolve import Resolution

#: Resolves the mods with these ids switched off.
Resolve = Callable[[Collection[str]], Resolution]


@dataclass(frozen=True, slots=True)
class Plan:
    """A change of the choice of mods, to be applied as a whole or not at all."""

    mod: str
    """The mod that was asked for."""
    enable: tuple[str, ...] = ()
    """What is switched on, in load order; the mod itself with what it requires."""
    disable: tuple[str, ...] = ()
    """What is switched off; the mod itself with what requires it."""
    problems: tuple[Problem, ...] = ()
    """Why the mod will not load all the same; empty where it will."""

    @property
    def is_possible(self) -> bool:
        """Whether the plan reaches what was asked for."""
        return not self.problems

    @property
    def others(self) -> tuple[str, ...]:
        """The mods besides the one asked for that change."""
        return tuple(mod for mod in (*self.enable, *self.disable) if mod != self.mod)


def plan_enable(mod: str, disabled: Collection[str], resolve: Resolve) -> Plan:
    """Plan to switch a mod on, with everything that it requires and that is switched off."""
    on = {mod}
    while True:
        resolution = resolve(set(disabled) - on)
        if mod in resolution.order:
            changed = on.intersection(disabled)
            return Plan(mod, enable=tuple(one for one in resolution.order if one in changed))
        needed = {problem.other for problem in resolution.problems if problem.kind == "disabled" and problem.mod in on}
        if needed <= on:
            about = [problem for problem in resolution.problems if problem.mod in on and not problem.is_warning]
            about += [p for p in resolution.problems if p.kind == "cycle" and mod in p.chain and p not in about]
            return Plan(mod, enable=tuple(sorted(on.intersection(disabled))), problems=tuple(about))
        on |= needed


def plan_disable(mod: str, disabled: Collection[str], resolve: Resolve) -> Plan:
    """Plan to switch a mod off, with everything that cannot load without it."""
    before = resolve(disabled).order
    off = {mod}
    while True:
        after = resolve(set(disabled) | off).order
        fallen = set(before) - set(after)
        if fallen <= off:
            return Plan(mod, disable=(mod, *(one for one in before if one in off and one != mod)))
        off |= fallen
