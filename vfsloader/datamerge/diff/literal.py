"""Changes of a mod may refer to its options by ``${option.name}``; what is recorded means just what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class NoOptions:
    """The circumstances of a mod without options, to see that a change depends on nothing."""

    options: Mapping[str, Any] = {}

    def holds(self, condition: object) -> bool:
        """Raise ValueError: a recorded change has no conditions."""
        raise ValueError("a recorded change has no conditions")


def literal(value: Any) -> Any:
    """Return a value in which no text refers to an option.

    >>> literal({"cost": "${option.n} $", "list": ["${"]})
    {'cost': '$${option.n} $', 'list': ['$${']}
    """
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {key: literal(item) for key, item in value.items()}
    return [literal(item) for item in value] if isinstance(value, list) else value
