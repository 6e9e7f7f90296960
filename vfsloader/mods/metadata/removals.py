"""Adding paths to ``files.remove`` of a manifest that a person wrote: everything else stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vfsloader import globs
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.runtime.atomic import write_whole

_HEADING = re.compile(r"^[ \t]*\[files\][ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_NEXT_HEADING = re.compile(r"^[ \t]*\[", re.MULTILINE)
_REMOVE = re.compile(r"^[ \t]*remove[ \t]*=[ \t]*\[", re.MULTILINE)


def add_removals(folder: Path, removed: Sequence[str]) -> str | None:
    """Hide paths of the layers below a mod.

    Parameters
    ----------
    folder
        The mod's folder.
    removed
        The paths.

    Returns
    -------
    str or None
        Why it cannot be done; None if it was.
    """
    file = next((folder / name for name in ("mod.toml", "mod.json") if (folder / name).is_file()), None)
    if file is None:
        return "the mod has neither a mod.toml nor a mod.json, whose files.remove hides files"
    text = file.read_bytes().decode("utf-8-sig")
    try:
        parse = parse_toml if file.suffix == ".toml" else parse_json
        before = parse(text)
        known = before.get("files", {}).get("remove", [])
        fresh = [glob for glob in map(globs.glob_escape, removed) if glob not in known]
        if not fresh:
            return None
        wanted = {**before, "files": {**before.get("files", {}), "remove": [*known, *fresh]}}
        changed = _in_toml(text, fresh, has_list=bool(known)) if file.suffix == ".toml" else _in_json(wanted)
        after: Any = parse(changed)
    except (ValueError, AttributeError, TypeError) as error:
        return f"{file.name} cannot be changed: {error}"
    if _sorted(after) != _sorted(wanted):
        return f"add this to files.remove of {file.name} by hand: {', '.join(fresh)}"
    write_whole(file, changed.encode())
    return None


def _sorted(manifest: Any) -> Any:
    return {**manifest, "files": {**manifest["files"], "remove": sorted(manifest["files"]["remove"])}}


def _in_json(wanted: Any) -> str:
    return json.dumps(wanted, ensure_ascii=False, indent=2) + "\n"


def _in_toml(text: str, fresh: Sequence[str], *, has_list: bool) -> str:
    listed = ", ".join(json.dumps(glob, ensure_ascii=False) for glob in fresh)
    heading = _HEADING.search(text)
    if heading is None:
        end = "" if text.endswith("\n") or not text else "\n"
        return f"{text}{end}\n[files]\nremove = [{listed}]\n"
    following = _NEXT_HEADING.search(text, heading.end())
    remove = _REMOVE.search(text, heading.end(), following.start() if following else len(text))
    if remove is not None:
        return f"{text[: remove.end()]}{listed}{', ' if has_list else ''}{text[remove.end() :]}"
    return f"{text[: heading.end()]}\nremove = [{listed}]{text[heading.end() :]}"
