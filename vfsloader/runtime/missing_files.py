"""What to say about a file of the disk that does not exist: where it was looked for, and what is there instead."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from vfsloader.errors import PathNotFoundError
from vfsloader.quoting import plain

#: In a folder with more entries, no similar name is searched for.
_MOST_NAMES = 10_000
#: How similar names must be: "mosd" and "mods" are, "newmods" and "mods" are not.
_CUTOFF = 0.74


def missing_file(location: str) -> PathNotFoundError:
    """Return the error for a path of the disk at which there is nothing.

    Its message ends with the full path, and is only completed when it is read.

    Parameters
    ----------
    location
        The path as the caller wrote it.
    """
    return PathNotFoundError.at(location, f"there is no {location}").hinted(lambda: _hint(location))


def similar_name(path: Path) -> Path | None:
    """Return an entry of the same folder whose name is nearly the same, if there is one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, "assets").mkdir()
    ...     similar_name(Path(folder, "asets")).name
    'assets'
    """
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)]
    except OSError:
        return None
    same_but_for_case = [name for name in names if name.casefold() == path.name.casefold()]
    near = same_but_for_case or difflib.get_close_matches(path.name, names, 1, _CUTOFF)
    return path.with_name(near[0]) if near and near[0] != path.name else None


def _hint(location: str) -> str:
    path = Path(location)
    near = similar_name(path.absolute())
    suggestion = "" if near is None else f"; did you mean {plain(str(path.with_name(near.name)))}?"
    above = next((folder for folder in path.absolute().parents if folder.exists()), None)
    if not suggestion and above is not None and above != path.absolute().parent:
        suggestion = f"; there is no folder {path.absolute().relative_to(above).parts[0]} in {plain(str(above))} either"
    full = str(path.absolute())
    return suggestion if full == location else f"{suggestion} (it was looked for at {plain(full, 600)})"
