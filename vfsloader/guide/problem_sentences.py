"""The sentences about problems of mods as patterns, which say what stands where a name will be."""

from __future__ import annotations

import string
from collections.abc import Iterator

#: What a name in braces in the sentence of a problem stands for, where the name itself does not say it.
FACTS = {
    "found": "what there is",
    "wanted": "what is needed",
    "other": "the other mod",
    "names": "their names",
    "where": "the file",
    "mod": "the mod",
    "by": "the mod that has the copy",
}
#: Facts that add a few words to a sentence, or nothing.
ADDITIONS = ("constraint", "more", "near")


def sentence_parts(template: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a template as a sentence, and whether each stands for a fact.

    Examples
    --------
    >>> list(sentence_parts("{where} is {found}"))
    [('The file', True), (' is ', False), ('what there is', True), ('.', False)]
    """
    parts: list[tuple[str, bool]] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        if literal:
            parts.append((literal, False))
        if name and name not in ADDITIONS:
            parts.append((FACTS.get(name, name), True))
    if not parts:
        return
    first, is_fact = parts[0]
    parts[0] = first[0].upper() + first[1:], is_fact
    if not parts[-1][0].endswith((".", "?")):
        parts.append((".", False))
    yield from parts
