"""Mods for tests: as manifests, and as folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vfsloader.mods.metadata.manifest import Manifest, parse_manifest
from vfsloader.mods.solve.resolve import Resolution, resolve


def mod(mod_id: str, version: str = "1", **more: Any) -> Manifest:
    """Make a manifest."""
    return parse_manifest({"id": mod_id, "name": mod_id, "version": version, **more}, mod_id)


def decide(*mods: Manifest, **options: Any) -> Resolution:
    """Resolve mods. Several manifests with one id are copies, the first one preferred."""
    copies: dict[str, list[Manifest]] = {}
    for manifest in mods:
        copies.setdefault(manifest.id, []).append(manifest)
    return resolve(copies, **options)


def add(folder: Path, mod_id: str, files: dict[str, str] | None = None, **more: Any) -> Path:
    """Make the folder of a mod, and return its path."""
    path = folder / mod_id
    path.mkdir(parents=True)
    (path / "mod.json").write_text(json.dumps({"id": mod_id, "name": mod_id, "version": "1", **more}))
    for name, text in (files or {}).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path
