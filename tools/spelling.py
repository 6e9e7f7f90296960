"""Check the spelling of the docs: ``python -m tools.spelling [FILE …]``, by default of all pages. Needs aspell.

Code, links and names in backticks are not looked at. Words of this project are in docs/words.txt, one a line, sorted. A
misspelt word is reported with its page, and then the exit status is 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORDS = ROOT / "docs/words.txt"
#: American and British spellings are both right.
LANGUAGES = ("en_US", "en_GB")
_NOT_PROSE = re.compile(
    r"^(`{3,})[^\n]*\n.*?^\1$|``.*?``|:\w+:`[^`]*`|`[^`\n]*`"  # code
    r"|\]\([^)]*\)|https?://\S+|<[^>\n]+>|^\([\w-]+\)=$"  # links, HTML, anchors
    r"|\b\w*[\d_/.]\w[\w./-]*",  # names with digits, dots and slashes
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def prose(text: str) -> str:
    r"""Return what is to be checked of a page in Markdown.

    Examples
    --------
    >>> prose("A [link](x.md) to `code` in v2.1.\n```python\nimprt\n```\n").split()
    ['A', '[link', 'to', 'in', 'v2.1.']
    """
    return _NOT_PROSE.sub(" ", text)


def unknown_words(text: str) -> set[str]:
    """Return the words of a text that no dictionary has and that are not words of this project."""
    own = {word.casefold() for word in WORDS.read_text(encoding="utf-8").split()}
    found = set(_WORD.findall(prose(text)))
    for language in LANGUAGES:
        command = ["aspell", "list", f"--lang={language}", "--encoding=utf-8", "--ignore=2"]
        done = subprocess.run(command, input="\n".join(sorted(found)), capture_output=True, text=True, check=True)
        found &= set(done.stdout.split())
    return {word for word in found if word.casefold().removesuffix("'s") not in own}


def pages() -> list[Path]:
    """Return the pages that are checked."""
    top = [file for file in sorted(ROOT.glob("*.md")) if file.name != "CHANGELOG.md"]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


def main(arguments: Iterable[str]) -> int:
    """Print the misspelt words, and return the exit status."""
    if shutil.which("aspell") is None:
        print("the spelling was not checked: apt-get install aspell aspell-en", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    files = [Path(name) for name in arguments] or pages()
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    wrong = unknown_words("\n".join(texts.values()))
    for file, text in texts.items():
        if words := wrong & set(_WORD.findall(prose(text))):
            print(f"{file}: {', '.join(sorted(words))}", file=sys.stderr)
    if wrong:
        print("correct them, or add words of this project to docs/words.txt", file=sys.stderr)
    else:
        print(f"{len(files)} pages are spelt right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
