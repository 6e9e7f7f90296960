"""The guide as static pages: no request leaves its folder, and whatever is not a tag of ours is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence
from importlib import resources

from vfsloader.guide.document import (
    Block,
    Cards,
    Code,
    Emphasis,
    Heading,
    Inline,
    Items,
    Listing,
    Note,
    Page,
    Paragraph,
    Picture,
    Strong,
    Table,
    Words,
)
from vfsloader.quoting import plain

#: A page may only use what is in its own folder.
_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
#: Tables with fewer rows need no field to narrow them down.
_FEW_ROWS = 8
_LONGEST = 1 << 20


def render_page(page: Page, pages: Sequence[Page], name: str) -> str:
    """Return a page with its navigation.

    Parameters
    ----------
    page
        The page.
    pages
        All pages, in the order of the navigation.
    name
        What the game is called.
    """
    items = [
        f'<li><a href="{other.name}.html"{" aria-current=page" if other is page else ""}>{_text(other.title)}</a></li>'
        for other in pages
    ]
    here = pages.index(page)
    steps = [
        f'<a class="{kind}" href="{pages[index].name}.html"><span>{kind.title()}</span>{_text(pages[index].title)}</a>'
        for kind, index in (("previous", here - 1), ("next", here + 1))
        if 0 <= index < len(pages)
    ]
    title = f"{name}: modding guide" if page is pages[0] else f"{page.title} - {name} modding guide"
    body = "\n".join(_block(block) for block in page.blocks)
    contents = [block for block in page.blocks if isinstance(block, Heading) and block.level == 2]
    within = "".join(f'<li><a href="#{block.anchor}">{_text(block.text)}</a></li>' for block in contents)
    toc = f'<nav class="toc" aria-label="On this page"><h2>On this page</h2><ul>{within}</ul></nav>'
    toc = toc if here and len(contents) > 2 else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{_text(title)}</title>
<link rel="stylesheet" href="style.css">
<script src="script.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header class="top">
<a class="brand" href="index.html"><b>{_text(name)}</b> <span>modding guide</span></a>
<button class="theme" type="button" hidden aria-label="Light or dark"><span aria-hidden="true">◐</span></button>
</header>
<nav class="pages" aria-label="Pages"><ul>{"".join(items)}</ul></nav>
<main id="content">
<h1>{_text(page.title)}</h1>
<p class="lead">{_words(page.lead)}</p>
{toc}
{body}
<nav class="steps" aria-label="Other pages">{"".join(steps)}</nav>
</main>
<footer>Made by vfsloader from the game's own files.</footer>
</body>
</html>
"""


def style(color: str | None) -> str:
    """Return the style sheet, with the game's colour if it has one."""
    css = _static("style.css")
    return css + (f":root {{ --brand: {color}; }}\n" if color else "")


def script() -> str:
    """Return the script: it narrows tables down, and changes between light and dark."""
    return _static("script.js")


def _static(name: str) -> str:
    return (resources.files("vfsloader.guide") / "static" / name).read_text("utf-8")


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        tag = f"h{block.level}"
        return f'<{tag} id="{block.anchor}"><a href="#{block.anchor}">{_text(block.text)}</a></{tag}>'
    if isinstance(block, Paragraph):
        return f"<p>{_words(block.words)}</p>"
    if isinstance(block, Note):
        return f'<p class="note">{_words(block.words)}</p>'
    if isinstance(block, Listing):
        title = f"<figcaption>{_text(block.title)}</figcaption>" if block.title else ""
        label = html.escape(plain(block.title or "Code"), quote=True)
        lines = "\n".join(_text(line) for line in block.text.rstrip("\n").split("\n"))
        return (
            f'<figure class="listing">{title}<pre tabindex="0" aria-label="{label}"><code>{lines}</code></pre></figure>'
        )
    if isinstance(block, Items):
        tag = "ol" if block.is_numbered else "ul"
        return f"<{tag}>{''.join(f'<li>{_words(item)}</li>' for item in block.items)}</{tag}>"
    if isinstance(block, Cards):
        cards = (
            f'<a class="card" href="{html.escape(link.target)}"><b>{_text(link.text)}</b>'
            f"<span>{_words(words)}</span></a>"
            for link, words in block.cards
        )
        return f'<div class="cards">{"".join(cards)}</div>'
    return _table(block)


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_text(header)}</th>' for header in table.headers)
    rows = []
    for row in table.rows:
        cells = (
            f'<td data-header="{html.escape(header, quote=True)}">{_words(cell)}</td>'
            for header, cell in zip(table.headers, row, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    search = ""
    if table.filter_label and len(rows) >= _FEW_ROWS:
        label = _text(table.filter_label)
        search = (
            f'<label class="filter" hidden>{label} <input type="search" autocomplete="off"><output></output></label>'
        )
    return (
        f'{search}<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _words(words: Words) -> str:
    return "".join(_inline(word) for word in words)


def _inline(word: Inline) -> str:
    if isinstance(word, str):
        return _text(word)
    if isinstance(word, Code):
        return f"<code>{_text(word.text)}</code>"
    if isinstance(word, Strong):
        return f"<strong>{_text(word.text)}</strong>"
    if isinstance(word, Emphasis):
        return f"<em>{_text(word.text)}</em>"
    if isinstance(word, Picture):
        small = "pixels" if max(word.width, word.height) <= 64 else ""
        return (
            f'<img class="{small}" src="{html.escape(word.file, quote=True)}" '
            f'alt="{html.escape(plain(word.alt), quote=True)}" width="{word.width}" height="{word.height}" '
            'loading="lazy">'
        )
    if is_safe(word.target):
        outside = ' rel="noreferrer"' if word.target.startswith("https:") else ""
        return f'<a href="{html.escape(word.target, quote=True)}"{outside}>{_text(word.text)}</a>'
    return _text(word.text)


def is_safe(target: str) -> bool:
    """Return whether a link may lead somewhere: to a page of the guide, or to a web address.

    Examples
    --------
    >>> is_safe("data.html#levels"), is_safe("https://example.org"), is_safe("javascript:alert(1)")
    (True, True, False)
    """
    return target.startswith("https://") or (":" not in target and not target.startswith(("/", "\\")))


def _text(text: str) -> str:
    """Return text that no browser reads as markup; characters that cannot be seen are shown by their numbers."""
    return html.escape(plain(text, _LONGEST), quote=True)
