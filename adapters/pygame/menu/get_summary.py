"""What a player is asked before mods are installed, updated or removed: everything that would change."""

from __future__ import annotations

from collections.abc import Mapping

from vfsloader.pygame.menu.words import Words, fill

from vfsloader.mods.getting import InstallPlan, ModChange
from vfsloader.quoting import size_text

_MOST_CHANGES, _MOST_NOTES = 8, 3


def summary_of(plan: InstallPlan, words: Words, kind: str, name: str, names: Mapping[str, str]) -> str:
    """Return the question.

    Parameters
    ----------
    plan
        What would be done.
    words
        The language.
    kind
        ``"install"``, ``"update"``, ``"update_all"`` or ``"remove"``.
    name
        The mod that the player asked for.
    names
        By id, the names of mods.
    """
    lines = [fill(getattr(words, f"ask_{kind}"), mod=name)]
    asked = plan.asked if kind in ("install", "update") else ()
    if kind != "remove" or len(plan.changes) > 1:
        shown = sorted(plan.changes, key=lambda change: change.mod not in asked)
        lines += [_line(change, words, names) for change in shown[:_MOST_CHANGES]]
        if len(shown) > _MOST_CHANGES:
            lines.append(fill(words.more_changes, count=len(shown) - _MOST_CHANGES))
    lines += [*plan.questions, *plan.notes][:_MOST_NOTES]
    if size := sum(change.size for change in plan.changes):
        lines.append(fill(words.download_size, size=size_text(size)))
    return "\n".join(lines)


def _line(change: ModChange, words: Words, names: Mapping[str, str]) -> str:
    name = names.get(change.mod, change.mod)
    if change.new is None:
        return f"\N{BULLET} {fill(words.is_removed, mod=name)}"
    versions = change.new if change.old is None else f"{change.old} \N{RIGHTWARDS ARROW} {change.new}"
    return f"\N{BULLET} {name} {versions}"
