"""The settings of the site. `make docs` builds it into build/site, without network."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

os.environ["ARCADE_HEADLESS"] = "True"  # the engines are imported for their docstrings, and open no window
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

from tools import docs_pages

_project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
project = "vfsloader"
author = "The vfsloader authors"
copyright = "2026, " + author
version = release = _project["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "numpydoc", "sphinx_copybutton"]
exclude_patterns = ["_static"]
suppress_warnings = ["myst.header"]  # a page that is included may begin with any heading

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
numpydoc_show_class_members = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"vfsloader {version}"
html_baseurl = _project["urls"]["Documentation"]
html_theme_options = {
    "source_repository": _project["urls"]["Source"],
    "source_branch": "main",
    "source_directory": "docs/",
}

#: A link to a file outside docs/ leads to the repository, where that file is.
_OUTSIDE = re.compile(r"\]\(\.\./([^)]*)\)")


def _link_outside(app, name, source):
    """Change links that leave docs/ into links to the repository, once the page is read."""
    source[0] = _OUTSIDE.sub(rf"]({_project['urls']['Source']}/blob/main/\1)", source[0])


def setup(app):
    """Write the generated pages before Sphinx looks for pages."""
    docs_pages.write(Path(__file__).parent / "generated")
    app.connect("source-read", _link_outside)
