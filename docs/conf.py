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
from sphinx.util.nodes import make_refnode

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
#: What our own base classes add is part of a class; what Python's and the engines' add is in their documentation.
_FOREIGN = (
    *(
        "object",
        "BaseException",
        "Exception",
        "OSError",
        "ValueError",
        "Generic",
        "Protocol",
        "ABC",
        "tuple",
        "IntEnum",
    ),
    *("Container", "Sized", "Iterable", "Collection", "Reversible", "Mapping", "MutableMapping", "Sequence", "dict"),
    *("MutableSequence", "Set", "MutableSet", "int", "Surface", "Font", "Sound", "Loader", "EventDispatcher"),
    *("Location", "AbstractFileSystem"),
)
autodoc_default_options = {"members": True, "show-inheritance": True, "inherited-members": ", ".join(_FOREIGN)}
numpydoc_show_class_members = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

#: With `-n`, a name in a docstring or a signature that leads nowhere is a warning. These have no page here: other
#: libraries, which cannot be looked up without network, and what only type checkers see.
nitpick_ignore_regex = [
    (r"py:.*", rf"({module})\..*")
    for module in (
        *("abc", "apsw", "arcade", "asyncio", "collections", "contextlib", "datetime", "enum", "fsspec", "gettext"),
        *("importlib", "io", "os", "packaging", "pathlib", "pygame", "pyglet", "types", "typing"),
    )
]
nitpick_ignore_regex += [(r"py:.*", r"([\w.]+\.)?(T|C|K|V|Any[A-Z]\w+|\w+Options|_\w+)")]
#: Types of attributes that are cut at a comma, and classes that no user meets.
_INSIDE = (
    *("World", "MountedLayer", "ListedLayer", "Canvas", "Save", "StagedFile", "Quota", "Lock", "SegmentSource", "Part"),
    *("Circumstances", "Written", "Picture", "SequenceRows", "MappingRows", "Database", "ReadableTree", "GetsMods"),
    *(
        "ModSet",
        "GameReading",
        "GameDeclaring",
        "SetReports",
        "Profiles",
        "PlaysTogether",
        "AsyncPersistent",
        "LayeredTree",
        "FileInTree",
        "WritableTree",
        "TargetTree",
        "SourceTree",
        "Tree",
    ),
    *("Referable", "ByteSource", "Question", "Sources", "Source", "SafeMode", "Reader", "Provider", "Language"),
    *("Found", "MappedFiles", "Pins", "Path", "Progress", "At"),
    *("Editing", r"Open\w+Mode", r"paths\.\w+", "a set-like .*"),
)
nitpick_ignore_regex += [(r"py:.*", r"\w+\[.*"), (r"py:class", rf"(vfsloader\..*)?({'|'.join(_INSIDE)})")]

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


def _find_by_short_name(app, environment, node, content):
    """Resolve a name of ours that is written short, or by another module than its page has, if only one fits."""
    known = environment.get_domain("py").objects
    parts = node.get("reftarget", "").removeprefix("~").split(".")
    for count in range(len(parts), 0, -1):
        end = ".".join(parts[-count:])
        found = [name for name in known if name == end or name.endswith(f".{end}")]
        if len({known[name].node_id for name in found}) == 1:
            name = min(found, key=len)
            return make_refnode(app.builder, node["refdoc"], known[name].docname, known[name].node_id, content, name)
    return None


#: What furo leaves out for those who hear a page, or move in it with the keyboard, and what makes it complete.
_ACCESSIBLE = (
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Contents">'),
    ('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer'),
    ('<div class="content-icon-container">', '<div class="content-icon-container" role="region" aria-label="Tools">'),
    ('\n<div id="search-results">', '\n<h1 class="visually-hidden">Search</h1><div id="search-results">'),
    ('<div class="highlight"><pre>', '<div class="highlight"><pre tabindex="0">'),  # wide code is scrolled
)


def _make_accessible(app, error):
    """Complete the finished pages."""
    for page in Path(app.outdir).rglob("*.html") if error is None and app.builder.format == "html" else ():
        text = whole = page.read_text(encoding="utf-8")
        for old, new in _ACCESSIBLE:
            text = text.replace(old, new)
        if text != whole:
            page.write_text(text, encoding="utf-8")


def setup(app):
    """Write the generated pages before Sphinx looks for pages."""
    docs_pages.write(Path(__file__).parent / "generated")
    app.connect("source-read", _link_outside)
    app.connect("missing-reference", _find_by_short_name)
    app.connect("build-finished", _make_accessible)
