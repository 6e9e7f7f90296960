"""How many surfaces are not followed any more, and why; for the report of an adopted game."""

from __future__ import annotations

from collections import Counter

from vfsloader.quoting import message

#: By reason, how many surfaces that show a loaded picture are left as they are.
left: Counter[str] = Counter()
#: What was made again: ``changes`` that were shown, and the ``copies`` that followed them.
followed: Counter[str] = Counter()


def leave(reason: str) -> None:
    """Count a surface that is left as it is."""
    left[reason] += 1


def reset() -> None:
    """Count from zero."""
    left.clear()
    followed.clear()


def report() -> list[str]:
    """Return lines for a report: how often copies followed a change, and what is not followed.

    Examples
    --------
    >>> reset()
    >>> leave("its pixel array was written")
    >>> report()
    ['      1 surface does not follow changes: its pixel array was written']
    """
    lines = []
    if followed["changes"]:
        lines.append(f"{followed['copies']:>7} surfaces followed {followed['changes']} changes of pictures")
    for reason, count in sorted(left.items()):
        noun, verb = ("surface", "does") if count == 1 else ("surfaces", "do")
        lines.append(message(f"{count:>7} {noun} {verb} not follow changes: {reason}"))
    return lines
