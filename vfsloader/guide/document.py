"""What a page of the guide consists of: blocks of words, tables and pictures, without any markup.

Names of files, mods and values come from others. They are plain text in these blocks, and only :mod:`.html` and
:mod:`.markdown` turn blocks into markup. So no name can become a tag or a link.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Code:
    """A name, a path or a value in running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """A word that stands for something else, as in the pattern of a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page of the guide, such as ``data.html#levels``, or to a web address."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the game, beside the pages."""

    file: str
    """Its address from the guide's folder."""
    alt: str
    width: int
    height: int


Inline = str | Code | Strong | Emphasis | Link | Picture
Words = Sequence[Inline]
#: In the texts of this package: code in backticks, and links to other pages.
_MARK = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)|\*\*([^*]+)\*\*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with the name by which links find it."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    words: Words


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph that stands out."""

    words: Words


@dataclass(frozen=True, slots=True)
class Listing:
    """A file or a part of one, as it is written."""

    text: str
    title: str = ""
    """The name of the file."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: Sequence[Words]
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a line of headers."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Words]]
    filter_label: str = ""
    """What the field above it says that narrows the rows down; none if empty."""


@dataclass(frozen=True, slots=True)
class Cards:
    """Links to pages, each with a sentence about it."""

    cards: Sequence[tuple[Link, Words]]


Block = Heading | Paragraph | Note | Listing | Items | Table | Cards


@dataclass(slots=True)
class Page:
    """A page of the guide."""

    name: str
    """The name of its file, without a suffix."""
    title: str
    lead: Words
    """What the page is about, below its title."""
    blocks: list[Block] = field(default_factory=list)

    def section(self, text: str, level: int = 2) -> str:
        """Begin a section, and return the anchor of its heading."""
        taken = {block.anchor for block in self.blocks if isinstance(block, Heading)}
        plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
        number, anchor = 2, plain
        while anchor in taken:
            anchor, number = f"{plain}-{number}", number + 1
        self.blocks.append(Heading(level, text, anchor))
        return anchor

    def say(self, sentence: str, **values: Inline) -> None:
        """Add a paragraph; see :func:`say`."""
        self.blocks.append(Paragraph(say(sentence, **values)))

    def note(self, sentence: str, **values: Inline) -> None:
        """Add a paragraph that stands out; see :func:`say`."""
        self.blocks.append(Note(say(sentence, **values)))


def say(sentence: str, **values: Inline) -> Words:
    """Return a sentence of this package as words: code in backticks, links in brackets, and values in braces.

    Values are inserted afterwards, so nothing in them is read as a mark.

    Examples
    --------
    >>> say("Put it into {folder}, beside `mod.toml`.", folder="`x`")
    ['Put it into ', '`x`', ', beside ', Code(text='mod.toml'), '.']
    """
    found: list[Inline] = []
    literal = ""
    for piece, name, _, _ in string.Formatter().parse(sentence):
        literal += piece  # doubled braces end a piece, too
        if name is not None:
            found += marked(literal)
            found.append(values[name])
            literal = ""
    return found + marked(literal)


def marked(literal: str) -> list[Inline]:
    """Return a text of this package or of the game's developer as words: code in backticks, and links in brackets."""
    found: list[Inline] = []
    end = 0
    for mark in _MARK.finditer(literal):
        found += [literal[end : mark.start()]] if mark.start() > end else []
        code, shown, target, strong = mark.groups()
        found.append(Code(code) if code else Strong(strong) if strong else Link(shown, target))
        end = mark.end()
    return found + ([literal[end:]] if literal[end:] else [])
