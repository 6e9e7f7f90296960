"""The first page: what a mod of this game is, and the first one in four steps."""

from __future__ import annotations

from collections.abc import Sequence

from vfsloader.guide.document import Cards, Code, Items, Link, Listing, Page, Paragraph, Picture, marked, say
from vfsloader.guide.facts import FileFacts, GameFacts
from vfsloader.guide.settings import GuideSettings

_MANIFEST = """\
id = "my-first-mod"
name = "My first mod"
version = "1.0"
"""
#: A picture of this many pixels on a side is easy to paint on.
_LEAST, _MOST = 12, 512


def start_page(settings: GuideSettings, game: GameFacts, picture: Picture | None) -> Page:
    """Return the page; links to the others are added once these are known."""
    name = settings.name
    lead = say(
        "Change pictures, sounds, maps and numbers of {name}. You need a text editor, and no programming.", name=name
    )
    page = Page("index", f"Mod {name}", lead)
    if picture is not None:
        page.blocks.append(Paragraph([picture]))
    for paragraph in filter(None, (part.strip() for part in settings.about.split("\n\n"))):
        page.blocks.append(Paragraph(marked(paragraph)))
    if settings.website:
        page.blocks.append(Paragraph([Link(settings.website.removeprefix("https://"), settings.website)]))
    page.section("How a mod works")
    page.say(
        "{name} loads its files by paths, such as {path}. A mod is a folder with files of its own. Where a mod has "
        "a file of the same path, the game uses the mod's file. If two mods have it, the one that loads later wins. "
        "The game's own files never change, so nothing can break: switch the mod off, and everything is as before.",
        name=name,
        path=Code(game.files[0].path if game.files else "/sprites/hero.png"),
    )
    _first_mod(page, settings, example_of(settings, game))
    return page


def example_of(settings: GuideSettings, game: GameFacts) -> FileFacts | None:
    """Return the picture that the first mod changes: the developer's choice, or a small one."""
    chosen = game.find(settings.example) if settings.example else None
    small = [
        file
        for file in game.of_kind("picture")
        if file.format == "png" and file.pixels and all(_LEAST <= side <= _MOST for side in file.pixels)
    ]
    return chosen or next(iter(small), None) or next(iter(game.of_kind("picture")), None)


def _first_mod(page: Page, settings: GuideSettings, example: FileFacts | None) -> None:
    page.section("Your first mod")
    folder = Code("my-first-mod")
    steps = [
        say("Find the mods folder of {name}: {where}.", name=settings.name, where=settings.mods_folder),
        say(
            "Make a folder {folder} in it, and in that folder a text file `mod.toml` with three lines.",
            folder=folder,
        ),
    ]
    if example is not None:
        size = f"{example.pixels[0]} x {example.pixels[1]}" if example.pixels else "the same size"
        steps += [
            say(
                "Paint a new picture of {size} pixels. Save it as {path} in your folder.",
                size=size,
                path=Code(f"my-first-mod{example.path}"),
            ),
            say("Start the game, and look for {path}: it is yours now.", path=Code(example.path)),
        ]
    else:
        steps.append(say("Put a file into your folder, under the path that it has on the page [Files](files.html)."))
    page.blocks.append(Items(steps, is_numbered=True))
    page.blocks.append(Listing(_MANIFEST, "my-first-mod/mod.toml"))
    if example is not None:
        page.note("Save the picture again while the game runs. Most games show the change at once.")


def link_pages(page: Page, others: Sequence[Page]) -> None:
    """Add links to the other pages."""
    page.section("All pages")
    page.blocks.append(Cards([(Link(other.title, f"{other.name}.html"), other.lead) for other in others]))
