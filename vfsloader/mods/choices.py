"""What the parts and changes of the mods in use depend on: the player's options, and what the game is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfsloader.mods.conditions import Condition, Scalar, World, parse_condition

if TYPE_CHECKING:
    from vfsloader.mods.options import Option


@dataclass(frozen=True, slots=True)
class PartState:
    """Whether a part of a mod counts now."""

    name: str
    root: str
    """Its folder in the mod."""
    is_on: bool
    reason: str | None = None
    """What does not hold, if it is off."""


@dataclass(slots=True)
class ModChoices:
    """The options of one mod, and the world in which its conditions are asked.

    Attributes
    ----------
    options
        The values that count now.
    faults
        What is wrong with values in the profile, which somebody may have edited.
    """

    world: World = field(default_factory=World)
    options: Mapping[str, Scalar] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def holds(self, condition: object) -> bool:
        """Return whether a condition holds.

        Parameters
        ----------
        condition
            A parsed condition, or the table of one.

        Raises
        ------
        ValueError
            It is not a condition.
        """
        parsed = condition if isinstance(condition, Condition) else parse_condition(condition)
        return parsed.holds(self.world, self.options)

    def why_not(self, condition: Condition) -> str | None:
        """Return what does not hold; None if the condition holds."""
        return condition.why_not(self.world, self.options)


def choices_of(options: Mapping[str, Option], chosen: Mapping[str, Any], world: World) -> ModChoices:
    """Return the choices about a mod.

    Parameters
    ----------
    options
        The options that the mod has.
    chosen
        What is kept in the profile about it.
    world
        What conditions may ask about.
    """
    if not options:
        return ModChoices(world, {}, ())
    from vfsloader.mods.options import effective

    values, faults = effective(options, chosen)
    return ModChoices(world, values, tuple(faults))
