"""What else must change when a mod is enabled or disabled, worked out before it is done.

Pure: takes the current choice and returns the changes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from vfsloader.mods.messages import Problem
from vfsloader.mods.solve.resolve import Resolution

#: Resolves the mods with these ids disabled.
Resolve = Callable[[Collection[str]], Resolution]


@dataclass(frozen=True, slots=True)
class Plan:
    """A change to the choice of mods, applied as a whole or not at all."""

    mod: str
    """The mod that was asked for."""
    enable: tuple[str, ...] = ()
    """The mods to enable, in load order: the mod itself and what it requires."""
    disable: tuple[str, ...] = ()
    """The mods to disable: the mod itself and what requires it."""
    problems: tuple[Problem, ...] = ()
    """Why the mod cannot load even then. Empty if it can."""

    @property
    def is_possible(self) -> bool:
        """Whether the plan achieves what was asked for."""
        return not self.problems

    @property
    def others(self) -> tuple[str, ...]:
        """The mods that change besides the one asked for."""
        return tuple(mod for mod in (*self.enable, *self.disable) if mod != self.mod)


def plan_enable(mod: str, disabled: Collection[str], resolve: Resolve) -> Plan:
    """Plan to enable a mod, together with every disabled mod that it requires."""
    on = {mod}
    while True:
        resolution = resolve(set(disabled) - on)
        changed = on.intersection(disabled)
        if mod in resolution.order:
            return Plan(mod, enable=tuple(other for other in resolution.order if other in changed))
        needed = {problem.other for problem in resolution.problems if problem.kind == "disabled" and problem.mod in on}
        if needed <= on:
            problems = tuple(
                problem
                for problem in resolution.problems
                if (problem.mod in on and not problem.is_warning) or (problem.kind == "cycle" and mod in problem.chain)
            )
            return Plan(mod, enable=tuple(sorted(changed)), problems=problems)
        on |= needed


def plan_disable(mod: str, disabled: Collection[str], resolve: Resolve) -> Plan:
    """Plan to disable a mod, together with everything that cannot load without it."""
    before = resolve(disabled).order
    off = {mod}
    while True:
        lost = set(before).difference(resolve(set(disabled) | off).order)
        if lost <= off:
            return Plan(mod, disable=(mod, *(other for other in before if other in off and other != mod)))
        off |= lost
