"""One path: every layer's version of it, what became of edits, and data and maps as the game gets them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.datamerge.gather import read_all
from vfsloader.datamerge.maps import is_map, read_edited
from vfsloader.errors import PathNotFoundError, ResourceError, VFSError
from vfsloader.globs import glob_escape
from vfsloader.layers.union import Union
from vfsloader.mods.explain import explain
from vfsloader.page.api.asking import Ask, short
from vfsloader.page.api.tree import read_file
from vfsloader.page.api.values import plain_data
from vfsloader.page.maps import drawable_map
from vfsloader.page.pictures import picture_views
from vfsloader.page.safe_files import media_type
from vfsloader.page.session import Session

#: A longer text is cut.
_MOST_TEXT = 1 << 20


def versions(ask: Ask) -> dict[str, Any]:
    """Answer with why a path is what it is."""
    session, path = ask.session, ask.path()
    union = session.union
    explained = explain(union.mounts[::-1], path, session.limits)
    parts = [
        {
            "layer": part.layer,
            "own": session.is_own(part.layer),
            "mod": session.mod_of(part.layer),
            "file": short(part.file, 5000),
            "role": part.role,
            "size": part.size,
            "wins": part.wins,
            "same": part.same,
            "used": part.is_used,
            "change": short(part.change, 1000) if part.change is not None else "",
            "sha256": part.sha256,
        }
        for part in explained.contributions
    ]
    edits = _edit_files(union, path)
    parts += [{**edit, "own": session.is_own(edit["layer"]), "mod": session.mod_of(edit["layer"])} for edit in edits]
    winner = explained.winner
    against = {found.choice for found in explained.left_out}
    choices = [
        {"paths": choice.paths, "action": choice.action, "mod": choice.mod}
        for choice in session.on_game(lambda: session.mods.file_choices)
        if choice.paths == glob_escape(path) or choice in against
    ]
    return {
        "path": path,
        "winner": winner,
        "kind": _kind(session, path, winner, is_changed=any(part.role != "whole" for part in explained.contributions)),
        "parts": parts,
        "hidden_by": next((m.name for m in union.mounts if m.layer.may_hide and m.layer.hides(path)), None)
        if winner is None
        else None,
        "edited": bool(edits),
        "choices": choices,
    }


def _edit_files(union: Union, path: str) -> list[dict[str, Any]]:
    found = []
    winner = union.find(path)
    is_above = winner is not None  # edits below the picture that wins have no effect
    for mount in union.mounts:
        entry = mount.layer.find(path + EDIT_SUFFIX)
        if entry is not None and not entry.is_folder:
            found.append(
                {
                    "layer": mount.name,
                    "file": short(entry.path, 5000),
                    "role": "edit",
                    "size": entry.size,
                    "wins": False,
                    "same": False,
                    "used": is_above,
                    "change": "",
                    "sha256": "",
                }
            )
        if winner is not None and mount.layer is winner.layer:
            is_above = False
    return found


def _kind(session: Session, path: str, winner: str | None, *, is_changed: bool) -> str:
    """Return how the page shows a path: picture, sound, map, data, text or file."""
    lower = path.lower()
    if winner is None:
        return "file"
    if lower.endswith((".tmx", ".tmj", ".ldtk", ".ldtkl")):
        return "map"
    try:
        data, _ = read_file(session, path, winner)
    except (VFSError, OSError):
        return "file"
    kind = media_type(data, path)
    if kind.startswith(("image/", "audio/")):
        return "picture" if kind.startswith("image/") else "sound"
    if is_map(path) and b'"tilewidth"' in data[: 1 << 16]:
        return "map"
    if is_changed or lower.endswith((".json", ".toml", ".csv", ".tsv")):
        return "data"
    head = data[: 1 << 13]
    return "file" if b"\0" in head else "text"


def text(ask: Ask) -> dict[str, Any]:
    """Answer with a layer's version of a file as text."""
    layer = ask.text("layer") if "layer" in ask.query else None
    data, name = read_file(ask.session, ask.path(), layer)
    shown = data[:_MOST_TEXT].decode("utf-8-sig", "replace")
    return {"layer": name, "text": _lines(shown), "cut": len(data) > _MOST_TEXT, "binary": b"\0" in data[:8192]}


def _lines(text: str) -> str:
    """Return a text without what a browser would act on: control characters and marks that turn text around."""
    if text.isascii():
        return text.replace("\r\n", "\n")
    return "\n".join(short(line, 5000) if not line.isprintable() else line for line in text.expandtabs().splitlines())


def data(ask: Ask) -> dict[str, Any]:
    """Answer with a data file as the game gets it, who set each value, and who changed it from what."""
    session, path = ask.session, ask.path()
    merged = read_all(session.union, path, session.limits)
    history: dict[str, list[dict[str, Any]]] = {}
    for change in merged.changes[:20_000]:
        entry = {
            "layer": change.layer,
            "before": plain_data(change.before, 20),
            "after": plain_data(change.after, 20),
            "used": change.is_used,
        }
        history.setdefault(short(change.pointer, 1000), []).append(entry)
    sources = dict(list(merged.sources.items())[:20_000])
    return {
        "path": path,
        "data": plain_data(merged.data),
        "sources": {short(pointer, 1000): layer for pointer, layer in sources.items()},
        "history": history,
        "refusals": [{"layer": one.layer, "reason": short(one.reason, 1000)} for one in merged.refusals],
        "shadowed": list(merged.shadowed),
    }


def drawn(ask: Ask) -> dict[str, Any]:
    """Answer with a map as the page draws it: with all edits, or as one layer has it."""
    session, path = ask.session, ask.path()
    edits: list[dict[str, Any]] = []
    if "layer" in ask.query:
        content, _ = read_file(session, path, ask.text("layer"))
    else:
        report = read_edited(session.union, path, (), session.limits)
        content = report.data
        edits = [
            {
                "mod": edit.mod,
                "area": edit.area,
                "reason": short(edit.reason or "", 1000),
                "key": short(edit.key),
                "cells": [[x, y] for x, y in list(edit.tiles)[:5000]],
            }
            for edit in report.edits[:500]
        ]
    return {"path": path, "edits": edits, **drawable_map(session.union, path, content, session.limits)}


def edits(ask: Ask) -> dict[str, Any]:
    """Answer with what becomes of the edits of a picture: applied, or left out and why."""
    session, path = ask.session, ask.path()
    try:
        views = session.remember(f"edits {path}", lambda: picture_views(session.union, path, session.limits))
    except (ResourceError, PathNotFoundError) as error:
        return {"possible": False, "reason": short(error, 1000), "edits": []}
    return {
        "possible": views.is_possible,
        "reason": short(views.reason, 1000),
        "edits": [
            {
                "mod": outcome.mod,
                "path": short(outcome.path, 5000),
                "area": outcome.area,
                "reason": short(outcome.reason or "", 1000),
                "label": short(outcome.label),
            }
            for outcome in views.outcomes
        ],
    }


def edited(ask: Ask) -> Response:
    """Answer with a picture as it is before or after its edits, as PNG."""
    session, path = ask.session, ask.path()
    views = session.remember(f"edits {path}", lambda: picture_views(session.union, path, session.limits))
    picture = views.before if ask.text("view", "after") == "before" else views.after
    if picture is None:
        raise ResourceError.at(path, views.reason or f"{path} cannot be shown with its edits")
    return Response(picture, media_type="image/png")
