"""Limits on the work that untrusted bytes may cause: one budget for everything that can grow.

An entry point that handles untrusted bytes (a mod, an archive, a picture, an answer of a server) makes a
:class:`Budget` and passes it down. Everything that walks, unpacks, patches, merges, matches or decodes spends from it,
so that a limit holds for the sum and not only for each item. A budget that is used up raises
:class:`~vfsloader.errors.BudgetError`, which names the limit and how to raise it.

The defaults come from what real games use: the largest of 20 games had pictures of 14.7 million pixels, tile sets of
8,192 frames, and sounds of 371 seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from vfsloader.errors import BudgetError, ConfigError, UnsafeArchiveError
from vfsloader.quoting import quoted

#: The default of `Limits.ratio`. Packs are built so that no file of theirs reaches it.
MAX_RATIO = 200
#: Smaller archives may unpack to any multiple of their size.
RATIO_FROM_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each resource one entry point may use. They are the keys of ``[budget]`` in ``game.toml``."""

    decoded_bytes: int = 1 << 30
    """Bytes that are unpacked or decoded."""
    nodes: int = 1_000_000
    """Values of a data file, after all merges and patches."""
    operations: int = 100_000
    """Operations of patches."""
    depth: int = 200
    """Levels of nested data or folders."""
    steps: int = 10_000_000
    """Steps of choosing versions: enough for thirty mods that exclude one another in all copies."""
    pixels: int = 1 << 26
    """Pixels of all frames that are made of one file."""
    samples: int = 64 << 20
    """Sound samples that are made of one file, counted over all channels."""
    seconds: float = 30.0
    """Seconds of waiting for something outside the program, such as a server."""
    members: int = 100_000
    """Files and folders of one archive; larger trees belong in a pack."""
    ratio: int = MAX_RATIO
    """Unpacked bytes of an archive for each packed byte, once `RATIO_FROM_BYTES` are unpacked."""

    @classmethod
    def of(cls, values: Limits | Mapping[str, object] | None) -> Limits:
        """Return the default limits with some of them replaced; limits are returned as they are.

        Raises
        ------
        ConfigError
            There is no such limit, or its value is not a positive number.

        Examples
        --------
        >>> Limits.of({"depth": 500}).depth
        500
        """
        if values is None:
            return DEFAULT_LIMITS
        if isinstance(values, Limits):
            return values
        known = {field.name for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise ConfigError.at(
                    name, f"budget: there is no limit {name!r}; the limits are {', '.join(sorted(known))}"
                )
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ConfigError.at(name, f"budget: {name} must be a positive number, not {quoted(value)}")
        return replace(cls(), **values)  # type: ignore[arg-type]


DEFAULT_LIMITS = Limits()


class Budget:
    """What is left of the limits for one piece of work.

    Parameters
    ----------
    what
        The untrusted thing, as messages name it: a path, an archive, an address.
    limits
        How much it may use.

    Examples
    --------
    >>> budget = Budget("/items.json.patch in winter", Limits(operations=2))
    >>> budget.spend("operations")
    >>> budget.left("operations")
    1
    >>> budget.spend("operations", 5)
    Traceback (most recent call last):
    ...
    vfsloader.errors.BudgetError: ... needs more than 2 operations; a game can raise the limit budget.operations
    """

    __slots__ = ("_deadline", "_spent", "limits", "what")

    def __init__(self, what: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.what = what
        self.limits = limits
        self._spent: dict[str, int] = {}
        self._deadline = time.monotonic() + limits.seconds

    def spend(self, resource: str, amount: int = 1) -> None:
        """Use some of a resource.

        Raises
        ------
        BudgetError
            There is not that much left.
        """
        spent = self._spent[resource] = self._spent.get(resource, 0) + amount
        if spent > getattr(self.limits, resource):
            raise self.exceeded(resource)

    def left(self, resource: str) -> int:
        """Return how much of a resource is left: for a library that takes a limit of its own."""
        return int(max(getattr(self.limits, resource) - self._spent.get(resource, 0), 0))

    def check_depth(self, depth: int) -> None:
        """Raise :class:`~vfsloader.errors.BudgetError` if something is nested too deeply."""
        if depth > self.limits.depth:
            raise self.exceeded("depth")

    def seconds_left(self) -> float:
        """Return how long may be waited.

        Raises
        ------
        BudgetError
            The time is over.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self.exceeded("seconds")
        return left

    def exceeded(self, resource: str) -> BudgetError:
        """Return the error for a limit that was reached."""
        limit = getattr(self.limits, resource)
        reason = f"needs more than {limit:,} {resource.replace('_', ' ')}"
        return BudgetError.at(self.what, f"{self.what} {reason}; a game can raise the limit budget.{resource}")


def is_bomb(unpacked: int, packed: int, ratio: float = MAX_RATIO) -> bool:
    """Return whether `packed` bytes that unpack to `unpacked` bytes are refused.

    Examples
    --------
    >>> is_bomb(1 << 30, 4096), is_bomb(1 << 20, 4096)
    (True, False)
    """
    return unpacked > RATIO_FROM_BYTES and unpacked > packed * ratio


def check_unpacked_size(unpacked: int, packed: int, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
    """Raise :class:`~vfsloader.errors.UnsafeArchiveError` if the archive `name` is a decompression bomb."""
    if is_bomb(unpacked, packed, limits.ratio):
        raise unsafe(name, f"would unpack to {unpacked // max(packed, 1):,} times its size", "ratio")


def check_member_count(count: int, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
    """Raise :class:`~vfsloader.errors.UnsafeArchiveError` if the archive `name` has too many members."""
    if count > limits.members:
        raise unsafe(name, f"holds more than {limits.members:,} members", "members")


def unsafe(name: str, reason: str, resource: str | None = None) -> UnsafeArchiveError:
    """Return the error that says why an archive is not read, and which limit a game can raise."""
    hint = f"; a game can raise the limit budget.{resource}" if resource is not None else ""
    return UnsafeArchiveError.at(name, f"{name} {reason}; it was refused as unsafe{hint}")
