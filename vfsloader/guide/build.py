"""Making the folder of the guide: pages, style, and small copies of the game's pictures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import PathExistsError, PathNotFoundError
from vfsloader.game.config import read_config
from vfsloader.game.manager import ResourceManager
from vfsloader.guide import html, markdown
from vfsloader.guide.data_page import conditions_page, data_page
from vfsloader.guide.document import Page, Picture
from vfsloader.guide.facts import GameFacts, collect
from vfsloader.guide.files_page import files_page
from vfsloader.guide.format_pages import format_page, mods_page, problems_page
from vfsloader.guide.settings import GuideSettings, read_settings
from vfsloader.guide.start_page import example_of, link_pages, start_page
from vfsloader.mods.metadata.mod import Mod
from vfsloader.quoting import quoted
from vfsloader.vfs.filesystem import VirtualFileSystem

#: Pictures that a browser shows; the name of each copy ends so.
_SHOWN = {"png": ".png", "jpeg": ".jpg", "gif": ".gif", "webp": ".webp"}
#: Larger pictures are listed and not shown, and all copies together have at most so many bytes.
_MOST_BYTES, _MOST_TOGETHER, _SIDE = 512 << 10, 24 << 20, 96
#: The picture at the top may be larger.
_MOST_TOP = 4 << 20


@dataclass(frozen=True, slots=True)
class GuideBuild:
    """What was made."""

    folder: str
    name: str
    """What the game is called."""
    pages: tuple[str, ...]
    """Names of the pages' files."""
    pictures: int
    size: int
    """Bytes of all files."""


def build_guide(
    game: paths.RealPath,
    out: paths.RealPath,
    *,
    name: str | None = None,
    is_markdown: bool = False,
    has_pictures: bool = True,
    overwrite: bool = False,
) -> GuideBuild:
    """Make the folder.

    Parameters
    ----------
    game
        A ``game.toml``, or its folder. Its table ``[guide]`` has what no file of the game says; see
        ``docs/modders-guide.md``.
    out
        The folder to make.
    name
        What the game is called, instead of what ``game.toml`` says.
    is_markdown
        Write Markdown instead of HTML.
    has_pictures
        Copy small pictures of the game into the folder, and show them.
    overwrite
        Replace a guide that exists.

    Raises
    ------
    PathExistsError, PathNotFoundError, ConfigError
        The folder exists and is not a guide to replace; the game or one of its layers does not exist; or ``game.toml``
        is wrong.
    """
    target = Path(out).absolute()
    _check_target(target, str(out), overwrite=overwrite)
    with ResourceManager.from_config(game, mods=None, save=None, watch=False, safe_mode="off") as opened:
        settings = read_settings(game, name)
        facts = collect(opened.vfs, settings.hides, settings.note)
        version = read_config(game).get("game_version")
        mods = _shipped_mods(game, settings)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
            folder = Path(scratch, "guide")
            folder.mkdir()
            copies = _copy_pictures(opened.vfs, facts, folder) if has_pictures else {}
            top = _copy_top(opened.vfs, settings, facts, folder)
            example = example_of(settings, facts)
            pages = [start_page(settings, facts, top), files_page(facts, copies), data_page(facts, opened.declarations),
                     conditions_page(opened.declarations, version),
                     format_page(example, next(iter(facts.of_kind("map")), None))]  # fmt: skip
            pages += [mods_page(mods)] if mods else []
            pages.append(problems_page())
            link_pages(pages[0], pages[1:])
            _write(folder, pages, settings, is_markdown=is_markdown)
            files = [file for file in folder.rglob("*") if file.is_file()]
            size = sum(file.stat().st_size for file in files)
            if target.exists():
                os.replace(target, Path(scratch, "old"))
            os.replace(folder, target)
    suffix = ".md" if is_markdown else ".html"
    return GuideBuild(str(out), settings.name, tuple(page.name + suffix for page in pages), len(copies), size)


def _check_target(target: Path, out: str, *, overwrite: bool) -> None:
    """Refuse to replace what is not a guide: `overwrite` with a wrong folder must not delete a player's files."""
    if not target.parent.is_dir():
        raise PathNotFoundError.at(str(target.parent), f"there is no folder {target.parent}")
    if not target.exists():
        return
    if not overwrite:
        raise PathExistsError.at(out, f"{out} already exists; pass overwrite (-f) to replace it")
    known = {"index.html", "style.css", "script.js", "index.md"}
    is_guide = target.is_dir() and (not any(target.iterdir()) or any((target / name).is_file() for name in known))
    if not is_guide:
        raise PathExistsError.at(out, f"{out} is not a guide, so it is not replaced; name another folder")


def _shipped_mods(game: paths.RealPath, settings: GuideSettings) -> list[Mod]:
    """Return the expansions in the mods folder, and the mods that the developer names."""
    with ResourceManager.from_config(game, save=None, watch=False, safe_mode="off") as opened:
        found = {mod.id: mod for mod in opened.mods.available}
    missing = [id for id in settings.mods if id not in found]
    if missing:
        known = ", ".join(sorted(found)) or "none"
        raise PathNotFoundError.at(missing[0], f"guide.mods: there is no mod {quoted(missing[0])}; there are: {known}")
    return [mod for id, mod in found.items() if id in settings.mods or mod.manifest.kind == "dlc"]


def _copy_pictures(vfs: VirtualFileSystem, facts: GameFacts, folder: Path) -> dict[str, Picture]:
    """Copy the small pictures, and return each by its path. Their names are numbers: paths may be anything."""
    copies: dict[str, Picture] = {}
    left = _MOST_TOGETHER
    for file in facts.of_kind("picture"):
        if file.format not in _SHOWN or not file.pixels or file.size > min(_MOST_BYTES, left):
            continue
        left -= file.size
        copies[file.path] = _copied(vfs, file.path, folder, len(copies), file.format, _fitted(file.pixels, _SIDE))
    return copies


def _copy_top(vfs: VirtualFileSystem, settings: GuideSettings, facts: GameFacts, folder: Path) -> Picture | None:
    if not settings.picture:
        return None
    file = facts.find(settings.picture)
    if file is None or file.format not in _SHOWN or not file.pixels or file.size > _MOST_TOP:
        raise PathNotFoundError.at(
            settings.picture,
            f"guide.picture: {quoted(settings.picture)} is not a PNG, JPEG, GIF or WebP of the game with at most 4 MB",
        )
    return _copied(vfs, file.path, folder, "top", file.format, _fitted(file.pixels, 900), alt=settings.name)


def _copied(
    vfs: VirtualFileSystem, path: str, folder: Path, name: object, kind: str, size: tuple[int, int], alt: str = ""
) -> Picture:
    place = f"pictures/{name}{_SHOWN[kind]}"
    (folder / "pictures").mkdir(exist_ok=True)
    (folder / place).write_bytes(vfs.read_bytes(path))
    return Picture(place, alt, *size)


def _fitted(pixels: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the size at which a picture is shown: small ones two or three times as large, large ones smaller.

    >>> _fitted((16, 16), 96), _fitted((64, 32), 96), _fitted((400, 100), 96)
    ((48, 48), (64, 32), (96, 24))
    """
    largest = max(pixels)
    if largest <= side:
        times = min(3, side // max(1, largest))
        return pixels[0] * times, pixels[1] * times
    return max(1, round(pixels[0] * side / largest)), max(1, round(pixels[1] * side / largest))


def _write(folder: Path, pages: Sequence[Page], settings: GuideSettings, *, is_markdown: bool) -> None:
    texts: Iterable[tuple[str, str]]
    if is_markdown:
        texts = ((f"{page.name}.md", markdown.render_page(page)) for page in pages)
    else:
        texts = [(f"{page.name}.html", html.render_page(page, pages, settings.name)) for page in pages]
        texts += [("style.css", html.style(settings.color)), ("script.js", html.script())]
    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
