"""Files that are beside a mod but not part of the game: what systems and editors leave behind, and texts for people.

Pure: names in, answers out.
"""

from __future__ import annotations

import os
import re

#: Names that a system makes, in lower case.
_SYSTEM_NAMES = frozenset(
    {"__macosx", ".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"}
)
_EDITOR_SUFFIXES = ("~", ".bak", ".orig", ".rej", ".swp", ".swo", ".tmp", ".part", ".psd.tmp")
#: Files at a mod's top that are written for people, by name without suffix.
_FOR_PEOPLE = frozenset(
    {
        *(
            "readme",
            "read me",
            "read_me",
            "read-me",
            "license",
            "licence",
            "copying",
            "changelog",
            "changes",
            "authors",
        ),
        *("credits", "install", "instructions", "notice"),
    }
)
_TEXT_SUFFIXES = frozenset({"", ".txt", ".md", ".markdown", ".rst", ".html", ".htm", ".pdf", ".rtf", ".nfo"})
#: No game loads files with these suffixes.
_NEVER_LOADED = frozenset({".md", ".url", ".lnk", ".webloc", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".nfo"})
_NEVER_RUN = frozenset({".exe", ".msi", ".bat", ".cmd", ".dmg", ".apk"})
ARCHIVE_SUFFIXES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".zst", ".cab", ".lzh"})
#: Pictures beside a mod that show it to people.
_SHOWCASE = re.compile(r"(preview|screenshot|thumbnail|thumb|cover|banner|logo|icon)[ _()0-9-]*", re.IGNORECASE)


def is_junk(name: str) -> bool:
    """Return whether a file or folder was left by a system, not made by an author.

    Examples
    --------
    >>> is_junk("__MACOSX"), is_junk("._p.png"), is_junk("Thumbs.db"), is_junk("p.png")
    (True, True, True, False)
    """
    return name.startswith("._") or name.casefold() in _SYSTEM_NAMES


def is_leftover(name: str) -> bool:
    """Return whether a file was left by a system or an editor, or is hidden."""
    return name.startswith(".") or is_junk(name) or name.lower().endswith(_EDITOR_SUFFIXES)


def is_for_people(name: str) -> bool:
    """Return whether a file at a mod's top is a read-me, a licence or the like."""
    return name.split(".")[0].casefold() in _FOR_PEOPLE


def is_beside(name: str) -> bool:
    """Return whether a file beside a mod's wrapping folder says something about the mod, and is not part of it."""
    stem, suffix = os.path.splitext(name)
    return (
        name.startswith(".")
        or is_junk(name)
        or suffix.lower() in _TEXT_SUFFIXES
        or suffix.lower() in _NEVER_LOADED
        or _SHOWCASE.fullmatch(stem) is not None
    )


def is_loadable(name: str) -> bool:
    """Return whether some game may load a file with this name.

    Examples
    --------
    >>> is_loadable("p.png"), is_loadable("README.txt"), is_loadable(".DS_Store"), is_loadable("mod.zip")
    (True, False, False, False)
    """
    suffix = os.path.splitext(name)[1].lower()
    never = suffix in _NEVER_LOADED or suffix in _NEVER_RUN or suffix in ARCHIVE_SUFFIXES
    return not (never or is_leftover(name) or is_for_people(name))
