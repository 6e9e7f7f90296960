"""List the long sentences of the docs: ``python -m tools.readability [FILE …]``, by default of all pages.

A sentence of more than 30 words is hard to read. Code, tables and headings are not looked at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_WORDS = 30
_CODE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.?!:])\s+(?=[A-Z`*\[]|vfsloader)")


def sentences(text: str) -> Iterator[str]:
    r"""Yield the sentences of a page in Markdown.

    Examples
    --------
    >>> list(sentences("# Title\n\nOne [link](x.md). Then\ntwo.\n\n- Three\n"))
    ['One link.', 'Then two.', 'Three']
    """
    text = _LINK.sub(r"\1", _CODE.sub("", text))
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text):
        if not block.lstrip().startswith(("#", "|", "<")):
            yield from _SENTENCE_END.split(" ".join(re.sub(r"^\s*(?:[-*]|\d+\.) ", "", block).split()))


def long_sentences(text: str) -> list[tuple[int, str]]:
    """Return each sentence that is too long, after its number of words.

    >>> [count for count, _ in long_sentences("word " * 31 + ". Short.")]
    [31]
    """
    counts = ((len(re.findall(r"\w[\w'’.-]*", re.sub(r"`[^`]*`", "code", each))), each) for each in sentences(text))
    return [(count, sentence) for count, sentence in counts if count > MOST_WORDS]


def main(arguments: list[str]) -> int:
    """Print the long sentences of pages."""
    pages = [Path(name) for name in arguments] or [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").glob("**/[a-z]*.md")),
    ]
    for page in pages:
        for count, sentence in long_sentences(page.read_text(encoding="utf-8")):
            print(f"{page.name}: {count} words: {sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
