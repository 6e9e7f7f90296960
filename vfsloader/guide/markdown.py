"""The guide as Markdown, for a wiki or a repository."""

from __future__ import annotations

import re

from vfsloader.guide.document import (
    Block,
    Cards,
    Code,
    Emphasis,
    Heading,
    Inline,
    Items,
    Link,
    Listing,
    Note,
    Page,
    Paragraph,
    Picture,
    Strong,
    Table,
    Words,
)
from vfsloader.guide.html import is_safe
from vfsloader.quoting import plain

#: What Markdown or the HTML inside it gives a meaning.
_MARK = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_LONGEST = 1 << 20


def render_page(page: Page) -> str:
    """Return a page in Markdown."""
    parts = [f"# {_text(page.title)}", _words(page.lead), *(_block(block) for block in page.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_text(block.text)}"
    if isinstance(block, Paragraph):
        return _words(block.words)
    if isinstance(block, Note):
        return f"> {_words(block.words)}"
    if isinstance(block, Listing):
        longest = max((len(run) for run in re.findall(r"`+", block.text)), default=0)
        fence = "`" * max(3, longest + 1)
        title = f"{_code(block.title)}:\n\n" if block.title else ""
        lines = "\n".join(plain(line, _LONGEST) for line in block.text.rstrip("\n").split("\n"))
        return f"{title}{fence}\n{lines}\n{fence}"
    if isinstance(block, Items):
        marks = (f"{number}. " if block.is_numbered else "- " for number in range(1, len(block.items) + 1))
        return "\n".join(mark + _words(item) for mark, item in zip(marks, block.items, strict=True))
    if isinstance(block, Cards):
        return "\n".join(f"- {_inline(link)}: {_words(words)}" for link, words in block.cards)
    return _table(block)


def _table(table: Table) -> str:
    lines = [table.headers and " | ".join(map(_text, table.headers)), " | ".join("---" for _ in table.headers)]
    lines += [" | ".join(_words(cell) or " " for cell in row) for row in table.rows]
    return "\n".join(f"| {line} |" for line in lines)


def _words(words: Words) -> str:
    return "".join(_inline(word) for word in words)


def _inline(word: Inline) -> str:
    if isinstance(word, str):
        return _text(word)
    if isinstance(word, Code):
        return _code(word.text)
    if isinstance(word, Strong):
        return f"**{_text(word.text)}**"
    if isinstance(word, Emphasis):
        return f"*{_text(word.text)}*"
    if isinstance(word, Picture):
        return f"![{_text(word.alt)}]({word.file})"
    if not is_safe(word.target):
        return _text(word.text)
    return f"[{_text(word.text)}]({_target(word)})"


def _target(link: Link) -> str:
    if link.target.startswith("https://"):
        return re.sub(r"[\s()<>]", lambda found: f"%{ord(found[0]):02x}", link.target)
    return link.target.replace(".html", ".md")


def _code(text: str) -> str:
    """Return code, in as many backticks as its own text needs."""
    shown = plain(text, _LONGEST).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest or not shown.strip() else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _text(text: str) -> str:
    r"""Return text in which nothing has a meaning for Markdown.

    >>> _text("<b>*x*</b>")
    '\\<b\\>\\*x\\*\\</b\\>'
    """
    return _MARK.sub(r"\\\1", plain(text, _LONGEST))
