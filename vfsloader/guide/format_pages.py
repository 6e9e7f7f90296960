"""The pages that are alike for all games: the format of a mod, and what to do if one does not work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vfsloader.guide.document import Code, Emphasis, Items, Listing, Page, Table, Words, say
from vfsloader.guide.facts import FileFacts
from vfsloader.guide.manifest_keys import KEYS, manifest_keys, type_words
from vfsloader.guide.problem_sentences import sentence_parts
from vfsloader.guide.shapes import shown
from vfsloader.mods.messages import PROBLEMS, WARNINGS
from vfsloader.mods.metadata.mod import Mod
from vfsloader.quoting import plain

_OPTIONS = """\
[options.snow]
type = "bool"
default = true
label = "Snow on the ground"

[options.depth]
type = "int"                     # or float: min, max and step
default = 3
min = 0
max = 9

[options.kind]
type = "choice"
choices = { powder = "Powder snow", wet = "Wet snow" }
"""
_PATCH = """\
[
  { "op": "test", "path": "/version", "value": 1 },
  { "op": "replace", "path": "/items/[id=sword]/damage", "value": 5 }
]
"""
_PICTURE_EDIT = """\
[[edit]]
from = "hat.png"        # a picture beside this file
area = [0, 0, {side}, {side}]  # the part of hat.png: x, y, width, height
to = [{left}, 0]            # where its top left corner goes

[[edit]]
mode = "tint"           # the whole picture, in another color
color = "#60a8ff"
"""
_MAP_EDIT = """\
[[edit]]
layer = "{layer}"
tiles = [[3, 4, 12], [4, 4, 0]]  # x, y, number of the tile; 0 is no tile
"""
_MODES = (
    ("overlay", "lays `from` over the picture"),
    ("replace", "puts `from` in place of what is there, transparent parts too"),
    ("mask", "erases the picture where `from` is opaque"),
    ("tint", "multiplies by `color`"),
    ("recolor", "replaces colors: `colors = {{ \"#a00000\" = \"#00a000\" }}`"),
)  # fmt: skip


def format_page(picture: FileFacts | None, map_: FileFacts | None) -> Page:
    """Return the page of the format of a mod."""
    page = Page(
        "format", "The mod format", say("What a mod can consist of: its description, changes of parts, options.")
    )
    page.section("The folder")
    page.say(
        "A mod is a folder, or a zip of one, with `mod.toml` at its top. Next to it are files with the game's paths. "
        "To share a mod, zip the folder. `vfsloader mods package my-mod` checks it first."
    )
    page.section("mod.toml")
    page.say(
        "Only `id`, `name` and `version` are needed. Any other key is an error, so a misspelt one is never ignored."
    )
    rows: list[Sequence[Words]] = [
        [[Code(key)], say(type_words(rule)), say(KEYS[key].replace("{", "{{").replace("}", "}}"))]
        for key, rule in manifest_keys().items()
    ]
    page.blocks.append(Table(["Key", "What it is", "What it means"], rows, "Find in the keys"))
    page.say("`requires`, `recommends` and `incompatible` are tables of ids and versions:")
    page.blocks.append(Listing('[requires]\n"snow-lib" = ">=0.3,<1"\n\n[order]\nafter = ["base-fixes"]\n', "mod.toml"))
    _picture_edits(page, picture)
    page.section("Change a part of a map")
    layer = map_.layers[0].rpartition(" (")[0] if map_ is not None and map_.layers else "ground"
    path = map_.path if map_ is not None else "/maps/town.tmx"
    page.say("A file with `.edit` at its end changes tiles and objects of a map of Tiled or LDtk, and leaves the rest.")
    page.blocks.append(Listing(_MAP_EDIT.format(layer=layer), f"my-mod{path}.edit"))
    _data(page)
    page.section("Options")
    page.say(
        "Let the player choose. The types are `bool`, `int`, `float`, `choice`, `text`, `color` and `key`. The mod "
        "menu shows each option with its `label`. In data and edits, `${{option.depth}}` stands for the value."
    )
    page.blocks.append(Listing(_OPTIONS, "mod.toml"))
    page.section("Remove files")
    page.say("A mod hides files of the game and of mods below it, by patterns of paths:")
    page.blocks.append(Listing('[files]\nremove = ["/music/summer_*.ogg"]\n', "mod.toml"))
    return page


def _picture_edits(page: Page, picture: FileFacts | None) -> None:
    path = picture.path if picture is not None else "/sprites/hero.png"
    width, height = picture.pixels if picture is not None and picture.pixels else (64, 64)
    side = max(1, min(16, width, height))
    page.section("Change a part of a picture")
    page.say("A file with `.edit` at its end changes a part of a picture. Several mods can edit the same one.")
    text = _PICTURE_EDIT.format(side=side, left=max(0, (width - side) // 2))
    page.blocks.append(Listing(text, f"my-mod{path}.edit"))
    page.blocks.append(Table(["mode", "What it does"], [[[Code(mode)], say(words)] for mode, words in _MODES]))


def _data(page: Page) -> None:
    page.section("Change data")
    rows: list[Sequence[Words]] = [
        [say("`items.json.merge`"), say("keys that change; `null` removes one. TOML works alike")],
        [say("`items.json.patch`"), say("a list of operations; see below")],
        [say("`prices.csv.merge`"), say("rows and columns that change; a row that is only `-sword` removes one")],
        [say("`names.txt.merge`"), say("lines to add; `-word` removes one")],
    ]
    page.blocks.append(Table(["File", "What it has"], rows))
    page.say(
        "A patch is applied whole or not at all. `test` guards the rest, and `[id=sword]` picks from a list by a key:"
    )
    page.blocks.append(Listing(_PATCH, "my-mod/data/items.json.patch"))


def problems_page() -> Page:
    """Return the page of problems and their fixes."""
    page = Page("problems", "If it does not work", say("What the game reports about mods, and how to fix it."))
    page.section("Look here first")
    page.blocks.append(Items([
        say("Is the file in the right folder? `my-mod/sprites/p.png` is `/sprites/p.png`."),
        say("Are all letters right? The game distinguishes `P.png` from `p.png`."),
        say("Is the mod switched on? Does another mod that loads later have the same file?"),
        say('`vfsloader mods check my-mod` finds mistakes in a mod. `pip install "vfsloader[cli]"` installs it; run it '
                "in the game's folder."),
    ]))  # fmt: skip
    page.section("All messages")
    page.say("Words in italics stand for names. A warning leaves the mod in. An error leaves it out until it is fixed.")
    rows: list[Sequence[Words]] = [
        [[Code(kind)], ["warning" if kind in WARNINGS else "error"], _sentence(why), _sentence(fix)]
        for kind, (fix, why) in sorted(PROBLEMS.items())
    ]
    page.blocks.append(Table(["Kind", "Weight", "What it means", "What to do"], rows, "Find in the messages"))
    return page


def _sentence(template: str) -> Words:
    return [Emphasis(text) if is_fact else text for text, is_fact in sentence_parts(template)]


def mods_page(mods: Iterable[Mod]) -> Page:
    """Return the page of the mods that come with the game: others may need them, or ask for their options."""
    page = Page(
        "mods", "Mods of the game", say("Mods that come with the game. Yours can require them, or load after them.")
    )
    for mod in mods:
        facts = mod.manifest
        page.section(plain(facts.name, 100))
        version = plain(str(facts.version), 60)
        page.say("{id}, version {version}", id=Code(mod.id), version=version)
        for line in filter(None, plain_lines(facts.description)):
            page.say("{line}", line=line)
        if facts.options:
            options: list[Sequence[Words]] = [
                [
                    [Code(name)],
                    [option.type],
                    [Code(shown(option.default))],
                    [plain(option.label or name, 200)],
                ]
                for name, option in facts.options.items()
            ]
            page.blocks.append(Table(["Option", "Type", "Default", "Label"], options))
    return page


def plain_lines(text: str) -> list[str]:
    """Return the lines of an untrusted text, each safe to show."""
    return [plain(line, 500) for line in text.splitlines()[:20]]
