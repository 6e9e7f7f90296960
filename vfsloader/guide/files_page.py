"""The page of all files that a mod can replace, with what each must be like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vfsloader.guide.document import Code, Page, Picture, Table, Words, marked, say
from vfsloader.guide.facts import KINDS, FileFacts, GameFacts

_ADVICE = {
    "picture": "Keep the size, or what the game draws may be in the wrong place. To change only a part of a "
    "picture, see [picture edits](format.html#change-a-part-of-a-picture).",
    "sound": "Any of WAV, Ogg, Opus, FLAC and MP3 works under the same name: the content counts, not the suffix.",
    "map": "To change single tiles or objects, see [map edits](format.html#change-a-part-of-a-map).",
    "data": "Do not replace a data file to change one number in it: other mods could not change theirs. See "
    "[Data](data.html).",
    "text": "A mod adds single texts with a file of the same path. The game's other texts stay.",
    "font": "",
    "other": "",
}


def files_page(game: GameFacts, pictures: Mapping[str, Picture]) -> Page:
    """Return the page.

    Parameters
    ----------
    game
        The files.
    pictures
        By path, the small pictures that are shown.
    """
    counts = [_count(len(game.of_kind(kind)), title.lower()) for kind, title in KINDS.items() if game.of_kind(kind)]
    lead = say("Every file that a mod can replace: {counts}.", counts=", ".join(counts) or "none")
    page = Page("files", "Files", lead)
    page.say("A path starts at the top of your mod: {path} is the file {file} in your mod's folder. Case matters: "
             "{wrong} would not be found.", path=Code(_example(game)), file=Code(_example(game)[1:]),
             wrong=Code(_example(game).upper()))  # fmt: skip
    for kind, title in KINDS.items():
        files = game.of_kind(kind)
        if files:
            page.section(title)
            if _ADVICE[kind]:
                page.say(_ADVICE[kind])
            page.blocks.append(_table(kind, title, files, pictures))
    if game.languages:
        page.section("Languages")
        page.say(
            "For a language, the game looks below {folder} first. It has files for {languages}. A mod can add others.",
            folder=Code("/tl/<language>"),
            languages=", ".join(game.languages),
        )
    return page


def _count(count: int, title: str) -> str:
    """Return a number of files in words.

    >>> _count(1, "maps"), _count(3, "pictures"), _count(1, "sounds and music"), _count(2, "data")
    ('1 map', '3 pictures', '1 sound', '2 data files')
    """
    noun = {"data": "data files", "translations": "files of translations"}.get(title, title.removesuffix(" and music"))
    return f"{count} {noun.replace('files', 'file').removesuffix('s') if count == 1 else noun}"


def _example(game: GameFacts) -> str:
    return next((file.path for file in game.files if file.path.count("/") > 1), "/sprites/hero.png")


def _table(kind: str, title: str, files: Sequence[FileFacts], pictures: Mapping[str, Picture]) -> Table:
    has_notes = any(file.note for file in files)
    headers = [
        *(["Picture"] if kind == "picture" and pictures else []),
        "Path",
        "What it is",
        *(["About"] if has_notes else []),
    ]
    rows: list[list[Words]] = []
    for file in files:
        row: list[Words] = []
        if kind == "picture" and pictures:
            row.append([pictures[file.path]] if file.path in pictures else [])
        row += [[Code(file.path)], [_facts(file)]]
        rows.append([*row, marked(file.note)] if has_notes else row)
    return Table(headers, rows, f"Find in {title.lower()}")


def _facts(file: FileFacts) -> str:
    """Return what is known of a file, in a few words."""
    words = []
    if file.pixels:
        words.append(f"{file.pixels[0]} x {file.pixels[1]} pixels")
    if file.tiles and all(file.tiles):
        words.append(f"{file.tiles[0]} x {file.tiles[1]} tiles")
    if file.tile_size:
        words.append(f"tiles of {file.tile_size[0]} x {file.tile_size[1]} pixels")
    if file.seconds is not None:
        words.append(_length(file.seconds))
    if file.format:
        words.append(file.format.upper() if len(file.format) < 5 else file.format)
    if file.frames:
        more = ", …" if len(file.frames) > 12 else ""
        words.append(f"{len(file.frames)} frames: {', '.join(file.frames[:12])}{more}")
    if file.layers:
        words.append(f"layers: {', '.join(file.layers)}")
    words.append(_size(file.size))
    return ", ".join(words)


def _length(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} minutes" if minutes else f"{rest} seconds"


def _size(size: int) -> str:
    """Return a size in words.

    >>> _size(900), _size(20_000), _size(5_500_000)
    ('900 bytes', '20 KB', '5.5 MB')
    """
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
