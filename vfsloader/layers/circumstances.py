"""What the content of a layer may depend on: conditions, and the options of a mod.

``${option.depth}`` in a text is replaced by an option of the mod: by the value itself where it is the whole text, else
by the value as text. ``$${`` means ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from vfsloader.layers.protocol import Layer
from vfsloader.quoting import plain, quoted

_OPTION = re.compile(r"\$(\$\{)|\$\{option\.([^{}]*)\}")


class Circumstances(Protocol):
    """What the changes of a mod may depend on."""

    def holds(self, condition: object) -> bool:
        """Return whether a condition holds. Raises ValueError if it is not a condition."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The values of the mod's options."""
        ...


@runtime_checkable
class Conditional(Protocol):
    """A layer whose changes to data may depend on something."""

    circumstances: Circumstances | None


def circumstances_of(layer: Layer) -> Circumstances | None:
    """Return what the changes in a layer may depend on; None if they depend on nothing."""
    return layer.circumstances if isinstance(layer, Conditional) else None


def fill_options(text: str, options: Mapping[str, Any]) -> Any:
    """Return a text with its options filled in; the value itself where an option is the whole text.

    Raises
    ------
    ValueError
        There is no such option.

    Examples
    --------
    >>> fill_options("${option.size}", {"size": 2}), fill_options("x${option.size} $${option.size}", {"size": 2})
    (2, 'x2 ${option.size}')
    """
    if "${" not in text:
        return text
    whole = _OPTION.fullmatch(text)
    if whole is not None and whole[2] is not None:
        return _option(whole[2], options)

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        value = _option(match[2], options)
        return str(value).lower() if isinstance(value, bool) else str(value)

    return _OPTION.sub(replace, text)


def _option(name: str, options: Mapping[str, Any]) -> Any:
    if name not in options:
        known = ", ".join(map(plain, options)) or "none"
        raise ValueError(f"the mod has no option {quoted(name)}; it has {known}")
    return options[name]
