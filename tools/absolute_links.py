"""Make the relative links of the README absolute, because PyPI shows it too: ``python -m tools.absolute_links``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_absolute(text: str, source: str) -> str:
    """Return a page in Markdown whose links lead into a repository on GitHub; pictures are raw files.

    Examples
    --------
    >>> make_absolute("[a](b.md) ![c](d.png) [e](https://f.org)", "https://github.com/o/r")
    '[a](https://github.com/o/r/blob/main/b.md) ![c](https://raw.githubusercontent.com/o/r/main/d.png) [e](https://f.org)'
    """
    raw = source.replace("github.com", "raw.githubusercontent.com")

    def absolute(link: re.Match[str]) -> str:
        picture, words, target = link.groups()
        return f"{picture}[{words}]({f'{raw}/main' if picture else f'{source}/blob/main'}/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)", absolute, text)


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = ROOT / "README.md"
    readme.write_text(make_absolute(readme.read_text(encoding="utf-8"), project["urls"]["Source"]), encoding="utf-8")
