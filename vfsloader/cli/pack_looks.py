"""``pack list``, ``tree``, ``info`` and ``verify``: reading packs without changing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader import packs, paths
from vfsloader.cli.app import Json, Pack, Source
from vfsloader.cli.output import BAD, GOOD, NOTE, can_draw, print_json, print_table, say
from vfsloader.cli.progress import progress_bar
from vfsloader.layers.union import Union
from vfsloader.packs.sources import opened, tree_of

#: Folders are drawn down to this depth. Deeper ones are an attack, or nothing that a drawing helps with.
_DEEPEST = 100
_BOXES = ("└── ", "├── ", "    ", "│   ")
_ASCII = ("`-- ", "|-- ", "    ", "|   ")


def add_commands(app: App) -> None:
    """Add the commands."""
    app.command(list_files, name="list")
    for command in (tree, info, verify):
        app.command(command)


def list_files(pack: Source, /, *, json: Json = False) -> int:
    """List the files of a pack, zip, tar or folder."""
    with opened(pack) as layer:
        union = tree_of(layer)
        files = [paths.join(folder, name) for folder, _, names in union.walk(paths.ROOT) for name in names]
        entries = [union.need_file(path).entry for path in files]
    if json:
        print_json([{"path": e.path, "size": e.size, "digest": e.digest.hex() if e.digest else None} for e in entries])
    else:
        print_table(("SIZE", "PATH"), [(entry.size, entry.path) for entry in entries])
    return 0


def tree(pack: Source, /, *, json: Json = False) -> int:
    """Draw the folders of a pack, zip, tar or folder."""
    with opened(pack) as layer:
        union = tree_of(layer)
        if json:
            print_json(_nested(union, paths.ROOT))
            return 0
        say("/")
        for line in _drawn(union, paths.ROOT, _BOXES if can_draw() else _ASCII):
            say(line)
    return 0


def _nested(tree: Union, folder: str, depth: int = 1) -> dict[str, Any] | None:
    """Return each folder as a dictionary, and each file as its size; None for what is too deep to show."""
    if depth > _DEEPEST:
        return None
    return {
        name: _nested(tree, match.entry.path, depth + 1) if match.entry.is_folder else match.entry.size
        for name, match in tree.children(folder).items()
    }


def _drawn(tree: Union, folder: str, lines: Sequence[str], indent: str = "", depth: int = 1) -> Iterator[str]:
    """Return the lines of a drawing of a folder."""
    last, other, space, line = lines
    children = list(tree.children(folder).items())
    for number, (name, match) in enumerate(children, 1):
        is_last = number == len(children)
        is_shown = depth < _DEEPEST or not match.entry.is_folder
        yield f"{indent}{last if is_last else other}{name}{'/' * match.entry.is_folder}{'' if is_shown else ' …'}"
        if match.entry.is_folder and is_shown:
            yield from _drawn(tree, match.entry.path, lines, indent + (space if is_last else line), depth + 1)


def info(pack: Pack, /, *, json: Json = False) -> int:
    """Show what a pack says of itself."""
    facts = packs.info(pack)
    if json:
        print_json(facts)
        return 0
    rows = [
        ("files", f"{facts.files:,} in {facts.folders:,} folders"),
        ("content", f"{facts.size:,} bytes, {facts.contents:,} different contents"),
        ("pack", f"{facts.stored:,} bytes, {facts.compressed:,} contents compressed"),
        ("digest", facts.digest or "none"),
        ("signed by", facts.signer or "nobody"),
        ("format", f"{facts.format}, pages of {facts.page_size:,}"),
    ]
    print_table(("", facts.path), rows)
    return 0


def verify(
    pack: Pack,
    /,
    *,
    key: Annotated[str | None, Parameter(("--key", "-k"), help="the public key of the expected signer")] = None,
    json: Json = False,
) -> int:
    """Check every byte of a pack, and who signed it."""
    with progress_bar("verifying") as progress:
        verification = packs.verify(pack, key=key, progress=progress)
    status = 0 if verification.ok else 1
    if json:
        print_json(verification)
        return status
    for fault in verification.faults:
        say(f"wrong: {fault}", BAD)
    for warning in verification.warnings:
        say(f"note: {warning}", NOTE)
    if verification.ok:
        signed = f", signed by {verification.signer}" if verification.signer else ""
        say(f"{verification.path} is sound: {verification.files:,} files, {verification.size:,} bytes{signed}", GOOD)
    return status
